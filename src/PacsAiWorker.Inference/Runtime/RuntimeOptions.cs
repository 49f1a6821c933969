using PacsAiWorker.Inference.Packages;
using PacsAiWorker.Inference.Runtime.Trials;
using PacsAiWorker.Native.OnnxRuntime;

namespace PacsAiWorker.Inference.Runtime;

/// <summary>Where and how networks run (configuration section <c>Inference</c>).</summary>
/// <param name="NativeLibraryPath">Full path of the core library; null = beside the program.</param>
/// <param name="Provider">auto, cpu, cuda or tensorrt.</param>
/// <param name="IntraOpThreads">Threads within one run; 0 = processors less one.</param>
/// <param name="CudaDevice">Number of the CUDA device.</param>
public sealed record RuntimeOptions(
    string? NativeLibraryPath = null, OrtProvider Provider = OrtProvider.Auto, int IntraOpThreads = 0, int CudaDevice = 0)
{
    /// <summary>The program's folder, where the library stands when no path is configured.</summary>
    public string ApplicationFolder { get; init; } = AppContext.BaseDirectory;

    /// <summary>Whether to refuse rather than fall back to the processor; null: when <see cref="Provider"/> names a GPU.</summary>
    public bool? RequireGpu { get; init; }

    /// <summary>Arithmetic on a GPU.</summary>
    public OrtPrecision Precision { get; init; }

    /// <summary>Memory that one network may take on the GPU, bytes; 0 = all.</summary>
    public long GpuMemoryBytes { get; init; }

    /// <summary>How cuDNN chooses algorithms.</summary>
    public OrtConvSearch CudnnSearch { get; init; }

    /// <summary>Folder in which TensorRT keeps what it built; null without TensorRT.</summary>
    public string? EngineCache { get; init; }

    /// <summary>Whose packages may score.</summary>
    public SignatureRule Signatures { get; init; } = new();

    /// <summary>How a package that this process has not seen is tried first; null: not at all, as within the process that tries.</summary>
    public TrialOptions? Trial { get; init; } = new();
}

/// <summary>The device could not run a network: worth retrying later, the image is not at fault.</summary>
public sealed class DeviceUnavailableException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>A package was taken out of use in the middle of an image: score the whole image with what is in use now.</summary>
public sealed class ModelReplacedException(string message) : Exception(message);

/// <summary>The network does not run this image, even by itself: trying again does not help, a person has to look.</summary>
public sealed class ImageRefusedException(string message) : Exception(message);
