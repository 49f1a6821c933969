using System.Security.Cryptography;
using System.Text;

namespace PacsAiWorker.Native.OnnxRuntime;

/// <summary>
/// Where TensorRT keeps what it built of one network. What lies there runs on the GPU unseen by any check of a package, so that nobody but
/// the worker may write to it; anything that could make it unfit is part of its name.
/// </summary>
public static class OrtEngineFolder
{
    private const int NameDigits = 24;
    private const UnixFileMode Own = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode Others = UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;

    /// <summary>Makes the folder if need be.</summary>
    /// <param name="root">Folder of all of them.</param>
    /// <param name="parts">Digest of the network, version of ONNX Runtime, GPU, precision, batch sizes.</param>
    /// <returns>Full path.</returns>
    /// <exception cref="OrtDeviceException">It cannot be made, or others may write to it.</exception>
    public static string Prepare(string root, params string[] parts)
    {
        var path = Path.Combine(Path.GetFullPath(root), Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', parts))))[..NameDigits]);
        try
        {
            if (OperatingSystem.IsWindows())
                Directory.CreateDirectory(path);
            else
                Directory.CreateDirectory(path, Own);
            if (!OperatingSystem.IsWindows() && ((File.GetUnixFileMode(root) | File.GetUnixFileMode(path)) & Others) != 0)
                throw new OrtDeviceException($"others may write to {root}, where TensorRT keeps what it built; set Inference:EngineCache to a folder of the worker's own, or take their right away (chmod go-w)");
            return path;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new OrtDeviceException($"{root} cannot be used for what TensorRT builds: {error.Message}; set Inference:EngineCache to a folder that the worker may write to", error);
        }
    }
}
