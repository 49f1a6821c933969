namespace PacsAiWorker.Tests.Dicom;

/// <summary>Real ultrasound files in the folder that PACSAI_SAMPLES names; none where it is not set.</summary>
internal static class SampleFiles
{
    public static IReadOnlyList<string> All()
    {
        string? folder = Environment.GetEnvironmentVariable("PACSAI_SAMPLES");
        if (string.IsNullOrEmpty(folder))
        {
            Console.WriteLine("PACSAI_SAMPLES is not set: no real files are read.");
            return [];
        }

        return [.. Directory.EnumerateFiles(folder, "*.dcm", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];
    }
}
