using PacsAiWorker.Inference.Imaging.Codecs;
using PacsAiWorker.Records.Rows;

namespace PacsAiWorker.Pipeline.Scoring;

/// <summary>Section <c>Inference</c>: where networks run.</summary>
public sealed record InferenceOptions
{
    /// <summary><c>auto</c>, <c>cpu</c>, <c>cuda</c> or <c>tensorrt</c>.</summary>
    public string Provider { get; init; } = "auto";

    /// <summary>Arithmetic of float32 networks on a GPU: <c>fp32</c>, <c>tf32</c>, or <c>fp16</c> with TensorRT.</summary>
    public string Precision { get; init; } = "fp32";

    /// <summary>Whether to refuse to score rather than fall back to the processor; unset means yes when <see cref="Provider"/> names a GPU.</summary>
    public bool? RequireGpu { get; init; }

    /// <summary>Full path of ONNX Runtime's core library; empty means beside the program.</summary>
    public string NativeLibraryPath { get; init; } = "";

    /// <summary>Threads within one run; 0 means cores minus one, at least one.</summary>
    public int IntraOpThreads { get; init; }

    /// <summary>Number of the CUDA device.</summary>
    public int CudaDevice { get; init; }

    /// <summary>Memory that one network may take on the GPU, MiB; 0 means all.</summary>
    public int GpuMemoryMegabytes { get; init; }

    /// <summary>How CUDA chooses the algorithm of a convolution: <c>heuristic</c>, <c>exhaustive</c> or <c>default</c>.</summary>
    public string CudnnSearch { get; init; } = "heuristic";

    /// <summary>Folder of the worker's own in which TensorRT keeps what it built; a relative path starts at the program's folder.</summary>
    public string EngineCache { get; init; } = "";

    /// <summary>Days for which the pictures that scores were computed from are kept, to compute them again; 0 keeps for ever.</summary>
    public int KeepInputsDays { get; init; } = 3650;

    public DecodingOptions Codecs { get; init; } = new();
}

/// <summary>Section <c>Inference:Codecs</c>: limits of the processes that decode pictures.</summary>
public sealed record DecodingOptions
{
    /// <summary>Decoding processes at most; 0 means one a core.</summary>
    public int Processes { get; init; }

    /// <summary>How long one frame may take, s; a whole video six times as long.</summary>
    public int TimeoutSeconds { get; init; } = 10;

    /// <summary>Memory that one process may use, MiB. 64 megapixels of JPEG 2000 in colour need about 800.</summary>
    public int MemoryMegabytes { get; init; } = 1024;

    /// <summary>ffmpeg, for video: full path, or a name to look for in PATH.</summary>
    public string Ffmpeg { get; init; } = "ffmpeg";

    public CodecOptions ToCodecOptions() => new()
    {
        Processes = Processes > 0 ? Processes : Environment.ProcessorCount,
        Limit = TimeSpan.FromSeconds(TimeoutSeconds),
        MemoryBytes = (long)MemoryMegabytes << 20,
        Ffmpeg = Ffmpeg,
    };
}

/// <summary>Section <c>Models</c>: which packages, and how far each may go at this site.</summary>
public sealed record ModelsOptions
{
    /// <summary>Folder of packages; a relative path starts at the program's folder.</summary>
    public string Directory { get; init; } = "models";

    /// <summary>
    /// Package id → <c>observe</c>, <c>report</c> or <c>prioritise</c>. A package that is not named observes. Of several versions beside each
    /// other a bare id means the lowest, the one that was there first; <c>id@version</c> means any.
    /// </summary>
    public IReadOnlyDictionary<string, string> Stages { get; init; } = new Dictionary<string, string>();

    /// <summary>What a flag of a package means at this site, where that is not what the package says.</summary>
    public IReadOnlyList<ModelPriorityOptions> Priorities { get; init; } = [];

    /// <summary>How many studies a package is expected to flag in a day; without an entry nothing alarms.</summary>
    public IReadOnlyList<FlagBudgetOptions> FlagBudgets { get; init; } = [];

    /// <summary>Ids of packages whose flagged images get a heat map in the PACS; none unless a site names them.</summary>
    public IReadOnlyList<string> HeatMaps { get; init; } = [];

    /// <summary>Folder of public keys, PEM, whose owners may sign packages; a relative path starts at the program's folder. Empty: none.</summary>
    public string TrustedKeys { get; init; } = "";

    /// <summary>A package that none of the trusted keys signed does not score.</summary>
    public bool RequireSignature { get; init; }

    /// <summary>TP1 to TP4 as the site has it; null: as the package has it.</summary>
    /// <param name="leads">Whether the bare id means this version.</param>
    public string? PriorityOf(string id, string version, bool leads) =>
        (Priorities.FirstOrDefault(p => p.Model == $"{id}@{version}") ?? (leads ? Priorities.FirstOrDefault(p => p.Model == id) : null))?.Priority;

    /// <summary>Studies that it is expected to flag in a day at most; null: the site has not said.</summary>
    /// <param name="leads">Whether the bare id means this version.</param>
    public int? FlagsPerDayOf(string id, string version, bool leads) =>
        (FlagBudgets.FirstOrDefault(b => b.Model == $"{id}@{version}") ?? (leads ? FlagBudgets.FirstOrDefault(b => b.Model == id) : null))?.FlagsPerDay;

    /// <param name="leads">Whether the bare id means this version.</param>
    public string StageOf(string id, string version, bool leads) =>
        Stages.GetValueOrDefault($"{id}@{version}") ?? (leads ? Stages.GetValueOrDefault(id) : null) ?? ModelStages.Observe;
}

/// <summary>Priority of one package's flag at this site, <c>Models:Priorities:N</c>.</summary>
public sealed record ModelPriorityOptions
{
    /// <summary>Its id, or <c>id@version</c>, as for stages.</summary>
    public string Model { get; init; } = "";

    /// <summary>TP1 to TP3; TP4 lets it raise nothing.</summary>
    public string Priority { get; init; } = "";
}

/// <summary>What a site expects of one package, <c>Models:FlagBudgets:N</c>: beyond it people stop looking, or the package is wrong.</summary>
public sealed record FlagBudgetOptions
{
    /// <summary>Its id, or <c>id@version</c>, as for stages.</summary>
    public string Model { get; init; } = "";

    /// <summary>Studies flagged in 24 hours at most, 1 to 100000.</summary>
    public int FlagsPerDay { get; init; }
}
