using System.CommandLine;
using PacsAiWorker.Records.Queries;
using PacsAiWorker.Records.Rows;

namespace PacsAiWorker.Commands;

/// <summary><c>worklist</c>: the reading list in its order.</summary>
internal static class WorklistCommand
{
    private static readonly Option<int> Limit = new("--limit") { Description = "At most this many studies", DefaultValueFactory = _ => 100 };

    public static Command Create()
    {
        var command = new Command("worklist", "The reading list in its order, with the reason of each priority") { Limit, Cli.Json };
        command.SetAction(async (parse, cancellation) =>
        {
            using var database = await Cli.OpenRecordsAsync(Cli.Options(parse), cancellation);
            var entries = await WorklistQuery.RunAsync(database, parse.GetValue(Limit), cancellation);
            if (parse.GetValue(Cli.Json))
            {
                Cli.PrintJson(entries);
                return ExitCodes.Done;
            }

            Cli.PrintTable(["#", "Priority", "Why", "Waiting", "Images", "Accession", "Study Instance UID", "Reports"], entries.Select(e => (IReadOnlyList<string>)
            [
                $"{e.Place}", $"{e.PriorityMeaning} ({e.Priority})", e.Reason, Cli.Age(Cli.Now - e.ReceivedAt), $"{e.ImagesScored}/{e.ImagesReceived} scored",
                e.AccessionNumber ?? "", e.StudyInstanceUid, Reports(e),
            ]));
            Console.Error.WriteLine("Preliminary, unverified results of software: an aid to order work, not a diagnosis.");
            return ExitCodes.Done;
        });
        return command;
    }

    private static string At(DateTime? time) => time is null ? "" : " " + Cli.Time(time);

    private static string Reports(WorklistEntry entry) => string.Join("; ", entry.Results.Where(r => r.ReportSopInstanceUid is not null)
        .Select(r => $"{r.ModelId} r{r.Revision}: {string.Join(", ", r.Deliveries.Select(d => $"{d.Destination} {d.State}{At(d.StoredAt)}{(d.Commitment == CommitmentStates.NotAsked ? "" : $", {d.Commitment}{At(d.CommittedAt)}")}").DefaultIfEmpty("waits for a destination"))}"));
}
