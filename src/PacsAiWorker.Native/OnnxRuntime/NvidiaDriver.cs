using System.Text.RegularExpressions;

namespace PacsAiWorker.Native.OnnxRuntime;

/// <summary>What the kernel module of NVIDIA tells about the machine, without a library of CUDA.</summary>
public static partial class NvidiaDriver
{
    /// <summary>GPUs and version of the driver, for example <c>NVIDIA H200; driver 550.54.15</c>; null when there is no such driver.</summary>
    /// <param name="root">Where the module shows itself.</param>
    public static string? Describe(string root = "/proc/driver/nvidia")
    {
        try
        {
            if (!Directory.Exists(root))
                return null;
            var version = Version().Match(File.ReadAllText(Path.Combine(root, "version"))).Value;
            var models = Directory.EnumerateFiles(Path.Combine(root, "gpus"), "information", SearchOption.AllDirectories)
                .Select(file => Model().Match(File.ReadAllText(file)).Groups[1].Value.Trim()).Where(model => model.Length > 0).Distinct().Order(StringComparer.Ordinal);
            return string.Join("; ", models.Append($"driver {version}"));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Containers hide some of it; the driver works all the same.
            return null;
        }
    }

    [GeneratedRegex(@"\d+\.\d+(\.\d+)?")]
    private static partial Regex Version();

    [GeneratedRegex(@"^Model:(.*)$", RegexOptions.Multiline)]
    private static partial Regex Model();
}
