using PacsAiWorker.Evaluation;

namespace PacsAiWorker.Tests.Evaluation;

/// <summary>A file of predictions that ends with the test.</summary>
internal sealed class TempCsv : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("pacsai-").FullName;

    public string Path => System.IO.Path.Combine(folder, "file.csv");

    public string Write(string name, string text)
    {
        var path = System.IO.Path.Combine(folder, name);
        File.WriteAllText(path, text);
        return path;
    }

    public PredictionFile Read(string text, string name = "file.csv") => PredictionFile.Read(Write(name, text));

    public void Dispose() => Directory.Delete(folder, recursive: true);
}
