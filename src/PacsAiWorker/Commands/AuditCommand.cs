using System.CommandLine;
using PacsAiWorker.Configuration;
using PacsAiWorker.Records.Audit;
using PacsAiWorker.Records.Queries;
using PacsAiWorker.Records.Stores;

namespace PacsAiWorker.Commands;

/// <summary><c>audit query / verify</c>: every step, on pseudonymous keys, in a chain that shows tampering.</summary>
internal static class AuditCommand
{
    private static readonly Option<DateTime?> From = new("--from") { Description = "From this time on (UTC)" };
    private static readonly Option<DateTime?> To = new("--to") { Description = "Before this time (UTC)" };
    private static readonly Option<string?> Study = new("--study") { Description = "Study Instance UID", HelpName = "UID" };
    private static readonly Option<string?> Action = new("--action") { Description = "For example received, scored, \"not scored\", result, priority, \"delivery stored\"" };
    private static readonly Option<string?> Model = new("--model") { Description = "Package id", HelpName = "ID" };
    private static readonly Option<string?> Site = new("--site") { Description = "Site" };
    private static readonly Option<string?> Ae = new("--ae") { Description = "Calling AE title" };
    private static readonly Option<int> Limit = new("--limit") { Description = "At most this many, the newest", DefaultValueFactory = _ => 1000 };
    private static readonly Option<bool> Csv = new("--csv") { Description = "Comma-separated values" };

    public static Command Create()
    {
        var query = new Command("query", "Search the append-only record of every step") { From, To, Study, Action, Model, Site, Ae, Limit, Csv, Cli.Json };
        query.SetAction(async (parse, cancellation) =>
        {
            using var database = await Cli.OpenRecordsAsync(Cli.Options(parse), cancellation);
            var filter = new AuditFilter(Utc(parse.GetValue(From)), Utc(parse.GetValue(To)), parse.GetValue(Study), parse.GetValue(Action), parse.GetValue(Model), parse.GetValue(Site), parse.GetValue(Ae), parse.GetValue(Limit));
            var lines = await AuditQuery.RunAsync(database, filter, cancellation);
            await new AuditStore(database).AskedAsync(filter, lines.Count, Cli.Actor, Cli.Now, cancellation);
            if (parse.GetValue(Cli.Json))
            {
                Cli.PrintJson(lines);
            }
            else if (parse.GetValue(Csv))
            {
                WriteCsv(lines, Console.Out);
            }
            else
            {
                Cli.PrintTable(["#", "When", "Who", "What", "On", "Study Instance UID", "SOP Instance UID", "Detail"], lines.Select(l => (IReadOnlyList<string>)
                    [$"{l.Seq}", Cli.Time(l.At), l.Actor, l.Action, l.Subject, l.StudyInstanceUid ?? "", l.SopInstanceUid ?? "", l.Detail]));
            }

            return ExitCodes.Done;
        });
        return new Command("audit", "The record of every step") { query, Verify() };
    }

    private static Command Verify()
    {
        var command = new Command("verify", "Check that no entry was changed, removed or reordered; exit code 1 names the first that was");
        command.SetAction(async (parse, cancellation) =>
        {
            var options = Cli.Options(parse);
            using var database = await Cli.OpenRecordsAsync(options, cancellation);
            var published = Published(options);
            var broken = await AuditChain.FirstBrokenAsync(database, published, cancellation);
            Console.WriteLine(broken is null ? $"every entry fits the one before it, and {published.Count} published ends of the chain fit it" : $"entry {broken} does not fit the one before it: it, or one just before it, was changed or removed since it was written or its end was published ({options.AuditHeadsFile})");
            return broken is null ? ExitCodes.Done : ExitCodes.Failed;
        });
        return command;
    }

    private static IReadOnlyList<AuditHead> Published(WorkerOptions options)
    {
        try
        {
            return new PublishedHeads(options.AuditHeadsFile).Read();
        }
        catch (Exception error) when (error is FormatException or IOException or UnauthorizedAccessException)
        {
            throw new CommandException(error.Message);
        }
    }

    /// <summary>One row a step, with a header.</summary>
    public static void WriteCsv(IEnumerable<AuditLine> lines, TextWriter output)
    {
        Cli.PrintCsv(output, ["seq", "at", "actor", "action", "subject", "study_instance_uid", "sop_instance_uid", "detail", "hash"], lines.Select(l => (string[])
            [$"{l.Seq}", l.At.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", null), l.Actor, l.Action, l.Subject, l.StudyInstanceUid ?? "", l.SopInstanceUid ?? "", l.Detail, l.Hash]));
    }

    private static DateTime? Utc(DateTime? time) => time is { } t ? DateTime.SpecifyKind(t, DateTimeKind.Utc) : null;
}
