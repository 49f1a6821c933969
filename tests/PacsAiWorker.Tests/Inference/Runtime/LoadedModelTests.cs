using PacsAiWorker.Inference;
using PacsAiWorker.Inference.Packages;
using PacsAiWorker.Inference.Runtime;
using PacsAiWorker.Inference.Runtime.Batching;
using PacsAiWorker.Inference.Runtime.Trials;
using PacsAiWorker.Native.OnnxRuntime;
using PacsAiWorker.Tests.Inference.Packages;
using PacsAiWorker.Tests.Native;

namespace PacsAiWorker.Tests.Inference.Runtime;

public sealed class LoadedModelTests : IDisposable
{
    private static readonly RuntimeOptions Cpu = new(Provider: OrtProvider.Cpu, IntraOpThreads: 1);
    private readonly PackageFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private LoadedModel Load(RuntimeOptions? options = null) =>
        LoadedModel.Load(ModelPackage.Load(Directory.Exists(Path.Combine(_folder.Models, "p")) ? Path.Combine(_folder.Models, "p") : _folder.Add("p")), Ort.Library, options ?? Cpu, new CheckList(TimeProvider.System));

    [Fact]
    public void The_runtime_names_version_provider_precision_library_options_and_placement()
    {
        using var model = Load();
        Assert.Matches(@"^ONNX Runtime 1\.30\.0, CPU, fp32, library [0-9a-f]{12}, options [0-9a-f]{12}, placement [0-9a-f]{12}$", model.Runtime);
        Assert.Null(model.Shortfall);
    }

    [Theory]
    [InlineData(OrtProvider.Auto, true, false)]
    [InlineData(OrtProvider.Cuda, null, false)]
    [InlineData(OrtProvider.Cuda, false, true)]
    [InlineData(OrtProvider.Auto, null, true)]
    public void A_lost_session_comes_back_on_the_processor_only_where_no_GPU_is_required(OrtProvider provider, bool? required, bool comesBack)
    {
        using var model = Load();
        var options = Cpu with { Provider = provider, RequireGpu = required };
        if (comesBack)
        {
            using var device = model.Reopen(Ort.Library, options);
            Assert.Equal([1, 2, 3, 4], device.Buckets);
            Assert.Equal(provider == OrtProvider.Cuda, model.Shortfall is not null);
            return;
        }

        var fault = Assert.Throws<DeviceFaultException>(() => model.Reopen(Ort.Library, options));
        Assert.Equal(DeviceFault.Lost, fault.Fault);
        Assert.Contains("libonnxruntime_providers_cuda.so missing", fault.Message, StringComparison.Ordinal);
    }

    /// <summary>Places were laid out for the sizes of the GPU that is gone.</summary>
    [Fact]
    public void A_processor_that_takes_a_GPU_s_place_runs_its_batch_sizes()
    {
        using var model = Load();
        using var device = model.Reopen(Ort.Library, Cpu);
        device.Buckets = OrtBatchDevice.OnGpu;
        var output = new float[32 * device.OutputLength];
        device.Run(new float[32 * device.InputLength], 32, output);
        Assert.All(output, value => Assert.True(float.IsFinite(value)));
    }

    [Fact]
    public void A_required_GPU_that_is_away_is_the_device_s_fault_and_may_come()
    {
        _folder.Add("p");
        using var registry = ModelRegistry.Load(_folder.Models, Cpu with { Provider = OrtProvider.Auto, RequireGpu = true }, FixedClock.On(2026, 11, 22));
        var refused = Assert.Single(registry.Current.Refused);
        Assert.Equal(NotScoredReason.DeviceUnavailable, refused.Reason);
        Assert.Same(refused, registry.Current.Awaited);
        Assert.Contains("libonnxruntime_providers_shared.so and libonnxruntime_providers_cuda.so missing", refused.Why, StringComparison.Ordinal);
    }

    /// <summary>In a process apart: the core library is loaded a second time, from beside files that only bear the providers' names.</summary>
    [Fact]
    public void Provider_files_that_cannot_be_loaded_are_named_with_what_the_loader_said()
    {
        var folder = Directory.CreateTempSubdirectory("pacsai-");
        try
        {
            var library = Path.Combine(folder.FullName, OrtLibrary.FileName);
            File.Copy(Ort.Library.Path, library);
            foreach (var file in OrtProviderFiles.Of(OrtProvider.Cuda))
                File.WriteAllText(Path.Combine(folder.FullName, file), new string('x', 4096));
            var package = _folder.Add("p");
            using var strict = TrialProcess.Start(Cpu with { NativeLibraryPath = library, Provider = OrtProvider.Cuda }, new TrialOptions());
            var verdict = strict.Try(package);
            Assert.Equal(NotScoredReason.DeviceUnavailable, verdict.Reason);
            Assert.Matches(@"CUDA device 0.* cannot be used: .*libonnxruntime_providers_shared\.so.*invalid ELF header", verdict.Why);
            var checks = new List<PackageCheck>();
            using var lenient = TrialProcess.Start(Cpu with { NativeLibraryPath = library, Provider = OrtProvider.Auto }, new TrialOptions());
            Assert.Null(lenient.Try(package, checks.Add).Reason);
            Assert.Contains("; not on a GPU: CUDA device 0", checks.Single(c => c.Name == PackageChecks.Session).Detail, StringComparison.Ordinal);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
