using System.CommandLine;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Stores;
using PacsAiWorker.Records.Work;

namespace PacsAiWorker.Commands;

/// <summary><c>study close</c>: what a person says about one study.</summary>
internal static class StudyCommand
{
    private static readonly Argument<string> Uid = new("uid") { Description = "Study Instance UID" };

    public static Command Create() => new("study", "One study: complete it now") { Close() };

    private static Command Close()
    {
        var command = new Command("close", "Nothing more of it comes: decide it as soon as its images have their outcomes, without waiting for its quiet time") { Uid };
        command.SetAction(async (parse, cancellation) =>
        {
            using var database = await Cli.OpenRecordsAsync(Cli.Options(parse), cancellation);
            var uid = parse.GetRequiredValue(Uid);
            var state = await new StudyStore(database).AskToCloseAsync(uid, Cli.Actor, TimeProvider.System.GetUtcNow().UtcDateTime, new WorkTable(database), cancellation)
                ?? throw new CommandException($"No study {uid} was received: `worklist` shows those that were");
            Console.WriteLine(state == StudyStates.Open ? "closed: it is decided as soon as its images have their outcomes; an image that comes later opens it again" : "it is complete already");
            return ExitCodes.Done;
        });
        return command;
    }
}
