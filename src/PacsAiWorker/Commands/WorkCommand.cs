using System.CommandLine;
using PacsAiWorker.Records.Work;

namespace PacsAiWorker.Commands;

/// <summary><c>work list / retry / discard</c>: the backlog, and what a person does about parked work.</summary>
internal static class WorkCommand
{
    private static readonly Option<string?> Kind = new("--kind") { Description = "score, flag, study, explain, report or deliver" };
    private static readonly Option<string?> State = new("--state") { Description = "ready, leased, parked, done or cancelled; default all that is not finished" };
    private static readonly Option<int> Limit = new("--limit") { Description = "At most this many", DefaultValueFactory = _ => 100 };
    private static readonly Option<string?> Reason = new("--reason-code") { Description = "Only work parked for this reason" };
    private static readonly Option<bool> All = new("--all") { Description = "All parked work that matches" };
    private static readonly Argument<Guid?> OptionalId = new("id") { Description = "Work id", Arity = ArgumentArity.ZeroOrOne };
    private static readonly Argument<Guid> Id = new("id") { Description = "Work id" };
    private static readonly Option<string> Why = new("--reason") { Description = "Why it is given up; goes to the audit", Required = true };

    public static Command Create() => new("work", "The backlog: list, put back, give up") { List(), Retry(), Discard() };

    private static Command List()
    {
        var command = new Command("list", "Work that is not finished, most urgent first") { Kind, State, Limit, Cli.Json };
        command.SetAction(async (parse, cancellation) =>
        {
            using var database = await Cli.OpenRecordsAsync(Cli.Options(parse), cancellation);
            var rows = await new WorkDesk(database, TimeProvider.System).ListAsync(parse.GetValue(Kind), parse.GetValue(State), parse.GetValue(Limit), cancellation);
            if (parse.GetValue(Cli.Json))
            {
                Cli.PrintJson(rows);
                return ExitCodes.Done;
            }

            Cli.PrintTable(["Id", "Kind", "Tier", "State", "Due", "Attempts", "Reason"], rows.Select(r => (IReadOnlyList<string>)
                [$"{r.Id}", r.Kind, $"{r.Tier}", r.State, Cli.Time(r.NotBefore), $"{r.Attempts}", $"{r.ReasonCode} {r.ReasonDetail}".Trim()]));
            return ExitCodes.Done;
        });
        return command;
    }

    private static Command Retry()
    {
        var command = new Command("retry", "Put parked work back with fresh attempts: one by id, or --all that matches") { OptionalId, All, Kind, Reason };
        command.SetAction(async (parse, cancellation) =>
        {
            var id = parse.GetValue(OptionalId);
            if (id is null && !parse.GetValue(All))
            {
                throw new CommandException("Name the work by its id, or say --all (narrowed by --kind and --reason-code).");
            }

            using var database = await Cli.OpenRecordsAsync(Cli.Options(parse), cancellation);
            var count = await new WorkDesk(database, TimeProvider.System).RetryAsync(id, parse.GetValue(Kind), parse.GetValue(Reason), Cli.Actor, cancellation);
            Console.WriteLine($"{count} put back");
            return id is not null && count == 0 ? ExitCodes.Failed : ExitCodes.Done;
        });
        return command;
    }

    private static Command Discard()
    {
        var command = new Command("discard", "Give parked work up for good, with a reason") { Id, Why };
        command.SetAction(async (parse, cancellation) =>
        {
            using var database = await Cli.OpenRecordsAsync(Cli.Options(parse), cancellation);
            var count = await new WorkDesk(database, TimeProvider.System).DiscardAsync(parse.GetValue(Id), parse.GetRequiredValue(Why), Cli.Actor, cancellation);
            Console.WriteLine(count == 1 ? "discarded" : "there is no parked work with this id");
            return count == 1 ? ExitCodes.Done : ExitCodes.Failed;
        });
        return command;
    }
}
