using System.Runtime.InteropServices;

namespace PacsAiWorker.Native.OnnxRuntime;

/// <summary>Where a network runs.</summary>
public enum OrtProvider
{
    /// <summary>CUDA when its provider library stands beside the core library and starts; else the processor.</summary>
    Auto,

    /// <summary>The processor.</summary>
    Cpu,

    /// <summary>CUDA or a clear failure; no part of a network may land on the processor.</summary>
    Cuda,
}

/// <summary>Settings of a session.</summary>
/// <param name="Provider">Where to run.</param>
/// <param name="IntraOpThreads">Threads within one run; 0 = processors less one, at least one.</param>
/// <param name="CudaDevice">Number of the CUDA device.</param>
public sealed record OrtSessionSettings(OrtProvider Provider = OrtProvider.Cpu, int IntraOpThreads = 0, int CudaDevice = 0)
{
    /// <summary>The number of threads that is really set.</summary>
    public int Threads => IntraOpThreads > 0 ? IntraOpThreads : Math.Max(1, Environment.ProcessorCount - 1);
}

/// <summary>Makes the native options of a session: spinning off, all graph optimisations, sequential, explicit thread counts.</summary>
internal static unsafe class OrtSessionOptions
{
    private const int Sequential = 0, AllOptimizations = 99;

    /// <summary>The names of the provider files that must stand in the folder of the core library.</summary>
    internal static readonly string[] CudaFiles = ["libonnxruntime_providers_shared.so", "libonnxruntime_providers_cuda.so"];

    /// <exception cref="OrtException">The library refuses a setting or the provider.</exception>
    public static OrtHandle Create(OrtApi api, OrtSessionSettings settings, bool cuda)
    {
        var options = new OrtHandle(api, OrtIndex.ReleaseSessionOptions, api.Create(OrtIndex.CreateSessionOptions), null);
        try
        {
            var handle = options.DangerousGetHandle();
            api.Set(OrtIndex.SetSessionExecutionMode, handle, Sequential);
            api.Set(OrtIndex.SetSessionGraphOptimizationLevel, handle, AllOptimizations);
            api.Set(OrtIndex.SetIntraOpNumThreads, handle, settings.Threads);
            api.Set(OrtIndex.SetInterOpNumThreads, handle, 1);
            Config(api, handle, "session.intra_op.allow_spinning\0"u8, "0\0"u8);
            Config(api, handle, "session.inter_op.allow_spinning\0"u8, "0\0"u8);
            if (cuda)
            {
                Config(api, handle, "session.disable_cpu_ep_fallback\0"u8, "1\0"u8);
                Config(api, handle, "session.use_device_allocator_for_initializers\0"u8, "1\0"u8);
                AppendCuda(api, handle, settings.CudaDevice);
            }
            return options;
        }
        catch
        {
            options.Dispose();
            throw;
        }
    }

    /// <summary>Names of CUDA provider files that are missing beside the core library.</summary>
    public static string[] MissingCudaFiles(string libraryPath)
    {
        var folder = Path.GetDirectoryName(libraryPath) ?? "";
        return [.. CudaFiles.Where(f => !File.Exists(Path.Combine(folder, f)))];
    }

    private static void Config(OrtApi api, nint options, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        fixed (byte* k = key)
        fixed (byte* v = value)
            api.AddConfig(options, k, v);
    }

    private static void AppendCuda(OrtApi api, nint options, int device)
    {
        (string Key, string Value)[] entries =
        [
            ("device_id", device.ToString()),
            ("arena_extend_strategy", "kSameAsRequested"),
            ("cudnn_conv_algo_search", "HEURISTIC"),
            ("use_tf32", "0"), // parity with the processor
        ];
        var keys = stackalloc byte*[entries.Length];
        var values = stackalloc byte*[entries.Length];
        for (var i = 0; i < entries.Length; i++)
        {
            keys[i] = (byte*)Marshal.StringToCoTaskMemUTF8(entries[i].Key);
            values[i] = (byte*)Marshal.StringToCoTaskMemUTF8(entries[i].Value);
        }
        var cuda = api.Create(OrtIndex.CreateCudaProviderOptions);
        try
        {
            api.UpdateCuda(cuda, keys, values, (nuint)entries.Length);
            api.AppendCuda(options, cuda);
        }
        finally
        {
            api.Release(OrtIndex.ReleaseCudaProviderOptions, cuda);
            for (var i = 0; i < entries.Length; i++)
            {
                Marshal.FreeCoTaskMem((nint)keys[i]);
                Marshal.FreeCoTaskMem((nint)values[i]);
            }
        }
    }
}
