using System.CommandLine;
using System.Text.Json;
using PacsAiWorker.Evaluation;
using PacsAiWorker.Inference.Networks.Surgery;
using PacsAiWorker.Inference.Packages;
using PacsAiWorker.Training;

namespace PacsAiWorker.Commands;

/// <summary><c>model train</c>: a new head on a frozen backbone, as a package with its evaluation. See docs/training.md.</summary>
internal static class ModelTrainCommand
{
    private static readonly Option<string> Recipe = new("--recipe") { Description = "Folder with the model.yaml to complete", HelpName = "FOLDER", Required = true };
    private static readonly Option<string?> Variant = new("--variant") { Description = "Variant of the recipe", HelpName = "NAME" };
    private static readonly Option<string> Backbone = new("--backbone") { Description = "Network whose last layer is replaced", HelpName = "FILE.onnx", Required = true };
    private static readonly Option<string?> Features = new("--features") { Description = "Tensor [N, F] that the new head reads [default: features]", HelpName = "NAME" };
    private static readonly Option<string> Data = new("--data") { Description = "CSV (file, label, and where known patient, study, subgroup, set), or a folder with a sub-folder for each class", HelpName = "PATH", Required = true };
    private static readonly Option<string?> Subgroup = new("--subgroup") { Description = "Only the images of this subgroup of the list, such as a view", HelpName = "NAME" };
    private static readonly Option<int?> Folds = new("--folds") { Description = "Of the cross-validation [default: the recipe's, else 5]" };
    private static readonly Option<int> Seed = new("--seed") { Description = "Same seed, same package", DefaultValueFactory = _ => 1 };
    private static readonly Option<double?> L2 = new("--l2") { Description = "Penalty on standardised features [default: chosen on validation images]" };
    private static readonly Option<string> ClassWeights = Choice("--class-weights", "balanced: every class counts alike; none: every image does", "balanced", "none");
    private static readonly Option<string?> Split = Choice<string?>("--split", "What may not be on both sides [default: the recipe's, else patient]", null, "patient", "study", "image");
    private static readonly Option<bool> AllowImageSplit = new("--allow-image-split") { Description = "With --split image: go on, though every figure will be too good" };
    private static readonly Option<bool> PermuteLabels = new("--permute-labels") { Description = "A check: labels dealt out anew by patient, so that an area far from 0.5 tells of a leak. The package scores phantoms only" };
    private static readonly Option<double?> Specificity = new("--specificity") { Description = "Wanted on training images; without it the largest sensitivity + specificity", HelpName = "S" };
    private static readonly Option<string?> Work = new("--work") { Description = "Where features are kept, so that a run goes on where another ended [default: OUTPUT.work]", HelpName = "DIR" };
    private static readonly Option<string> Output = new("--output") { Description = "Folder of the package, which must not exist yet", HelpName = "DIR", Required = true };

    public static Command Create()
    {
        var train = new Command("train", "Train a new head on a frozen backbone with your images, cross-validated, and write it as a package")
        {
            Recipe, Variant, Backbone, Features, Data, Subgroup, Folds, Seed, L2, ClassWeights, Split, AllowImageSplit, PermuteLabels, Specificity, Work, Output, Cli.Json,
        };
        train.SetAction((parse, cancellation) => Task.FromResult(Run(Options(parse), parse, cancellation)));
        return train;
    }

