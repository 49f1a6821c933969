namespace PacsAiWorker.Tests.Training;

/// <summary>Phantoms that are drawn once for all tests of a class, and their features, which the first training keeps.</summary>
public sealed class TrainingData : IDisposable
{
    public const int Patients = 30, Images = 2;

    private readonly string _folder = Directory.CreateTempSubdirectory("pacsai-").FullName;

    public TrainingData()
    {
        var list = TrainingPhantoms.Write(Folder, Patients, Images, testPatients: 10);
        List = Path.Combine(_folder, "list.csv");
        File.Move(list, List);
    }

    /// <summary>With a sub-folder for each class.</summary>
    public string Folder => Path.Combine(_folder, "data");

    /// <summary>Where features are kept.</summary>
    public string Work => Path.Combine(_folder, "work");

    private string List { get; }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>Writes a list of the same images and more.</summary>
    /// <param name="path">Of the list.</param>
    /// <param name="withSet">With ten patients for the test.</param>
    /// <param name="more">Rows: file, label, patient, study, set.</param>
    public string WriteList(string path, bool withSet, params string[] more)
    {
        string[] lines = [.. File.ReadAllLines(List), .. more];
        File.WriteAllLines(path, lines.Select((line, i) => i == 0 || i >= lines.Length - more.Length ? line : Path.Combine(Folder, line)).Select(line => withSet ? line : line[..line.LastIndexOf(',')]));
        return path;
    }
}
