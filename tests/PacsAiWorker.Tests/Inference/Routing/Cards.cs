using PacsAiWorker.Inference.Packages;
using PacsAiWorker.Testing;

namespace PacsAiWorker.Tests.Inference.Routing;

/// <summary>Cards that differ in what they ask of an image.</summary>
internal static class Cards
{
    private const string ShippedRouting = "routing: { modality: [US], bMode: true }";

    /// <summary>The shipped card under another id, for patients too, with these keys beside the modality.</summary>
    public static string Text(string id, string routing, bool isRouter = false)
    {
        var lines = File.ReadAllLines(Path.Combine(SourceTree.Path("models"), "demo-phantom", "model.yaml")).Select(l => l
            .Replace("id: demo-phantom", $"id: {id}", StringComparison.Ordinal)
            .Replace(ShippedRouting, $"routing: {{ modality: [US]{(routing.Length > 0 ? ", " : "")}{routing} }}", StringComparison.Ordinal)
            .Replace("demonstration: true", "demonstration: false", StringComparison.Ordinal));
        if (isRouter)
        {
            lines = lines.Where(l => !l.StartsWith("threshold", StringComparison.Ordinal) && !l.StartsWith("aggregation", StringComparison.Ordinal)
                    && !l.StartsWith("triage", StringComparison.Ordinal))
                .Select(l => l.Replace("modelKind: classifier", "modelKind: router", StringComparison.Ordinal)
                    .Replace(", isPositive: true", ", organ: kidney", StringComparison.Ordinal));
        }
        return string.Join('\n', lines);
    }

    public static ModelCard Card(string routing, string id = "model") => CardReader.Read(Text(id, routing), "model.yaml", weightsInstalled: true);
}
