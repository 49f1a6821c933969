using System.CommandLine;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Stores;
using PacsAiWorker.Records.Work;

namespace PacsAiWorker.Commands;

/// <summary><c>study close / confirm</c>: what a person says about one study.</summary>
internal static class StudyCommand
{
    private static readonly Argument<string> Uid = new("uid") { Description = "Study Instance UID" };

    private static readonly Option<string> Take = new("--take") { Description = "Which version of its images holds: new (the correction) or first; needed where there are two", DefaultValueFactory = _ => Takes.None };

    private static readonly Option<string> Why = new("--why") { Description = "Why; stands in the audit", Required = true };

    public static Command Create() => new("study", "One study: complete it now, or say whose it is") { Close(), Confirm() };

    private static Command Close()
    {
        var command = new Command("close", "Nothing more of it comes: decide it as soon as its images have their outcomes, without waiting for its quiet time") { Uid };
        command.SetAction(async (parse, cancellation) =>
        {
            using var database = await Cli.OpenRecordsAsync(Cli.Options(parse), cancellation);
            var uid = parse.GetRequiredValue(Uid);
            var state = await new StudyStore(database).AskToCloseAsync(uid, Cli.Actor, TimeProvider.System.GetUtcNow().UtcDateTime, new WorkTable(database), cancellation)
                ?? throw Unknown(uid);
            Console.WriteLine(state == StudyStates.Open ? "closed: it is decided as soon as its images have their outcomes; an image that comes later opens it again" : "it is complete already");
            return ExitCodes.Done;
        });
        return command;
    }

    private static Command Confirm()
    {
        var command = new Command("confirm", "Whose it is has been looked at: take the corrected images or keep the first, accept what an archive changed, and let its results go") { Uid, Take, Why };
        command.SetAction(async (parse, cancellation) =>
        {
            using var database = await Cli.OpenRecordsAsync(Cli.Options(parse), cancellation);
            var (uid, take) = (parse.GetRequiredValue(Uid), parse.GetValue(Take) ?? Takes.None);
            var store = new IdentityStore(database, new WorkTable(database));
            var doubt = await store.DoubtAsync(uid, cancellation) ?? throw Unknown(uid);
            if (doubt.IsNone)
            {
                Console.WriteLine("nothing of it awaits confirmation");
                return ExitCodes.Done;
            }

            if (Refusal(doubt, take) is { } refusal)
            {
                throw new CommandException(refusal);
            }

            await store.AskAsync(uid, take, parse.GetRequiredValue(Why), Cli.Actor, Cli.Now, cancellation);
            Console.WriteLine($"confirmed: the worker carries it out ({string.Join("; ", doubt.Holds.DefaultIfEmpty("other pixels under a known UID"))})");
            return ExitCodes.Done;
        });
        return command;
    }

    /// <summary>Pure: what is missing or impossible in the answer; null when nothing is.</summary>
    internal static string? Refusal(StudyDoubt doubt, string take) =>
        take is not (Takes.New or Takes.First or Takes.None) ? $"--take {take} is not known: say --take new for the corrected images, or --take first"
        : take == Takes.None && doubt.Corrections > 0 ? $"{doubt.Corrections} images have two versions: say --take new for the corrected ones, or --take first"
        : take == Takes.New && doubt.Corrections == 0 && doubt.Conflicts > 0 ? "their pixels differ, so they are no corrections: the first stays in use, say --take first; send the right picture under a UID of its own"
        : take == Takes.None && doubt is { Conflicts: > 0, Holds.Count: 0 } ? "its pixels came twice and differ: --take first keeps what is in use and ends the alarm"
        : null;

    private static CommandException Unknown(string uid) => new($"No study {uid} was received: `worklist` shows those that were");
}
