using System.CommandLine;
using System.Text.Json;
using PacsAiWorker.Evaluation;

namespace PacsAiWorker.Commands;

/// <summary><c>model compare A.csv B.csv</c>: predictions of the same images, each file against the first. See docs/evaluation.md.</summary>
internal static class ModelCompareCommand
{
    private static readonly Argument<string[]> Files = new("files") { Description = "Predictions (CSV) of the same images, at least two", Arity = new ArgumentArity(2, 100) };
    private static readonly Option<double[]> Threshold = new("--threshold") { Description = "Flagged from this score on; once for all files, or once for each in their order" };

    public static Command Create()
    {
        var compare = new Command("compare", "Compare predictions of the same images: DeLong, McNemar, Wilcoxon over folds, bootstrap by patient, by group")
        {
            Files, Threshold, ModelEvaluateCommand.Out, ModelEvaluateCommand.Positive, ModelEvaluateCommand.Aggregation, ModelEvaluateCommand.Minimum, ModelEvaluateCommand.Reference, ModelEvaluateCommand.Seed, Cli.Json,
        };
        compare.SetAction(parse =>
        {
            var files = parse.GetRequiredValue(Files).Select(PredictionFile.Read).ToList();
            var thresholds = parse.GetValue(Threshold) ?? [];
            if (thresholds.Length > 1 && thresholds.Length != files.Count)
            {
                throw new CommandException($"--threshold is given {thresholds.Length} times for {files.Count} files; give it once, or once for each file");
            }

            var options = ModelEvaluateCommand.Options(parse);
            var report = Comparer.Compare(files, [.. files.Select((_, i) => options with { Threshold = thresholds.Length == 0 ? null : thresholds[Math.Min(i, thresholds.Length - 1)] })]);
            if (parse.GetValue(ModelEvaluateCommand.Out) is { } folder)
            {
                ReportFolder.Write(folder, "comparison", report, ComparisonPage.Of(report));
            }

            if (parse.GetValue(Cli.Json))
            {
                Console.Out.WriteLine(JsonSerializer.Serialize(report, ReportFolder.Json));
            }
            else
            {
                ModelEvaluateCommand.Print(ComparisonTables.Of(report), [.. report.Notes]);
            }

            return ExitCodes.Done;
        });
        return compare;
    }
}
