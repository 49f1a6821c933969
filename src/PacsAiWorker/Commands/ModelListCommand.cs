using System.CommandLine;
using PacsAiWorker.Configuration;
using PacsAiWorker.Inference;
using PacsAiWorker.Inference.Packages;
using PacsAiWorker.Inference.Runtime;
using PacsAiWorker.Pipeline.Scoring;

namespace PacsAiWorker.Commands;

/// <summary><c>model list</c>: the packages of the configured folder, which of them would score and why the others do not.</summary>
internal static class ModelListCommand
{
    private const int ShortIdentity = 12;
    private const string NoWeights = "weights not installed";

    public static Command Create()
    {
        var list = new Command("list", "The packages of Models:Directory: which would score, at which stage, and why the others do not") { Cli.Json };
        list.SetAction(parse =>
        {
            var options = Cli.Options(parse);
            using var registry = ModelShelf.Load(options.Inference, options.Models, TimeProvider.System);
            List<Line> lines =
            [
                .. registry.Current.Models.Select(m => Row(m.Card.Id, m.Card, m.Identity, StageGate.Decide(options.Models, m.Card, registry.Current.Leads(m)).Stage, "in use", "", m.Provider)),
                .. registry.Current.Refused.Select(r => Row(r.ModelId ?? r.Folder, r.Card, r.Identity, "", State(r.Reason), r.Why, "")),
            ];
            if (parse.GetValue(Cli.Json))
            {
                Cli.PrintJson(lines);
            }
            else
            {
                Cli.PrintTable(["Id", "Version", "Identity", "Kind", "Stage", "State", "Provider", "Review by"], lines.Select(l => (string[])[l.Id, l.Version ?? "", l.Identity ?? "", l.Kind ?? "", l.Stage, l.Why.Length > 0 && l.State != NoWeights ? $"{l.State}: {l.Why}" : l.State, l.Provider, $"{l.ReviewBy:yyyy-MM-dd}"]), "Id", "Identity", "Review by");
                if (lines.Any(l => l.State == NoWeights))
                {
                    Console.WriteLine("Recipes whose weights are not installed score nothing: 'model train' or 'model build --from' makes packages of them (docs/model-packages.md).");
                }
            }

            return ExitCodes.Done;
        });
        return list;
    }

    private sealed record Line(string Id, string? Version, string? Identity, string? Kind, string Stage, string State, string Why, string Provider, DateOnly? ReviewBy);

    private static Line Row(string id, ModelCard? card, string? identity, string stage, string state, string why, string provider) => new(
        id, card?.Version, identity?[..ShortIdentity], card?.Kind, stage, state, why, provider, card?.ReviewBy);

    private static string State(NotScoredReason reason) => reason switch
    {
        NotScoredReason.PackageExpired => "expired",
        NotScoredReason.WeightsNotInstalled => NoWeights,
        _ => "refused",
    };
}
