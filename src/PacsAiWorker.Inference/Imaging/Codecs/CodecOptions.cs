namespace PacsAiWorker.Inference.Imaging.Codecs;

/// <summary>How pictures are decoded: in processes apart, so that a codestream can cost no more than its own image.</summary>
public sealed record CodecOptions
{
    /// <summary>The hidden command that makes this program a decoding process.</summary>
    public const string ChildCommand = "codec";

    /// <summary>Full path of this program.</summary>
    public string Program { get; init; } = Path.Combine(AppContext.BaseDirectory, "pacs-ai-worker");

    /// <summary>Decoding processes, at most.</summary>
    public int Processes { get; init; } = Math.Max(1, Environment.ProcessorCount);

    /// <summary>How long one frame may take.</summary>
    public TimeSpan Limit { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a process may take to start.</summary>
    public TimeSpan StartLimit { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Private memory of one process beyond what it starts with, bytes. 64 megapixels of JPEG 2000 in colour need about 800 MiB.</summary>
    public long MemoryBytes { get; init; } = 1L << 30;

    /// <summary>ffmpeg, for MPEG-2, H.264 and HEVC: a path, or a name to look for in PATH.</summary>
    public string Ffmpeg { get; init; } = "ffmpeg";
}

/// <summary>No decoding process can be started: the installation is at fault, not the image. Try again later.</summary>
public sealed class DecodingUnavailableException(string message, Exception? inner = null) : Exception(message, inner);
