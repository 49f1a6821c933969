using System.CommandLine;
using PacsAiWorker.Records.Queries;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Stores;
using PacsAiWorker.Records.Work;

namespace PacsAiWorker.Commands;

/// <summary><c>model recall</c>: take a package back for good, list every study that it touched, and track the list to closed.</summary>
internal static class ModelRecallCommand
{
    private static readonly Argument<string?> Id = new("id") { Description = "Package; without it, the recalls and how far they are", Arity = ArgumentArity.ZeroOrOne };
    private static readonly Option<string?> Version = new("--version") { Description = "This version alone", HelpName = "V" };
    private static readonly Option<string?> Identity = new("--identity") { Description = "The package of this identity alone (12 digits or more)", HelpName = "SHA" };
    private static readonly Option<string?> Why = new("--why") { Description = "Why; stands in the audit, on the studies and in the reports that withdraw: no word about a patient" };
    private static readonly Option<bool> End = new("--end") { Description = "End its recall: it may score again; what is withdrawn stays withdrawn" };

    public static Command Create()
    {
        var recall = new Command("recall", "Take a package back: it never scores again, what it said is withdrawn, and every study that it touched is listed until somebody has closed it") { Id, Version, Identity, Why, End, Cli.Json };
        recall.SetAction(async (parse, cancellation) =>
        {
            using var database = await Cli.OpenRecordsAsync(Cli.Options(parse), cancellation);
            if (parse.GetValue(Id) is not { } id)
            {
                return Print(await RecallQuery.RunAsync(database, cancellation), parse.GetValue(Cli.Json));
            }

            var why = parse.GetValue(Why) ?? throw new CommandException("Say why with --why: it stands on every study that the package touched");
            List<ModelRow> models = [.. (await new ModelStore(database).FindAsync(id, cancellation)).Where(m => Fits(m, parse.GetValue(Version), parse.GetValue(Identity)))];
            if (models.Count == 0)
            {
                throw new CommandException($"No such package \"{id}\" was ever in use here: `status` shows those that were");
            }

            List<string> identities = [.. models.Select(m => m.Identity)];
            var store = new RecallStore(database, new WorkTable(database));
            if (parse.GetValue(End))
            {
                var ended = await store.EndAsync(identities, why, Cli.Actor, Cli.Now, cancellation);
                Console.WriteLine(ended == 0 ? "Nothing of it is recalled" : $"{ended} recalls ended: it may score again; what is withdrawn stays withdrawn");
                return ExitCodes.Done;
            }

            var made = (await store.RecallAsync(identities, why, Cli.Actor, Cli.Now, cancellation)).Select(r => r.Id).ToHashSet();
            if (made.Count == 0)
            {
                Console.Error.WriteLine("It is recalled already:");
            }

            return Print([.. (await RecallQuery.RunAsync(database, cancellation)).Where(r => made.Contains(r.Id) || (made.Count == 0 && identities.Contains(r.ModelIdentity)))], parse.GetValue(Cli.Json));
        });
        return recall;
    }

    private static bool Fits(ModelRow model, string? version, string? identity) =>
        (version is null || model.Version == version) && (identity is null || (identity.Length >= 12 && model.Identity.StartsWith(identity, StringComparison.Ordinal)));

    private static int Print(IReadOnlyList<RecallLine> recalls, bool json)
    {
        if (json)
        {
            Cli.PrintJson(recalls);
            return ExitCodes.Done;
        }

        Cli.PrintTable(["Package", "Recalled", "Why", "Studies", "Of them", "Closed"], recalls.Select(r => (IReadOnlyList<string>)
        [
            $"{r.ModelId} {r.ModelVersion} ({r.ModelIdentity[..12]})", $"{Cli.Time(r.At)} by {r.Actor}{(r.EndedAt is { } at ? $", ended {Cli.Time(at)} by {r.EndedBy}: {r.EndedWhy}" : "")}", r.Why, $"{r.Studies}",
            string.Join(", ", r.Counts.Select(c => $"{c.Studies} {c.Kind} ({c.Unread} unread)")), $"{r.Closed} of {r.Studies}",
        ]), "Studies", "Closed");
        Console.Error.WriteLine("The list stands on the page /recalls: the workers withdraw what was said and score unread studies again first; people close the rest.");
        return ExitCodes.Done;
    }
}
