using System.CommandLine;
using PacsAiWorker.Inference;
using PacsAiWorker.Inference.Packages;
using PacsAiWorker.Inference.Runtime;
using PacsAiWorker.Inference.Runtime.Trials;
using PacsAiWorker.Native.OnnxRuntime;
using PacsAiWorker.Pipeline.Scoring;

namespace PacsAiWorker.Commands;

/// <summary><c>model check FOLDER</c>: makes the checks of a load in a process apart and says what each found.</summary>
internal static class ModelCheckCommand
{
    private static readonly Argument<string> Folder = new("folder") { Description = "Folder of the package" };

    public static Command Create()
    {
        var check = new Command("check", "Make all checks that a package goes through at load, in a process apart; exit code 1 when it is refused") { Folder, Cli.Json };
        check.SetAction(parse =>
        {
            var folder = Path.GetFullPath(parse.GetRequiredValue(Folder));
            if (!Directory.Exists(folder))
            {
                throw new CommandException($"{folder}: there is no such folder");
            }

            var result = Try(folder, ModelShelf.Runtime(Cli.Options(parse).Inference, Cli.Options(parse).Models));
            if (parse.GetValue(Cli.Json))
            {
                Cli.PrintJson(result);
            }
            else
            {
                Cli.PrintTable(["Check", "Verdict", "ms", "Found"], result.Checks.Select(c => (string[])[c.Check, c.Verdict, c.Milliseconds is { } ms ? FormattableString.Invariant($"{ms:0.0}") : "", c.Found]), "Check", "Verdict", "ms");
                Console.Out.WriteLine(result.Why.Length > 0 ? $"{result.Verdict}: {result.Why}" : result.Verdict);
            }

            return result.Verdict is Refused or Expired ? ExitCodes.Failed : ExitCodes.Done;
        });
        return check;
    }

    private const string Passed = "passed", Refused = "refused", NotMade = "not made", NoWeights = "weights not installed", Expired = "expired";

    private sealed record Line(string Check, string Verdict, double? Milliseconds, string Found);

    private sealed record Result(string Folder, string Verdict, string? Identity, string Why, IReadOnlyList<Line> Checks);

    private static Result Try(string folder, RuntimeOptions runtime)
    {
        try
        {
            using var trial = TrialProcess.Start(runtime, runtime.Trial ?? new TrialOptions());
            var made = new List<PackageCheck>();
            var verdict = trial.Try(folder, made.Add);
            IEnumerable<Line> lines =
            [
                .. made.Select(c => new Line(c.Name, c.Passed ? Passed : Refused, Math.Round(c.Milliseconds, 1), c.Detail)),
                .. PackageChecks.All.Skip(made.Count).Select(name => new Line(name, NotMade, null, "")),
            ];
            var (word, why) = verdict switch
            {
                { Reason: NotScoredReason.WeightsNotInstalled } => (NoWeights, verdict.Why),
                { Reason: not null } => (Refused, verdict.Why),
                { ReviewBy: { } day } when DateOnly.FromDateTime(Cli.Now) > day => (Expired, $"all checks hold, but it was to be reviewed by {day:yyyy-MM-dd}; install a reviewed package with a later date."),
                _ => (Passed, ""),
            };
            return new Result(folder, word, verdict.Identity, why, [.. lines]);
        }
        catch (Exception error) when (error is OrtLibraryException or DeviceUnavailableException)
        {
            throw new CommandException(error.Message, ExitCodes.Failed);
        }
    }
}