    private static TrainingOptions Options(ParseResult parse)
    {
        var output = Path.TrimEndingDirectorySeparator(Path.GetFullPath(parse.GetRequiredValue(Output)));
        if (File.Exists(output))
        {
            throw new CommandException($"--output {output}: is a file; name a folder that does not exist yet");
        }

        if (Directory.Exists(output) && Directory.EnumerateFileSystemEntries(output).Any())
        {
            throw new CommandException($"--output {output}: is not empty; name a folder that does not exist yet");
        }

        if (parse.GetValue(Folds) is { } folds and not (>= 2 and <= 100))
        {
            throw new CommandException($"--folds {folds}: take 2 to 100");
        }

        if (parse.GetValue(L2) is { } l2 and not (> 0 and < double.PositiveInfinity))
        {
            throw new CommandException($"--l2 {l2}: write a number above 0, such as 0.01");
        }

        if (parse.GetValue(Specificity) is { } specificity and not (> 0 and < 1))
        {
            throw new CommandException($"--specificity {specificity}: write a share between 0 and 1, such as 0.97");
        }

        return new TrainingOptions(parse.GetRequiredValue(Recipe), parse.GetRequiredValue(Backbone), parse.GetRequiredValue(Data), output)
        {
            Variant = parse.GetValue(Variant),
            Features = parse.GetValue(Features),
            Subgroup = parse.GetValue(Subgroup),
            Folds = parse.GetValue(Folds),
            Seed = parse.GetValue(Seed),
            L2 = parse.GetValue(L2),
            Balanced = parse.GetValue(ClassWeights) == "balanced",
            Split = parse.GetValue(Split) is { } split ? Enum.Parse<SplitUnit>(split, ignoreCase: true) : null,
            AllowImageSplit = parse.GetValue(AllowImageSplit),
            PermuteLabels = parse.GetValue(PermuteLabels),
            Specificity = parse.GetValue(Specificity),
            Work = Path.GetFullPath(parse.GetValue(Work) ?? output + ".work"),
        };
    }

    private static int Run(TrainingOptions options, ParseResult parse, CancellationToken cancellation)
    {
        try
        {
            var (summary, notUsed) = LocalRuntime.With(Cli.Options(parse).Inference, (library, codecs) => Progress.Watched(progress => new TrainingRun(options, library, codecs, progress).Run(cancellation)));
            if (parse.GetValue(Cli.Json))
            {
                Console.Out.WriteLine(JsonSerializer.Serialize(summary, ReportFolder.Json));
            }
            else
            {
                Print(summary, notUsed, options.Output);
            }

            return ExitCodes.Done;
        }
        catch (Exception error) when (error is PackageException or NetworkFormatException)
        {
            throw new CommandException(error.Message);
        }
    }

    private static void Print(TrainingSummary summary, IReadOnlyList<(string File, string Reason, string Detail)> notUsed, string folder)
    {
        Cli.PrintTable(["Class", "Images", "Studies", "Patients", "Test images"], summary.Counts.Select(c => (string[])[c.Class, $"{c.Images}", $"{c.Studies}", $"{c.Patients}", $"{c.TestImages}"]));
        if (notUsed.Count > 0)
        {
            Console.Out.WriteLine($"\nNot used: {string.Join(", ", summary.NotUsed.Select(n => $"{n.Value} {n.Key}"))}");
            Cli.PrintTable(["File", "Reason", "Detail"], notUsed.Select(u => (string[])[u.File, u.Reason, u.Detail]));
        }

        Console.Out.WriteLine($"\n{summary.JudgedOn}.");
        if (summary.Levels.Count > 0)
        {
            Cli.PrintTable(["Level", "Cases", "Positive", "AUC", "95 %", "Sensitivity", "Specificity"], summary.Levels.Select(l => (string[])
                [l.Level, $"{l.Cases}", $"{l.Positives}", Number(l.Auc), l.Auc is null ? "–" : $"{Number(l.AucLow)} to {Number(l.AucHigh)}", Number(l.Sensitivity), Number(l.Specificity)]));
        }

        Console.Out.WriteLine($"Highest class right: {Number(summary.Top1)}; among the two highest: {Number(summary.Top2)}");
        foreach (var finding in summary.Leakage)
        {
            Console.Out.WriteLine($"- {finding.What} ({finding.Count})");
        }

        Console.Out.WriteLine($"{summary.Package} is written: {folder}. See its README.md; then: pacs-ai-worker model check {folder}");
    }

    private static string Number(double? value) => value is { } v ? FormattableString.Invariant($"{v:0.0000}") : "–";

    private static Option<T> Choice<T>(string name, string description, T value, params string[] words)
    {
        var option = new Option<T>(name) { Description = description, DefaultValueFactory = _ => value };
        option.AcceptOnlyFromAmong(words);
        return option;
    }
}
