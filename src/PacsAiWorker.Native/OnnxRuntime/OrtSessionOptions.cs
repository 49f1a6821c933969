using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace PacsAiWorker.Native.OnnxRuntime;

/// <summary>Makes the native options of a session: spinning off, all graph optimisations, sequential, explicit thread counts.</summary>
internal static unsafe class OrtSessionOptions
{
    private const int Sequential = 0, AllOptimizations = 99, DigestDigits = 12;

    /// <param name="library">The library.</param>
    /// <param name="settings">The settings.</param>
    /// <param name="provider">One that was decided on: not Auto.</param>
    /// <param name="isStrict">Whether a node on the processor refuses the network; null: when a GPU is to run it.</param>
    /// <exception cref="OrtException">The library refuses a setting or the provider.</exception>
    public static OrtHandle Create(OrtLibrary library, OrtSessionSettings settings, OrtProvider provider, bool? isStrict = null)
    {
        var api = library.Api;
        var options = new OrtHandle(api, OrtIndex.ReleaseSessionOptions, api.Create(OrtIndex.CreateSessionOptions), null);
        try
        {
            var handle = options.DangerousGetHandle();
            api.Set(OrtIndex.SetSessionExecutionMode, handle, Sequential);
            api.Set(OrtIndex.SetSessionGraphOptimizationLevel, handle, AllOptimizations);
            api.Set(OrtIndex.SetIntraOpNumThreads, handle, settings.Threads);
            api.Set(OrtIndex.SetInterOpNumThreads, handle, 1);
            Pass(Entries(provider, isStrict ?? provider != OrtProvider.Cpu, library.KnowsPlacement), (keys, values, count) =>
            {
                for (nuint i = 0; i < count; i++)
                    api.AddConfig(handle, ((byte**)keys)[i], ((byte**)values)[i]);
            });
            // The first that is named takes what it can.
            if (provider == OrtProvider.TensorRt)
                Append(api, handle, OrtProviderOptions.TensorRt(settings), OrtIndex.CreateTensorRtProviderOptions, OrtIndex.UpdateTensorRtProviderOptions,
                    OrtIndex.AppendExecutionProviderTensorRtV2, OrtIndex.ReleaseTensorRtProviderOptions);
            if (provider != OrtProvider.Cpu)
                Append(api, handle, OrtProviderOptions.Cuda(settings), OrtIndex.CreateCudaProviderOptions, OrtIndex.UpdateCudaProviderOptions,
                    OrtIndex.AppendExecutionProviderCudaV2, OrtIndex.ReleaseCudaProviderOptions);
            return options;
        }
        catch
        {
            options.Dispose();
            throw;
        }
    }

    /// <summary>
    /// First digits of the SHA-256 over every setting that may change a result or a time. Threads are left out: they change neither bits nor
    /// what a score is worth, and differ from machine to machine; so are folders.
    /// </summary>
    public static string Digest(OrtSessionSettings settings, OrtProvider provider, bool knowsPlacement)
    {
        List<(string Key, string Value)> entries = [("execution", $"{Sequential}"), ("optimisation", $"{AllOptimizations}"), .. Entries(provider, provider != OrtProvider.Cpu, knowsPlacement)];
        if (provider == OrtProvider.TensorRt)
            entries.AddRange(OrtProviderOptions.TensorRt(settings).Where(e => !e.Key.EndsWith("_path", StringComparison.Ordinal)));
        if (provider != OrtProvider.Cpu)
            entries.AddRange(OrtProviderOptions.Cuda(settings));
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', entries.Select(e => $"{e.Key}={e.Value}")))))[..DigestDigits];
    }

    private static List<(string Key, string Value)> Entries(OrtProvider provider, bool isStrict, bool knowsPlacement)
    {
        List<(string Key, string Value)> entries = [("session.intra_op.allow_spinning", "0"), ("session.inter_op.allow_spinning", "0")];
        if (knowsPlacement)
            entries.Add(("session.record_ep_graph_assignment_info", "1"));
        if (isStrict)
            entries.Add(("session.disable_cpu_ep_fallback", "1"));
        if (provider != OrtProvider.Cpu)
            entries.Add(("session.use_device_allocator_for_initializers", "1"));
        return entries;
    }

    private static void Append(OrtApi api, nint options, IReadOnlyList<(string Key, string Value)> entries, int create, int update, int append, int release)
    {
        var provider = api.Create(create);
        try
        {
            Pass(entries, (keys, values, count) => api.UpdateProvider(update, provider, (byte**)keys, (byte**)values, count));
            api.AppendProvider(append, options, provider);
        }
        finally
        {
            api.Release(release, provider);
        }
    }

    /// <summary>Hands texts to the library, which keeps copies of its own.</summary>
    private static void Pass(IReadOnlyList<(string Key, string Value)> entries, Action<nint, nint, nuint> use)
    {
        var keys = stackalloc nint[entries.Count];
        var values = stackalloc nint[entries.Count];
        for (var i = 0; i < entries.Count; i++)
            (keys[i], values[i]) = (Marshal.StringToCoTaskMemUTF8(entries[i].Key), Marshal.StringToCoTaskMemUTF8(entries[i].Value));
        try
        {
            use((nint)keys, (nint)values, (nuint)entries.Count);
        }
        finally
        {
            for (var i = 0; i < entries.Count; i++)
            {
                Marshal.FreeCoTaskMem(keys[i]);
                Marshal.FreeCoTaskMem(values[i]);
            }
        }
    }
}
