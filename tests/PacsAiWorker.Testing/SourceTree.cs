using System.Runtime.CompilerServices;

namespace PacsAiWorker.Testing;

/// <summary>Files of the source tree, for tests that compare them with the program.</summary>
public static class SourceTree
{
    private static readonly string Root = Find();

    public static string Path(params string[] parts) => System.IO.Path.Combine([Root, .. parts]);

    private static string Find([CallerFilePath] string here = "")
    {
        var folder = System.IO.Path.GetDirectoryName(here);
        while (folder is not null && !File.Exists(System.IO.Path.Combine(folder, "PacsAiWorker.sln")))
        {
            folder = System.IO.Path.GetDirectoryName(folder);
        }

        return folder ?? throw new InvalidOperationException("PacsAiWorker.sln is not above the tests.");
    }
}
