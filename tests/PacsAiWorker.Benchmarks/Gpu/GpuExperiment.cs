using System.Text.Json.Nodes;
using PacsAiWorker.Native.OnnxRuntime;

namespace PacsAiWorker.Benchmarks.Gpu;

/// <summary>One question about GPUs that only a machine with one can answer.</summary>
/// <param name="Number">Place in the order: what comes later builds on what comes earlier.</param>
/// <param name="Title">The question.</param>
/// <param name="Needs">What a machine must have.</param>
/// <param name="Missing">Why it cannot be asked here; null when it can.</param>
/// <param name="Run">Asks it.</param>
internal sealed record GpuExperiment(int Number, string Title, string Needs, Func<GpuMachine, string?> Missing, Func<GpuMachine, JsonObject> Run)
{
    /// <summary>All of them, in order.</summary>
    public static IReadOnlyList<GpuExperiment> All { get; } =
    [
        new(1, "What the machine is", "nothing", _ => null, MachineExperiments.Describe),
        new(2, "What the provider files link", "the CUDA provider files", m => Files(m), MachineExperiments.Links),
        new(3, "The processor's answers, to compare with another processor's", "nothing", _ => null, MachineExperiments.ProcessorAnswers),
        new(4, "Which nodes run on the GPU, network by network", Cuda, m => OnCuda(m), SessionExperiments.Placement),
        new(5, "How far the GPU's answers are from the processor's, with TF32 off and on", Cuda, m => OnCuda(m), SessionExperiments.Agreement),
        new(6, "Pictures a second by batch size, algorithm search, workspace and layout", Cuda, m => OnCuda(m), SessionExperiments.Throughput),
        new(7, "Pinned input through I/O binding", Cuda, _ => "not written: the binding has no I/O binding", Never),
        new(8, "From files to scores beside the bare library", Cuda, _ => "not written: wants decoding on many cores beside one GPU", Never),
        new(9, "Memory over 10,000 batches of five networks", Cuda, m => OnCuda(m), StressExperiments.Soak),
        new(10, "A batch that does not fit into the memory", Cuda, m => OnCuda(m), StressExperiments.OutOfMemory),
        new(11, "Two threads on one session, and a session that is opened while another runs", Cuda, m => OnCuda(m), StressExperiments.Threads),
        new(12, "CUDA graphs; networks with float16 weights", Cuda, _ => "not written: graphs need I/O binding, and the random networks have no float16 form; 8-bit ones are part of 4 to 6", Never),
        new(13, "WebGPU", "a Vulkan driver", _ => "not written: the worker has no such provider", Never),
        new(14, "TensorRT: building, the cache, other batch sizes, float16", "the TensorRT provider files, a GPU", m => m.Missing(OrtProvider.TensorRt), StressExperiments.Engines),
        new(15, "A device that is not there", Cuda, m => OnCuda(m), StressExperiments.WrongDevice),
    ];

    private const string Cuda = "the CUDA provider files, a GPU";

    private static string? OnCuda(GpuMachine machine) => machine.Missing(OrtProvider.Cuda);

    private static string? Files(GpuMachine machine) =>
        OrtProviderFiles.Missing(machine.Library.Path, OrtProvider.Cuda) is { Count: > 0 } files ? $"{string.Join(", ", files)} missing beside {machine.Library.Path}" : null;

    private static JsonObject Never(GpuMachine machine) => throw new NotSupportedException();
}
