using PacsAiWorker.Records.Rows;

namespace PacsAiWorker.Pipeline.Scoring;

/// <summary>Section <c>Inference</c>: where networks run.</summary>
public sealed record InferenceOptions
{
    /// <summary><c>auto</c>, <c>cpu</c> or <c>cuda</c>.</summary>
    public string Provider { get; init; } = "auto";

    /// <summary>Full path of ONNX Runtime's core library; empty means beside the program.</summary>
    public string NativeLibraryPath { get; init; } = "";

    /// <summary>Threads within one run; 0 means cores minus one, at least one.</summary>
    public int IntraOpThreads { get; init; }

    /// <summary>Number of the CUDA device.</summary>
    public int CudaDevice { get; init; }
}

/// <summary>Section <c>Models</c>: which packages, and how far each may go at this site.</summary>
public sealed record ModelsOptions
{
    /// <summary>Folder of packages; a relative path starts at the program's folder.</summary>
    public string Directory { get; init; } = "models";

    /// <summary>Package id → <c>observe</c>, <c>report</c> or <c>prioritise</c>. A package that is not named observes.</summary>
    public IReadOnlyDictionary<string, string> Stages { get; init; } = new Dictionary<string, string>();

    public string StageOf(string modelId) => Stages.GetValueOrDefault(modelId, ModelStages.Observe);
}
