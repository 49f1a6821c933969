using PacsAiWorker.Benchmarks.Gpu;
using PacsAiWorker.Tests.Native;

namespace PacsAiWorker.Tests.Benchmarks;

public sealed class GpuBenchTests
{
    private static readonly GpuMachine Machine = new(Ort.Library);

    [Fact]
    public void The_experiments_come_in_order() => Assert.Equal(Enumerable.Range(1, 15), GpuExperiment.All.Select(e => e.Number));

    [Fact]
    public void Without_the_provider_files_each_experiment_that_needs_them_says_so_and_ends()
    {
        var possible = GpuExperiment.All.Where(e => e.Missing(Machine) is null).Select(e => e.Number);
        Assert.Equal([1, 3], possible);
        foreach (var experiment in GpuExperiment.All.Where(e => e.Missing(Machine) is not null))
            Assert.Matches("^(not written: |libonnxruntime_providers_shared.so, .* missing beside )", GpuBench.Run(experiment, Machine)["notPossibleHere"]!.GetValue<string>());
    }

    [Fact]
    public void The_machine_is_described_whatever_it_lacks()
    {
        var found = GpuBench.Run(GpuExperiment.All[0], Machine)["found"]!;
        Assert.StartsWith("1.30.0, ", found["onnxRuntime"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.NotEmpty(found["glibc"]!.GetValue<string>());
        Assert.Null(GpuMachine.Say("there-is-no-such-program"));
    }
}
