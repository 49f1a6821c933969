using PacsAiWorker.Testing;

namespace PacsAiWorker.Tests.House;

/// <summary>Finds files of the source tree from a test.</summary>
internal static class Repository
{
    public static string Path(params string[] parts) => SourceTree.Path(parts);
}
