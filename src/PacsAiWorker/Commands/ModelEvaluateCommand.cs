using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.Json;
using PacsAiWorker.Evaluation;
using PacsAiWorker.Inference.Packages;
using PacsAiWorker.Statistics.Studies;

namespace PacsAiWorker.Commands;

/// <summary><c>model evaluate</c>, of a package on labelled images or of predictions from anywhere: every rate with its counts and interval, by image and by study. See docs/evaluation.md.</summary>
internal static class ModelEvaluateCommand
{
    private static readonly Option<string> Predictions = new("--predictions") { Description = "Predictions from anywhere (CSV)", HelpName = "FILE" };
    private static readonly Option<string?> Package = new("--package") { Description = "Package whose rules are used (classes to flag, threshold, aggregation, reference), and which scores the images of --data", HelpName = "FOLDER" };
    private static readonly Option<string?> Data = new("--data") { Description = "Labelled images that took no part in training: CSV or folder, as for model train", HelpName = "PATH" };
    private static readonly Option<double?> Threshold = new("--threshold") { Description = "Flagged from this score on (default 0.5, and said to be assumed)" };
    private static readonly Option<string?> Reported = new("--reported") { Description = "Printed figures to compare with (CSV: figure, printed)", HelpName = "FILE" };

    internal static readonly Option<string?> Out = new("--out") { Description = "Folder to write the report to, as JSON and as a page", HelpName = "DIR" };
    internal static readonly Option<double?> Prevalence = new("--prevalence") { Description = "Share of positive studies at the site, 0 to 1" };
    internal static readonly Option<string[]> Positive = new("--positive") { Description = "Class to be flagged; may be given several times", HelpName = "CLASS" };
    internal static readonly Option<StudyAggregation> Aggregation = new("--aggregation")
    {
        Description = "From images to study: max, mean, noisy-or or proportion:SHARE",
        HelpName = "RULE",
        CustomParser = Rule,
        DefaultValueFactory = _ => new StudyAggregation(AggregationKind.Max),
    };

    internal static readonly Option<int> Minimum = new("--minimum") { Description = "Fewest images of which a group's rates are shown", DefaultValueFactory = _ => 20 };
    internal static readonly Option<ulong> Seed = new("--seed") { Description = "Of the intervals by patient", DefaultValueFactory = _ => 1 };
    internal static readonly Option<string> Reference = new("--reference") { Description = "Subgroup whose images every other subgroup is compared with", DefaultValueFactory = _ => "normal" };

    public static Command Create()
    {
        var evaluate = new Command("evaluate", "Evaluate a package on labelled images, or predictions: rates with counts and intervals, by image and by study; areas, calibration, groups, folds")
        {
            Package, Data, Predictions, Out, Threshold, Prevalence, Reported, Positive, Aggregation, Minimum, Reference, Seed, Cli.Json,
        };
        evaluate.SetAction((parse, cancellation) => Task.FromResult(Run(parse, cancellation)));
        return evaluate;
    }

    private static int Run(ParseResult parse, CancellationToken cancellation)
    {
        var (predictions, data) = (parse.GetValue(Predictions), parse.GetValue(Data));
        if (predictions is null == data is null)
        {
            throw new CommandException("say what to evaluate: --predictions FILE, or --package FOLDER with --data PATH");
        }

        try
        {
            var package = parse.GetValue(Package) is { } folder ? ModelPackage.Load(folder) : null;
            var options = Options(parse) with { Threshold = parse.GetValue(Threshold) };
            options = package is null ? options : PackageEvaluation.Rules(options, package.Card, parse.GetResult(Aggregation) is { Implicit: false }, parse.GetResult(Reference) is { Implicit: false });
            return Print(parse, predictions is not null ? Evaluator.Evaluate(PredictionFile.Read(predictions), options)
                : PackageEvaluation.Run(package ?? throw new CommandException("--data needs the package that is to score the images: --package FOLDER"), data!, options, Cli.Options(parse).Inference, parse.GetValue(Out), cancellation));
        }
        catch (PackageException error)
        {
            throw new CommandException(error.Message);
        }
    }

    private static int Print(ParseResult parse, EvaluationReport report)
    {
        if (parse.GetValue(Reported) is { } reported)
        {
            report = ReportedFile.Audit(report, reported);
        }

        if (parse.GetValue(Out) is { } folder)
        {
            ReportFolder.Write(folder, "evaluation", report, EvaluationPage.Of(report));
        }

        if (parse.GetValue(Cli.Json))
        {
            Console.Out.WriteLine(JsonSerializer.Serialize(report, ReportFolder.Json));
        }
        else
        {
            Console.Out.WriteLine($"{Path.GetFileName(report.File)}: {EvaluationPage.Data(report)}");
            Print(EvaluationTables.Of(report), [.. EvaluationPage.Lead(report) is { } lead ? (string[])[lead] : [], .. report.Notes]);
        }

        return ExitCodes.Done;
    }

    /// <summary>What both commands ask alike.</summary>
    internal static EvaluationOptions Options(ParseResult parse)
    {
        var prevalence = parse.GetValue(Prevalence);
        if (prevalence is < 0 or > 1 or double.NaN)
        {
            throw new CommandException($"--prevalence {prevalence}: write a share from 0 to 1, for example 0.08 for 8 of 100 studies");
        }

        return new EvaluationOptions
        {
            Positive = parse.GetValue(Positive) ?? [],
            Prevalence = prevalence,
            Aggregation = parse.GetValue(Aggregation)!,
            Minimum = parse.GetValue(Minimum),
            Reference = parse.GetValue(Reference)!,
            Seed = parse.GetValue(Seed),
        };
    }

    internal static void Print(IEnumerable<ReportTable> tables, IReadOnlyCollection<string> sentences)
    {
        foreach (var table in tables)
        {
            Console.Out.WriteLine($"\n{table.Title}");
            Cli.PrintTable(table.Columns, table.Rows, [.. table.Columns]);
            if (table.Note.Length > 0)
            {
                Console.Out.WriteLine(table.Note);
            }
        }

        Console.Out.WriteLine();
        foreach (var sentence in sentences)
        {
            Console.Out.WriteLine($"- {sentence}");
        }
    }

    private static StudyAggregation? Rule(ArgumentResult result)
    {
        var rule = StudyAggregation.Parse(result.Tokens.Single().Value);
        if (rule is null)
        {
            result.AddError($"--aggregation {result.Tokens.Single().Value}: write max, mean, noisy-or or proportion:SHARE, for example proportion:0.328");
        }

        return rule;
    }
}
