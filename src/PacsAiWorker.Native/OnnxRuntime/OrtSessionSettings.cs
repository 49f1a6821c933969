namespace PacsAiWorker.Native.OnnxRuntime;

/// <summary>Settings of a session.</summary>
/// <param name="Provider">Where to run.</param>
/// <param name="IntraOpThreads">Threads within one run; 0 = processors less one, at least one.</param>
/// <param name="CudaDevice">Number of the CUDA device.</param>
public sealed record OrtSessionSettings(OrtProvider Provider = OrtProvider.Cpu, int IntraOpThreads = 0, int CudaDevice = 0)
{
    /// <summary>The number of threads that is really set.</summary>
    public int Threads => IntraOpThreads > 0 ? IntraOpThreads : Math.Max(1, Environment.ProcessorCount - 1);

    /// <summary>Whether to refuse rather than fall back to the processor; null: when the provider names a GPU.</summary>
    public bool? RequireGpu { get; init; }

    /// <summary>Arithmetic on a GPU.</summary>
    public OrtPrecision Precision { get; init; }

    /// <summary>Memory that the arena of this session may take on the GPU, bytes; 0 = all. Workspaces of cuDNN come on top.</summary>
    public long GpuMemoryBytes { get; init; }

    /// <summary>Search for convolution algorithms.</summary>
    public OrtConvSearch ConvSearch { get; init; }

    /// <summary>Whether convolutions may take as much workspace as they like.</summary>
    public bool LargeWorkspace { get; init; } = true;

    /// <summary>Whether CUDA lays pictures out with the channel last.</summary>
    public bool PreferNhwc { get; init; }

    /// <summary>What TensorRT is told in advance; needed for it alone.</summary>
    public OrtEngine? Engine { get; init; }

    internal bool NeedsGpu => RequireGpu ?? Provider is OrtProvider.Cuda or OrtProvider.TensorRt;
}

/// <summary>What TensorRT builds a network for.</summary>
/// <param name="Folder">Where it keeps what it built.</param>
/// <param name="Input">Name of the network's only input.</param>
/// <param name="Item">Shape of one item, without the batch.</param>
/// <param name="Usual">Batch size that it is made fastest for.</param>
/// <param name="Most">Largest batch.</param>
/// <param name="IsInt8">Whether the network quantises.</param>
public sealed record OrtEngine(string Folder, string Input, IReadOnlyList<long> Item, int Usual, int Most, bool IsInt8 = false);
