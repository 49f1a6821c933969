using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using PacsAiWorker.EndToEnd.Line;
using PacsAiWorker.EndToEnd.Servers;

namespace PacsAiWorker.EndToEnd.Systems;

/// <summary>
/// What a data scientist does with one recipe, by the program's commands: phantoms in the numbers of the paper, a network with random weights, a head
/// trained on it, figures. Inputs are small unless a test says otherwise, so that a test takes seconds.
/// </summary>
internal sealed partial class Workshop(string system) : IDisposable
{
    private const int Chances = 3;

    private readonly TempFolder _folder = new("system");

    public string Models => _folder.Folder("models");

    public string Labels => _folder["phantoms/labels.csv"];

    public void Dispose() => _folder.Dispose();

    /// <summary>A share of the data set to learn from.</summary>
    public Task DrawAsync(double share) => ProgramAsync("simulate", "--dataset", system, "--share", Text(share), "--out", _folder["phantoms"]);

    /// <summary>The recipe as it is shipped, or for an input of another size.</summary>
    public string Recipe(int? size = null)
    {
        var shipped = Path.Combine(AppContext.BaseDirectory, "models", system);
        if (size is null)
            return shipped;
        var folder = _folder.Folder($"recipe-{size}");
        var card = File.ReadAllText(Path.Combine(shipped, "model.yaml"));
        card = Shape().Replace(card, $"shape: [-1, 3, {size}, {size}]");
        card = Sides().Replace(card, $"w: {size}, h: {size}");
        File.WriteAllText(Path.Combine(folder, "model.yaml"), card.Replace("shortSide: 256", $"shortSide: {size + 8}", StringComparison.Ordinal));
        return folder;
    }

    /// <summary>A network with random weights; the same network, size and classes are built once.</summary>
    public async Task<string> BackboneAsync(string network, int size, int classes = 2)
    {
        var file = _folder[$"{network.Replace('/', '-')}-{size}.onnx"];
        if (!File.Exists(file))
            await ProgramAsync("model", "build", "--network", network, "--input-size", $"{size}", "--classes", $"{classes}", "--outputs", "features,activation", "--output", file);
        return file;
    }

    /// <summary>Trains a package into the models folder; what the command says as JSON.</summary>
    public async Task<JsonElement> TrainAsync(string package, string recipe, string backbone, params string[] more) =>
        Parse(await ProgramAsync(["model", "train", "--recipe", recipe, "--backbone", backbone, "--data", Labels, "--output", Path.Combine(Models, package), "--work", backbone + ".work", "--json", .. more]));

    /// <summary>The mean of a figure over three times with labels dealt out anew by patient; the packages are not kept.</summary>
    public async Task<double> OnChanceAsync(string recipe, string backbone, Func<JsonElement, double> figure)
    {
        var sum = 0.0;
        for (var seed = 1; seed <= Chances; seed++)
        {
            sum += figure(await TrainAsync("permuted", recipe, backbone, "--permute-labels", "--seed", $"{seed}"));
            if (!File.ReadAllText(Path.Combine(Models, "permuted", "model.yaml")).Contains("demonstration: true", StringComparison.Ordinal))
                throw new InvalidOperationException("a package of permuted labels may score patients");
            Directory.Delete(Path.Combine(Models, "permuted"), recursive: true);
        }

        return sum / Chances;
    }

    /// <summary>The held-out predictions of a trained package.</summary>
    public string Predictions(string package) => Path.Combine(Models, package, "evaluation", "predictions.csv");

    public static async Task<JsonElement> EvaluateAsync(string predictions, params string[] more) =>
        Parse(await ProgramAsync(["model", "evaluate", "--predictions", predictions, "--json", .. more]));

    public static async Task<JsonElement> CompareAsync(string first, string second, params string[] more) =>
        Parse(await ProgramAsync(["model", "compare", first, second, "--json", .. more]));

    /// <summary>A package that was made to compare is not put to use.</summary>
    public void TakeOut(string package) => Directory.Move(Path.Combine(Models, package), _folder["out-" + package]);

    /// <summary>And put to use after all.</summary>
    public void PutBack(string package) => Directory.Move(_folder["out-" + package], Path.Combine(Models, package));

    /// <summary>The truth of phantoms of another seed, by study: ids of the classes of its images.</summary>
    public async Task<IReadOnlyDictionary<string, IReadOnlyList<string>>> HeldOutAsync(double share, int seed)
    {
        var folder = _folder["held-out"];
        await ProgramAsync("simulate", "--dataset", system, "--share", Text(share), "--seed", $"{seed}", "--out", folder);
        return File.ReadLines(Path.Combine(folder, "labels.csv")).Skip(1).Select(l => l.Split(',')).GroupBy(f => f[3]).ToDictionary(g => g.Key, g => (IReadOnlyList<string>)[.. g.Select(f => f[1])]);
    }

    /// <summary>The same phantoms over DICOM.</summary>
    public Task SendAsync(Installation line, double share, int seed) =>
        ProgramAsync("simulate", "--dataset", system, "--share", Text(share), "--seed", $"{seed}", "--to", $"{Installation.AeTitle}@127.0.0.1:{line.DicomPort}");

    private static async Task<string> ProgramAsync(params string[] arguments) => (await Tool.RunAsync(WorkerProcess.Program, arguments)).Succeeded().Output;

    private static JsonElement Parse(string text) => JsonDocument.Parse(text).RootElement;

    private static string Text(double share) => share.ToString(CultureInfo.InvariantCulture);

    [GeneratedRegex(@"shape: \[-1, 3, \d+, \d+\]")]
    private static partial Regex Shape();

    [GeneratedRegex(@"w: \d+, h: \d+")]
    private static partial Regex Sides();
}
