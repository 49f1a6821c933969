using PacsAiWorker.Native.OnnxRuntime;

namespace PacsAiWorker.Tests.Native;

public sealed class OrtProviderOptionsTests
{
    private static readonly OrtSessionSettings Settings = new(OrtProvider.TensorRt, CudaDevice: 1)
    {
        Engine = new OrtEngine("/engines", "input", [3, 224, 224], 8, 32),
    };

    private static Dictionary<string, string> Cuda(OrtSessionSettings settings) => OrtProviderOptions.Cuda(settings).ToDictionary(e => e.Key, e => e.Value);

    private static Dictionary<string, string> TensorRt(OrtSessionSettings settings) => OrtProviderOptions.TensorRt(settings).ToDictionary(e => e.Key, e => e.Value);

    [Fact]
    public void Cuda_computes_float32_without_TF32_unless_that_was_asked_for()
    {
        var entries = Cuda(Settings);
        Assert.Equal(("1", "0", "HEURISTIC", "kSameAsRequested"), (entries["device_id"], entries["use_tf32"], entries["cudnn_conv_algo_search"], entries["arena_extend_strategy"]));
        Assert.DoesNotContain("gpu_mem_limit", entries);
        Assert.Equal("1", Cuda(Settings with { Precision = OrtPrecision.Tf32 })["use_tf32"]);
        Assert.Equal("1073741824", Cuda(Settings with { GpuMemoryBytes = 1L << 30 })["gpu_mem_limit"]);
        Assert.Equal("EXHAUSTIVE", Cuda(Settings with { ConvSearch = OrtConvSearch.Exhaustive })["cudnn_conv_algo_search"]);
    }

    [Fact]
    public void TensorRT_builds_for_the_batch_sizes_that_run_and_keeps_what_it_built()
    {
        var entries = TensorRt(Settings);
        Assert.Equal(("input:1x3x224x224", "input:8x3x224x224", "input:32x3x224x224"), (entries["trt_profile_min_shapes"], entries["trt_profile_opt_shapes"], entries["trt_profile_max_shapes"]));
        Assert.Equal(("1", "/engines", "0", "0"), (entries["trt_engine_cache_enable"], entries["trt_engine_cache_path"], entries["trt_fp16_enable"], entries["trt_int8_enable"]));
        Assert.Equal("1", TensorRt(Settings with { Precision = OrtPrecision.Fp16 })["trt_fp16_enable"]);
        Assert.Equal("1", TensorRt(Settings with { Engine = Settings.Engine! with { IsInt8 = true } })["trt_int8_enable"]);
        Assert.Contains("Inference:EngineCache", Assert.Throws<OrtDeviceException>(() => TensorRt(new OrtSessionSettings())).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(OrtProvider.Cuda, OrtPrecision.Fp32, null, null)]
    [InlineData(OrtProvider.Cuda, OrtPrecision.Fp32, "0", null)]
    [InlineData(OrtProvider.Cuda, OrtPrecision.Fp32, "1", "forces TF32")]
    [InlineData(OrtProvider.Cuda, OrtPrecision.Tf32, "0", "forbids TF32")]
    [InlineData(OrtProvider.TensorRt, OrtPrecision.Tf32, null, null)]
    [InlineData(OrtProvider.TensorRt, OrtPrecision.Fp32, null, "set NVIDIA_TF32_OVERRIDE=0")]
    [InlineData(OrtProvider.TensorRt, OrtPrecision.Fp32, "0", null)]
    public void A_variable_that_would_make_the_recorded_precision_a_lie_is_told(OrtProvider provider, OrtPrecision precision, string? variable, string? problem)
    {
        var told = OrtProviderOptions.Tf32Problem(provider, precision, variable);
        if (problem is null)
            Assert.Null(told);
        else
            Assert.Contains(problem, told, StringComparison.Ordinal);
    }

    [Fact]
    public void The_digest_of_the_options_knows_what_changes_results_and_neither_threads_nor_folders()
    {
        static string Of(OrtSessionSettings settings, OrtProvider provider = OrtProvider.TensorRt) => OrtSessionOptions.Digest(settings, provider, knowsPlacement: true);
        var digest = Of(Settings);
        Assert.Matches("^[0-9a-f]{12}$", digest);
        Assert.Equal(digest, Of(Settings with { IntraOpThreads = 7, Engine = Settings.Engine! with { Folder = "/elsewhere" } }));
        string[] others =
        [
            Of(Settings, OrtProvider.Cpu), Of(Settings, OrtProvider.Cuda), Of(Settings with { CudaDevice = 2 }), Of(Settings with { Precision = OrtPrecision.Tf32 }),
            Of(Settings with { Precision = OrtPrecision.Fp16 }), Of(Settings with { GpuMemoryBytes = 1 }), Of(Settings with { ConvSearch = OrtConvSearch.Default }),
            Of(Settings with { LargeWorkspace = false }), Of(Settings with { PreferNhwc = true }), Of(Settings with { Engine = Settings.Engine! with { Most = 16 } }),
        ];
        Assert.Equal(others.Length + 1, others.Append(digest).Distinct().Count());
    }

    /// <summary>Conformance of the table's entries: the library makes options of each kind, and names the file that it lacks when they are filled.</summary>
    [Theory]
    [InlineData(OrtProvider.Cuda)]
    [InlineData(OrtProvider.TensorRt)]
    public void A_library_without_the_provider_names_the_file(OrtProvider provider)
    {
        var e = Assert.Throws<OrtException>(() => OrtSessionOptions.Create(Ort.Library, Settings, provider));
        Assert.Equal(OrtErrorCode.Fail, e.Code);
        Assert.Contains("libonnxruntime_providers_shared.so", e.Message, StringComparison.Ordinal);
    }
}
