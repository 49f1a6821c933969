namespace PacsAiWorker.Inference.Runtime.Trials;

/// <summary>How packages are tried before they are loaded: in a process apart, so that a network can end no more than that.</summary>
public sealed record TrialOptions
{
    /// <summary>The hidden command that makes this program a process that tries packages.</summary>
    public const string ChildCommand = "try-packages";

    /// <summary>Full path of this program.</summary>
    public string Program { get; init; } = Path.Combine(AppContext.BaseDirectory, "pacs-ai-worker");

    /// <summary>How long one check may take. The largest published network, on one slow processor, needs less than a minute.</summary>
    public TimeSpan Limit { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How long the process may take to start and load ONNX Runtime.</summary>
    public TimeSpan StartLimit { get; init; } = TimeSpan.FromSeconds(60);
}
