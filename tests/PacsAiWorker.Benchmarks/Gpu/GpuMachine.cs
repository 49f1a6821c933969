using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using PacsAiWorker.Inference.Networks;
using PacsAiWorker.Native.OnnxRuntime;

namespace PacsAiWorker.Benchmarks.Gpu;

/// <summary>What this machine has for the experiments.</summary>
/// <param name="library">ONNX Runtime; <c>Inference__NativeLibraryPath</c> in the environment names another one, as for the worker.</param>
/// <param name="device">Number of the CUDA device.</param>
internal sealed class GpuMachine(OrtLibrary library, int device = 0)
{
    public const string LibraryVariable = "Inference__NativeLibraryPath";

    /// <summary>Value of the output that counts: logits of two classes.</summary>
    public const int Classes = 2;

    private readonly Dictionary<(string, bool, ulong), byte[]> _networks = [];

    public OrtLibrary Library => library;

    public string Folder => Path.GetDirectoryName(library.Path)!;

    /// <summary>Why no network can run on that provider, null when it may.</summary>
    public string? Missing(OrtProvider provider) =>
        OrtProviderFiles.Missing(library.Path, provider) is { Count: > 0 } files ? $"{string.Join(", ", files)} missing beside {library.Path}"
        : NvidiaDriver.Describe() is null && Say("nvidia-smi", "-L") is null ? "no NVIDIA driver"
        : null;

    /// <summary>A network with random weights, always the same.</summary>
    public byte[] Network(string name, bool isInt8 = false, ulong seed = 1)
    {
        if (!_networks.TryGetValue((name, isInt8, seed), out var bytes))
            _networks[(name, isInt8, seed)] = bytes = RandomNetwork.Create(NetworkCatalog.Find(name)!, Classes, seed: seed, int8: isInt8).Graph.ToBytes();
        return bytes;
    }

    /// <summary>A session; <paramref name="change"/> sets what an experiment is about.</summary>
    public OrtSession Open(byte[] network, OrtProvider provider, Func<OrtSessionSettings, OrtSessionSettings>? change = null)
    {
        var settings = new OrtSessionSettings(provider, CudaDevice: device);
        return OrtSession.Create(library, network, change?.Invoke(settings) ?? settings);
    }

    /// <summary>Pictures of noise, each another one; rows × 3 × side × side.</summary>
    public static float[] Pictures(OrtSession session, int rows, int first = 0)
    {
        var length = (int)session.Inputs[0].Shape.Skip(1).Aggregate(1L, (a, b) => a * b);
        var values = new float[rows * length];
        for (var row = 0; row < rows; row++)
            for (var i = 0; i < length; i++)
                values[(row * length) + i] = (((((i * 31L) + ((first + row) * 17L)) * 2654435761L) >> 8) & 255) / 255f - 0.5f;
        return values;
    }

    /// <summary>The logits of some pictures, row by row.</summary>
    public static float[] Run(OrtSession session, ReadOnlySpan<float> pictures, int rows) => session.Run(pictures, [rows, .. session.Inputs[0].Shape.Skip(1)])[0];

    /// <summary>Milliseconds.</summary>
    public static double Time(Action action)
    {
        var since = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(since).TotalMilliseconds;
    }

    /// <summary>Memory in use on the device, MiB; null when nobody tells.</summary>
    public double? MemoryUsed() => double.TryParse(Say("nvidia-smi", "--query-gpu=memory.used", "--format=csv,noheader,nounits", "-i", $"{device}"), out var mebibytes) ? mebibytes : null;

    /// <summary>What a program prints; null when there is none of that name, or it fails.</summary>
    public static string? Say(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            process.ErrorDataReceived += (_, _) => { };
            process.BeginErrorReadLine();
            var text = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0 ? text : null;
        }
        catch (Win32Exception)
        {
            return null;
        }
    }

    /// <summary>The processor's own name for itself, since bits need not be the same on another.</summary>
    public static string Processor => File.Exists("/proc/cpuinfo")
        ? File.ReadLines("/proc/cpuinfo").FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[1].Trim() ?? $"{RuntimeInformation.OSArchitecture}"
        : $"{RuntimeInformation.OSArchitecture}";
}
