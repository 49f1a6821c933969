using System.Globalization;

namespace PacsAiWorker.Native.OnnxRuntime;

/// <summary>
/// What the providers of a GPU are told: keys of ONNX Runtime's CUDA (V2) and TensorRT (V2) options. None of it was ever seen to work by
/// this project, which had no GPU; each key stands here because its default would be wrong or silent.
/// </summary>
internal static class OrtProviderOptions
{
    /// <summary>Read by NVIDIA's libraries themselves: 0 forbids TF32, 1 forces it.</summary>
    public const string Tf32Variable = "NVIDIA_TF32_OVERRIDE";

    public static IReadOnlyList<(string Key, string Value)> Cuda(OrtSessionSettings settings)
    {
        List<(string, string)> entries =
        [
            ("device_id", Text(settings.CudaDevice)),
            ("arena_extend_strategy", "kSameAsRequested"), // the default doubles, and keeps what it took
            ("cudnn_conv_algo_search", settings.ConvSearch.ToString().ToUpperInvariant()),
            ("cudnn_conv_use_max_workspace", Switch(settings.LargeWorkspace)),
            ("do_copy_in_default_stream", "1"),
            ("enable_cuda_graph", "0"), // needs fixed addresses
            ("prefer_nhwc", Switch(settings.PreferNhwc)),
            ("use_tf32", Switch(settings.Precision == OrtPrecision.Tf32)), // on by default, unseen
        ];
        if (settings.GpuMemoryBytes > 0)
            entries.Add(("gpu_mem_limit", Text(settings.GpuMemoryBytes)));
        return entries;
    }

    public static IReadOnlyList<(string Key, string Value)> TensorRt(OrtSessionSettings settings)
    {
        var engine = settings.Engine ?? throw new OrtDeviceException("TensorRT needs to know batch sizes and a folder for what it builds; set Inference:EngineCache");
        List<(string, string)> entries =
        [
            ("device_id", Text(settings.CudaDevice)),
            ("trt_fp16_enable", Switch(settings.Precision == OrtPrecision.Fp16)),
            ("trt_int8_enable", Switch(engine.IsInt8)),
            ("trt_engine_cache_enable", "1"), // building takes minutes
            ("trt_engine_cache_path", engine.Folder),
            ("trt_timing_cache_enable", "1"),
            ("trt_timing_cache_path", engine.Folder),
            // A shape outside of these would build the network again, in the middle of the work.
            ("trt_profile_min_shapes", Shape(engine, 1)),
            ("trt_profile_opt_shapes", Shape(engine, engine.Usual)),
            ("trt_profile_max_shapes", Shape(engine, engine.Most)),
        ];
        if (settings.GpuMemoryBytes > 0)
            entries.Add(("trt_max_workspace_size", Text(settings.GpuMemoryBytes)));
        return entries;
    }

    /// <summary>Why NVIDIA's libraries would compute otherwise than is recorded; null when they would not.</summary>
    /// <param name="variable">Value of <see cref="Tf32Variable"/>.</param>
    public static string? Tf32Problem(OrtProvider provider, OrtPrecision precision, string? variable) => (provider, precision, variable) switch
    {
        (_, OrtPrecision.Fp32, "1") => $"{Tf32Variable}=1 forces TF32 while Inference:Precision is fp32; remove it from the environment, or set Inference:Precision to tf32",
        (_, OrtPrecision.Tf32, "0") => $"{Tf32Variable}=0 forbids TF32 while Inference:Precision is tf32; remove it from the environment, or set Inference:Precision to fp32",
        (OrtProvider.TensorRt, OrtPrecision.Fp32, not "0") => $"TensorRT has no option against TF32; set {Tf32Variable}=0 in the worker's environment, or Inference:Precision to tf32",
        _ => null,
    };

    private static string Shape(OrtEngine engine, int rows) => $"{engine.Input}:{string.Join('x', engine.Item.Prepend(rows))}";

    private static string Switch(bool isOn) => isOn ? "1" : "0";

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
