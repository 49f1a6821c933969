using System.CommandLine;
using PacsAiWorker.Records;
using PacsAiWorker.Records.Queries;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Stores;

namespace PacsAiWorker.Commands;

/// <summary><c>worklist [stop / resume / lower / raise / dismiss]</c>: the reading list in its order, and what people decide about it.</summary>
internal static class WorklistCommand
{
    private static readonly Option<int> Limit = new("--limit") { Description = "At most this many studies", DefaultValueFactory = _ => 100 };

    internal static readonly Option<string> Why = new("--why") { Description = "Why; stands in the audit, and for a stop on the list and on the studies that are held back", Required = true };

    private static readonly Option<string?> Model = new("--model") { Description = "Those of this package alone", HelpName = "ID" };
    private static readonly Option<string?> Channel = new("--channel") { Description = "Those over this channel alone: hl7 or ups", HelpName = "CHANNEL" };

    public static Command Create()
    {
        var command = new Command("worklist", "The reading list in its order, with the reason of each priority") { Limit, Cli.Json, Stop(), Resume(), WorklistActs.Lower(), WorklistActs.Raise(), WorklistActs.Dismiss() };
        command.SetAction(async (parse, cancellation) =>
        {
            var options = Cli.Options(parse);
            using var database = await Cli.OpenRecordsAsync(options, cancellation);
            var entries = await WorklistQuery.RunAsync(database, parse.GetValue(Limit), cancellation);
            if (parse.GetValue(Cli.Json))
            {
                Cli.PrintJson(entries);
                return ExitCodes.Done;
            }

            foreach (var stopped in await StatusQuery.MessagesStoppedAsync(database, cancellation))
            {
                Console.WriteLine($"{stopped}");
            }

            if (await AbsenceQuery.RunAsync(database, Cli.Now, options.AbsenceLimits, cancellation) is { Count: > 0 } absent)
            {
                Console.WriteLine($"{absent.Count} absent, the first since {Cli.Time(absent[0].Since)}: {absent[0].Kind}; `status` names each and what to do");
            }

            Cli.PrintTable(["#", "Priority", "Why", "Told", "Waiting", "Images", "Accession", "Study Instance UID", "Reports"], entries.Select(e => (IReadOnlyList<string>)
            [
                $"{e.Place}", $"{e.PriorityMeaning} ({e.Priority})", e.Reason, Told(e), Cli.Age(Cli.Now - e.ReceivedAt), $"{e.ImagesScored}/{e.ImagesReceived} scored",
                e.AccessionNumber ?? "", e.StudyInstanceUid, Reports(e),
            ]));
            Console.Error.WriteLine("Preliminary, unverified results of software: an aid to order work, not a diagnosis.");
            return ExitCodes.Done;
        });
        return command;
    }

    private static string At(DateTime? time) => time is null ? "" : " " + Cli.Time(time);

    private static Command Stop()
    {
        var stop = new Command("stop", "Stop messages about priority, on every worker, at once: all, those of one package, or those over one channel") { Why, Model, Channel };
        stop.SetAction(async (parse, cancellation) =>
        {
            using var database = await Cli.OpenRecordsAsync(Cli.Options(parse), cancellation);
            var (model, channel) = await ScopeAsync(parse, database, cancellation);
            var holds = await new StopStore(database).StopAsync(parse.GetRequiredValue(Why), Cli.Actor, Cli.Now, cancellation, model, channel);
            Console.WriteLine($"{holds.Messages} are stopped since {Cli.Time(holds.Since)} by {holds.Actor}: {holds.Why}");
            return ExitCodes.Done;
        });
        return stop;
    }

    private static Command Resume()
    {
        var resume = new Command("resume", "End the stop of the same messages: what was held back is judged again and told where the rule still lets it") { Why, Model, Channel };
        resume.SetAction(async (parse, cancellation) =>
        {
            using var database = await Cli.OpenRecordsAsync(Cli.Options(parse), cancellation);
            var (model, channel) = await ScopeAsync(parse, database, cancellation);
            var ended = await new StopStore(database).ResumeAsync(parse.GetRequiredValue(Why), Cli.Actor, Cli.Now, cancellation, model, channel);
            Console.WriteLine(ended ? "Priority messages go out again" : "Priority messages were not stopped");
            foreach (var left in await StatusQuery.MessagesStoppedAsync(database, cancellation))
            {
                Console.WriteLine($"{left}");
            }

            return ExitCodes.Done;
        });
        return resume;
    }

    private static async Task<(string Model, string Channel)> ScopeAsync(ParseResult parse, RecordsDatabase database, CancellationToken cancellation)
    {
        var (model, channel) = (parse.GetValue(Model) ?? "", parse.GetValue(Channel) ?? "");
        return model.Length > 0 && channel.Length > 0 ? throw new CommandException("Give --model or --channel, or neither for all messages")
            : channel.Length > 0 && !NoticeChannels.All.Contains(channel) ? throw new CommandException($"--channel {channel}: {string.Join(" or ", NoticeChannels.All)}")
            : model.Length > 0 && (await new ModelStore(database).ListAsync(cancellation)).All(m => m.ModelId != model) ? throw new CommandException($"No package \"{model}\" was ever in use here: `status` shows those that were")
            : (model, channel);
    }

    /// <summary>The last word about the study's highest rise, over each channel.</summary>
    private static string Told(WorklistEntry entry) =>
        string.Join("; ", entry.Notices.GroupBy(n => n.Channel).OrderBy(g => g.Key, StringComparer.Ordinal).Select(g => (g.Key == NoticeChannels.Ups ? "work item: " : "") + Told(g.Last())));

    private static string Told(WorklistNotice notice) => notice.Reason.Length > 0 ? notice.Reason
        : notice.AcknowledgedAt is { } at ? $"told ({notice.Letter}) at {Cli.Time(at)}"
        : $"on its way ({notice.Letter}), {notice.Attempts} attempts: {notice.Answer}";

    private static string Reports(WorklistEntry entry) => string.Join("; ", entry.Results.Where(r => r.ReportSopInstanceUid is not null)
        .Select(r => $"{r.ModelId} r{r.Revision}{(r.Withdrawn.Length > 0 ? $" WITHDRAWN ({r.Withdrawn})" : "")}: {string.Join(", ", r.Deliveries.Select(d => $"{d.Destination} {d.State}{At(d.StoredAt)}{(d.Commitment == CommitmentStates.NotAsked ? "" : $", {d.Commitment}{At(d.CommittedAt)}")}").DefaultIfEmpty("waits for a destination"))}"));
}
