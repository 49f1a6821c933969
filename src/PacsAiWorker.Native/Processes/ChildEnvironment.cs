using System.Collections;

namespace PacsAiWorker.Native.Processes;

/// <summary>What a child process gets of our environment; everything else, secrets above all, stays here.</summary>
public static class ChildEnvironment
{
    private static readonly string[] Always = ["PATH", "LANG", "LD_LIBRARY_PATH", "DOTNET_ROOT", "DOTNET_ROOT_X64", "DOTNET_ROOT_ARM64"];

    private static readonly string[] Small =
        ["DOTNET_gcServer=0", "DOTNET_gcConcurrent=0", "DOTNET_EnableDiagnostics=0", "DOTNET_DbgEnableMiniDump=0", "DOTNET_TieredPGO=0"];

    /// <summary>For <see cref="ChildProcess.Start"/>: what a small .NET process needs.</summary>
    /// <param name="also">Further names that are passed on where they are set.</param>
    public static IReadOnlyList<string> Of(params string[] also) =>
    [
        .. Small,
        .. Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
            .Where(e => Always.Contains((string)e.Key) || also.Contains((string)e.Key)).Select(e => $"{e.Key}={e.Value}"),
    ];
}
