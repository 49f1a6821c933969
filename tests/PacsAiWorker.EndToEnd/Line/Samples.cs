namespace PacsAiWorker.EndToEnd.Line;

/// <summary>Real ultrasound files, never part of the repository.</summary>
internal static class Samples
{
    private const string Variable = "PACSAI_SAMPLES";

    public static string WhyNone => $"{Variable} is not set: no real file was sent.";

    /// <summary>Empty without the variable.</summary>
    public static IReadOnlyList<PartTen> All { get; } = Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } folder
        ? [.. Directory.EnumerateFiles(folder, "*.dcm", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Select(PartTen.Read)]
        : [];
}
