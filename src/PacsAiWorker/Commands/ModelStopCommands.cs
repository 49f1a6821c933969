using System.CommandLine;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Stores;

namespace PacsAiWorker.Commands;

/// <summary><c>model suspend / resume</c>: stop a package on every worker within seconds, and let it go on.</summary>
internal static class ModelStopCommands
{
    private static readonly Argument<string> Name = new("name") { Description = "id for all its versions, id@version, or the identity (12 digits or more)" };
    private static readonly Option<string> Why = new("--reason") { Description = "Why; stands in the audit and on the studies it would have scored", Required = true };

    public static Command Suspend()
    {
        var suspend = new Command("suspend", "Stop a package: it scores no image, decides no study, and its reports wait for a person") { Name, Why };
        suspend.SetAction((parse, cancellation) => ChangeAsync(parse, (store, models, why, now) => store.SuspendAsync(models, why, Cli.Actor, now, cancellation), "suspended", cancellation));
        return suspend;
    }

    public static Command Resume()
    {
        var resume = new Command("resume", "Let a suspended package score again; images that came meanwhile are not scored by it") { Name, Why };
        resume.SetAction((parse, cancellation) => ChangeAsync(parse, (store, models, why, now) => store.ResumeAsync(models, why, Cli.Actor, now, cancellation), "resumed", cancellation));
        return resume;
    }

    private static async Task<int> ChangeAsync(
        ParseResult parse, Func<ModelStore, IReadOnlyList<string>, string, DateTime, Task<int>> change, string done, CancellationToken cancellation)
    {
        var name = parse.GetRequiredValue(Name);
        using var database = await Cli.OpenRecordsAsync(Cli.Options(parse), cancellation);
        var store = new ModelStore(database);
        var models = await store.FindAsync(name, cancellation);
        if (models.Count == 0)
        {
            throw new CommandException($"No package \"{name}\" was ever in use here: `status` shows those that were");
        }

        var changed = await change(store, [.. models.Select(m => m.Identity)], parse.GetRequiredValue(Why), Cli.Now);
        Console.WriteLine($"{changed} of {models.Count} {done}: {string.Join(", ", models.Select(Words))}");
        return ExitCodes.Done;
    }

    private static string Words(ModelRow model) => $"{model.ModelId} {model.Version} ({model.Identity[..12]})";
}
