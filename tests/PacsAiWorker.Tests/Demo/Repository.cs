namespace PacsAiWorker.Tests.Demo;

/// <summary>Folders of the source tree, found upwards from the test assembly.</summary>
internal static class Repository
{
    public static string Root { get; } = Find(AppContext.BaseDirectory);

    public static string Models => Path.Combine(Root, "models");

    private static string Find(string folder) =>
        File.Exists(Path.Combine(folder, "PacsAiWorker.sln"))
            ? folder
            : Find(Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("PacsAiWorker.sln not found above the tests"));
}
