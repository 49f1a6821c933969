using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace PacsAiWorker.Native.OnnxRuntime;

/// <summary>
/// The loaded ONNX Runtime: one file, found only where configuration or the application folder says (no system search, a stray
/// library of another version must not be picked up), its version checked, one environment for the process. Never unloaded.
/// </summary>
public sealed unsafe class OrtLibrary
{
    /// <summary>The file name that the npm package carries; the NuGet package calls it <c>libonnxruntime.so</c>.</summary>
    public const string FileName = "libonnxruntime.so.1";

    private const string NuGetName = "libonnxruntime.so";
    private const int OldestMinor = 20, NewestApi = 24, WarningLevel = 2;
    private static readonly Lock Gate = new();
    private static readonly Dictionary<string, OrtLibrary> Loaded = [];

    private OrtLibrary(string path, string version, OrtApi api)
    {
        Path = path;
        Version = version;
        Api = api;
        BuildInfo = api.BuildInfo();
        using var file = File.OpenRead(path);
        Sha256 = Convert.ToHexStringLower(SHA256.HashData(file));
        fixed (byte* name = "pacs-ai-worker\0"u8)
            Environment = new OrtHandle(api, OrtIndex.ReleaseEnv, api.CreateEnv(OrtLog.Callback, WarningLevel, name), null);
        CpuMemory = new OrtHandle(api, OrtIndex.ReleaseMemoryInfo, api.CpuMemory(), null);
    }

    /// <summary>Full path of the loaded file.</summary>
    public string Path { get; }

    /// <summary>As the library says, for example 1.30.0.</summary>
    public string Version { get; }

    /// <summary>Whether sessions can tell which provider runs which node.</summary>
    internal bool KnowsPlacement => MinorOf(Version) >= OrtIndex.PlacementSince;

    /// <summary>The library's own build description, stored with each score.</summary>
    public string BuildInfo { get; }

    /// <summary>SHA-256 of the loaded file, 64 lower-case hex digits.</summary>
    public string Sha256 { get; }

    internal OrtApi Api { get; }

    internal OrtHandle Environment { get; }

    /// <summary>Describes ordinary memory, for tensors over our own arrays.</summary>
    internal OrtHandle CpuMemory { get; }

    /// <summary>
    /// Loads the library from <paramref name="configuredPath"/> when given, else from the application folder.
    /// A second call for the same file returns the first result.
    /// </summary>
    /// <exception cref="OrtLibraryException">Not found (all places tried are named), not loadable, or older than 1.20.</exception>
    public static OrtLibrary Load(string? configuredPath, string appFolder)
    {
        var candidates = Candidates(configuredPath, appFolder);
        var path = candidates.FirstOrDefault(File.Exists)
            ?? throw new OrtLibraryException(
                $"ONNX Runtime not found at {string.Join(" or ", candidates)}. "
                + "Run `npm ci --ignore-scripts` in the source tree and build again, or set Inference:NativeLibraryPath to the library's "
                    + "full path.");
        lock (Gate)
        {
            if (!Loaded.TryGetValue(path, out var library))
                Loaded[path] = library = Open(path);
            return library;
        }
    }

    private static OrtLibrary Open(string path)
    {
        nint entry;
        try
        {
            entry = NativeLibrary.GetExport(NativeLibrary.Load(path), "OrtGetApiBase");
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException or EntryPointNotFoundException)
        {
            throw new OrtLibraryException($"{path} could not be loaded as ONNX Runtime: {e.Message}", e);
        }
        // OrtApiBase: [0] GetApi(version), [1] GetVersionString(). This pair never changes.
        var apiBase = ((delegate* unmanaged[Cdecl]<nint*>)entry)();
        var version = Marshal.PtrToStringUTF8(((delegate* unmanaged[Cdecl]<nint>)apiBase[1])()) ?? "";
        var minor = MinorOf(version);
        if (minor < OldestMinor)
            throw new OrtLibraryException($"{path} is ONNX Runtime {version}; 1.{OldestMinor} or newer is needed.");
        var table = ((delegate* unmanaged[Cdecl]<uint, nint*>)apiBase[0])((uint)Math.Min(NewestApi, minor));
        if (table == null)
            throw new OrtLibraryException($"{path} ({version}) does not offer interface version {Math.Min(NewestApi, minor)}.");
        return new OrtLibrary(path, version, new OrtApi(table));
    }

    /// <summary>Full path of the file that <see cref="Load"/> would load; null when there is none.</summary>
    public static string? Find(string? configuredPath, string appFolder) => Candidates(configuredPath, appFolder).FirstOrDefault(File.Exists);

    /// <summary>The last place is where the NuGet package's files lie in a build without a runtime identifier.</summary>
    private static IReadOnlyList<string> Candidates(string? configuredPath, string appFolder) => string.IsNullOrWhiteSpace(configuredPath)
        ?
        [
            System.IO.Path.Combine(appFolder, FileName), System.IO.Path.Combine(appFolder, NuGetName),
            System.IO.Path.Combine(appFolder, "runtimes", $"linux-{RuntimeInformation.OSArchitecture.ToString().ToLowerInvariant()}", "native", NuGetName),
        ]
        : [System.IO.Path.GetFullPath(configuredPath)];

    /// <summary>Minor number of a "1.x.y" text; -1 when it is not one.</summary>
    internal static int MinorOf(string version)
    {
        var parts = version.Split('.');
        return parts.Length >= 2 && parts[0] == "1"
            && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var minor) ? minor : -1;
    }
}
