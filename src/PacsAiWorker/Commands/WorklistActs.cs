using System.CommandLine;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Stores;
using PacsAiWorker.Records.Work;

namespace PacsAiWorker.Commands;

/// <summary><c>worklist lower / raise / dismiss</c>: what a person decides about one study.</summary>
internal static class WorklistActs
{
    private static readonly Argument<string> Uid = new("uid") { Description = "Study Instance UID" };
    private static readonly Option<string?> Model = new("--model") { Description = "Package whose finding no longer counts", HelpName = "ID" };
    private static readonly Option<string?> Finding = new("--finding") { Description = "One of its classes; without it all that it has said so far", HelpName = "CLASS" };
    private static readonly Option<bool> Raised = new("--raised") { Description = "Take back what a person raised, instead of what a package said" };
    private static readonly Option<string> To = new("--to") { Description = "TP1 (critical), TP2 (high) or TP3 (elevated)", HelpName = "TPx", Required = true };
    private static readonly Argument<string> Subject = new("subject") { Description = "As `status` names it: expected:… or step:…" };

    public static Command Lower()
    {
        var lower = new Command("lower", "Lower one study: what a package found in it no longer counts; anything new raises it again") { Uid, Model, Finding, Raised, WorklistCommand.Why };
        lower.SetAction(async (parse, cancellation) =>
        {
            var (model, finding, why) = (parse.GetValue(Model), parse.GetValue(Finding), parse.GetRequiredValue(WorklistCommand.Why));
            if (model is null != parse.GetValue(Raised) || (finding is not null && model is null))
            {
                throw new CommandException("Give either --model ID, with --finding CLASS where only one of its findings is meant, or --raised");
            }

            using var database = await Cli.OpenRecordsAsync(Cli.Options(parse), cancellation);
            var (store, uid) = (new OverrideStore(database, new WorkTable(database)), parse.GetRequiredValue(Uid));
            return Say(model is null
                ? await store.TakeBackAsync(uid, why, Cli.Actor, Cli.Now, cancellation)
                : await store.LowerAsync(uid, model, finding, why, Cli.Actor, Cli.Now, cancellation));
        });
        return lower;
    }

    public static Command Raise()
    {
        var raise = new Command("raise", "Raise one study; the information system is told where the rule lets it") { Uid, To, WorklistCommand.Why };
        raise.SetAction(async (parse, cancellation) =>
        {
            var to = parse.GetRequiredValue(To);
            if (to is not (Priorities.Critical or Priorities.High or Priorities.Elevated))
            {
                throw new CommandException($"--to {to}: TP1 (critical), TP2 (high) or TP3 (elevated)");
            }

            using var database = await Cli.OpenRecordsAsync(Cli.Options(parse), cancellation);
            return Say(await new OverrideStore(database, new WorkTable(database)).RaiseAsync(parse.GetRequiredValue(Uid), to, parse.GetRequiredValue(WorklistCommand.Why), Cli.Actor, Cli.Now, cancellation));
        });
        return raise;
    }

    public static Command Dismiss()
    {
        var dismiss = new Command("dismiss", "An expected study, or an object of a performed step, will not come: it is no longer called absent") { Subject, WorklistCommand.Why };
        dismiss.SetAction(async (parse, cancellation) =>
        {
            using var database = await Cli.OpenRecordsAsync(Cli.Options(parse), cancellation);
            var subject = parse.GetRequiredValue(Subject);
            if (!await new ExpectedStore(database).DismissAsync(subject, parse.GetRequiredValue(WorklistCommand.Why), Cli.Actor, Cli.Now, cancellation))
            {
                throw new CommandException($"Nothing is expected under {subject}: `status` names what is absent");
            }

            Console.WriteLine($"{subject} is not waited for any more");
            return ExitCodes.Done;
        });
        return dismiss;
    }

    private static int Say(OverrideOutcome outcome)
    {
        if (outcome.Problem.Length > 0)
        {
            throw new CommandException(outcome.Problem);
        }

        Console.WriteLine(outcome.Before == outcome.After
            ? $"Written down; the study stays {Priorities.Meaning(outcome.After)} ({outcome.After}): something else holds it there, see `worklist`"
            : $"From {Priorities.Meaning(outcome.Before)} ({outcome.Before}) to {Priorities.Meaning(outcome.After)} ({outcome.After})");
        return ExitCodes.Done;
    }
}
