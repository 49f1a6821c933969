using System.Security.Cryptography;

namespace PacsAiWorker.Native.OnnxRuntime;

/// <summary>The files that let the core library use a GPU. They must stand in its folder and be of its version.</summary>
public static class OrtProviderFiles
{
    private const string Shared = "libonnxruntime_providers_shared.so";
    private const string Cuda = "libonnxruntime_providers_cuda.so";
    private const string TensorRt = "libonnxruntime_providers_tensorrt.so";

    /// <summary>Those that a provider needs.</summary>
    public static IReadOnlyList<string> Of(OrtProvider provider) => provider switch
    {
        OrtProvider.Cpu => [],
        OrtProvider.TensorRt => [Shared, Cuda, TensorRt],
        _ => [Shared, Cuda],
    };

    /// <summary>Those of them that are missing.</summary>
    /// <param name="libraryPath">Full path of the core library.</param>
    /// <param name="provider">Which provider is wanted.</param>
    public static IReadOnlyList<string> Missing(string libraryPath, OrtProvider provider) =>
        [.. Of(provider).Where(file => !File.Exists(Beside(libraryPath, file)))];

    /// <summary>Those that are there, with SHA-256, 64 lower-case hex digits: hundreds of megabytes are read.</summary>
    /// <inheritdoc cref="Missing"/>
    public static IEnumerable<(string File, string Sha256)> Digests(string libraryPath, OrtProvider provider)
    {
        foreach (var file in Of(provider).Where(file => File.Exists(Beside(libraryPath, file))))
        {
            using var content = File.OpenRead(Beside(libraryPath, file));
            yield return (file, Convert.ToHexStringLower(SHA256.HashData(content)));
        }
    }

    private static string Beside(string libraryPath, string file) => Path.Combine(Path.GetDirectoryName(libraryPath) ?? "", file);
}
