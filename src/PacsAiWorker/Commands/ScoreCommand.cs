using System.CommandLine;
using System.Text.Json.Serialization;
using PacsAiWorker.Inference;
using PacsAiWorker.Inference.Imaging.Codecs;
using PacsAiWorker.Inference.Routing;
using PacsAiWorker.Inference.Runtime;
using PacsAiWorker.Pipeline.Scoring;

namespace PacsAiWorker.Commands;

/// <summary><c>score PATHS… --model ID</c> and <c>score --replay ID</c>: nothing is recorded and nothing leaves.</summary>
internal static class ScoreCommand
{
    private static readonly Argument<string[]> Paths = new("paths") { Description = "DICOM files and folders", Arity = ArgumentArity.ZeroOrMore };
    private static readonly Option<string> Model = new("--model") { Description = "Package id", HelpName = "ID" };
    private static readonly Option<string> Past = new("--past") { Description = "With --model: what it would have flagged of what was received in the last 12h, 7d or 4w; nothing is recorded, nothing leaves", HelpName = "PERIOD" };
    private static readonly Option<string> Rules = new("--rules") { Description = "With --past: JSON with threshold, aggregation or proportionThreshold to try instead of the package's", HelpName = "FILE" };
    private static readonly Option<string> Replay = new("--replay") { Description = "Compute a recorded score again and say what is different: a score's id; or an image's id or SOP Instance UID for all its scores", HelpName = "ID" };

    public static Command Create()
    {
        var command = new Command("score", "Score files with one package, offline: CSV, or JSON with --json. Or compute recorded scores again, or try a package on what was received") { Paths, Model, Past, Rules, Replay, ScoreExplanation.Folder, ScoreExplanation.Channels, Cli.Json };
        command.SetAction(async (parse, cancellation) =>
        {
            var options = Cli.Options(parse);
            if (parse.GetValue(ScoreExplanation.Folder) is not null && (parse.GetValue(Replay) ?? parse.GetValue(Past)) is not null)
            {
                throw new CommandException("--explain goes with PATHS and --model ID: recorded scores are explained by scoring their files again");
            }

            if (parse.GetValue(Replay) is { } recorded)
            {
                return await ScoreReplayCommand.RunAsync(options, recorded.Replace("instance:", "", StringComparison.Ordinal), parse.GetValue(Cli.Json), cancellation);
            }

            var past = parse.GetValue(Past);
            if (parse.GetValue(Model) is null || (past is null && parse.GetValue(Paths) is not { Length: > 0 }))
            {
                throw new CommandException("score needs PATHS and --model ID, or --past PERIOD and --model ID, or --replay ID");
            }

            using var registry = ModelShelf.Load(options.Inference, options.Models, TimeProvider.System);
            var id = parse.GetRequiredValue(Model);
            var model = RequireModel(registry.Current, id);
            if (past is not null)
            {
                return await ScorePastCommand.RunAsync(options, registry, model, past, parse.GetValue(Rules), parse.GetValue(Cli.Json), cancellation);
            }

            using var codecs = new CodecPool(options.Inference.Codecs.ToCodecOptions());
            var scorer = new InstanceScorer(registry.Current, codecs, TimeProvider.System);
            using var explanation = ScoreExplanation.Begin(parse, model, ModelShelf.Runtime(options.Inference, options.Models), codecs);
            var rows = new List<Line>();
            foreach (var path in Cli.Files(parse.GetRequiredValue(Paths)))
            {
                var verdict = await scorer.ScoreAsync(path, Tiers.Routine, childrenOnly: false, cancellation);
                rows.Add(Row(path, verdict, model) with { Explanation = Highest(verdict, model) is { } score ? explanation?.Write(path, score, rows.Count + 1, cancellation) : null });
            }

            if (parse.GetValue(Cli.Json))
            {
                Cli.PrintJson(rows);
            }
            else
            {
                string[] more = explanation is null ? [] : ["explanation"];
                Cli.PrintCsv(Console.Out, ["path", "study", "image", "model", "version", "predicted", "probability", "above_threshold", "not_scored", "detail", .. more], rows.Select(r => (string[])
                    [r.Path, r.Study, r.Image, r.Model, r.Version, r.Predicted ?? "", r.Probability is { } p ? FormattableString.Invariant($"{p:R}") : "", r.AboveThreshold is { } above ? (above ? "yes" : "no") : "", r.NotScored ?? "", r.Detail ?? "", .. more.Select(_ => r.Explanation?.File ?? "")]));
            }

            return ExitCodes.Done;
        });
        return command;
    }

    private static LoadedModel RequireModel(ModelSet packages, string name) => packages.Find(name)
        ?? throw new CommandException(packages.Refused.FirstOrDefault(r => r.ModelId == name || r.Folder == name)?.Why
            ?? $"--model {name}: there is no such package; there are {string.Join(", ", packages.Models.Select(m => packages.Leads(m) ? m.Card.Id : m.Name).DefaultIfEmpty("none"))}");

    private static Line Row(string path, InstanceVerdict verdict, LoadedModel model)
    {
        var frames = verdict.Scores.Where(s => s.ModelIdentity == model.Identity).ToList();
        var probability = frames.Count > 0 ? ClipScore.Of(frames.Select(f => f.PositiveProbability)) : 0;
        return Highest(verdict, model) is not { } score
            ? new Line(path, verdict.Facts.StudyInstanceUid, verdict.Facts.SopInstanceUid, model.Card.Id, "", null, null, null, verdict.Reason?.Text() ?? "no model applies", verdict.Detail ?? verdict.NotApplied.FirstOrDefault(n => n.ModelId == model.Card.Id)?.Why)
            : new Line(path, verdict.Facts.StudyInstanceUid, verdict.Facts.SopInstanceUid, model.Card.Id, score.ModelVersion, score.ClassIds[score.PredictedClass], probability, probability >= score.Threshold, null, null);
    }

    /// <summary>Of a clip the frame that speaks most for a flag.</summary>
    private static FrameScore? Highest(InstanceVerdict verdict, LoadedModel model) => verdict.Scores.Where(s => s.ModelIdentity == model.Identity).MaxBy(s => s.PositiveProbability);

    private sealed record Line(string Path, string Study, string Image, string Model, string Version, string? Predicted, double? Probability, bool? AboveThreshold, string? NotScored, string? Detail)
    {
        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public ExplainedLine? Explanation { get; init; }
    }
}
