using System.CommandLine;
using PacsAiWorker.Records.Queries;
using PacsAiWorker.Spool;

namespace PacsAiWorker.Commands;

/// <summary><c>status</c>: what is stuck, since when, which studies, what to do next.</summary>
internal static class StatusCommand
{
    public static Command Create()
    {
        var command = new Command("status", "What is stuck, since when, and what to do next; exit code 1 when something needs a person") { Cli.Json };
        command.SetAction(async (parse, cancellation) =>
        {
            var options = Cli.Options(parse);
            using var database = await Cli.OpenRecordsAsync(options, cancellation);
            var now = Cli.Now;
            var status = await StatusQuery.RunAsync(database, now, cancellation);
            var spool = Directory.Exists(options.SpoolDirectory);
            status = status with
            {
                Absent = await AbsenceQuery.RunAsync(database, now, options.AbsenceLimits, cancellation),
                TimeToFlag = await TimeToFlagQuery.RunAsync(database, now.AddDays(-1), cancellation),
                Defects = await DefectQuery.RunAsync(database, now, options.StudyLimit,
                    spool ? () => SpoolLog.List(options.SpoolDirectory).Select(s => s.Id) : null, cancellation),
            };
            if (spool)
            {
                status = status with { Retention = SpoolWords.Line(await SpoolWords.SurveyAsync(database, options, now, cancellation), options.Spool.Retention.Days) };
            }

            if (parse.GetValue(Cli.Json))
            {
                Cli.PrintJson(status);
            }
            else
            {
                Print(status);
            }

            return status.IsWell ? ExitCodes.Done : ExitCodes.Failed;
        });
        return command;
    }

    private static void Print(StatusReport status)
    {
        Console.WriteLine($"{status.Studies} studies ({status.StudiesOpen} open), {status.Images} images ({status.ImagesAwaiting} not scored yet)");
        foreach (var stopped in status.MessagesStopped)
        {
            Console.WriteLine($"{stopped}");
        }

        foreach (var budget in status.FlagBudgets.Where(b => b.Since is not null))
        {
            Console.WriteLine($"FLAG BUDGET exceeded since {Cli.Time(budget.Since)}: {budget}");
        }

        if (status.StudiesUnassessed > 0)
        {
            Console.WriteLine($"{status.StudiesUnassessed} studies unassessed: no model spoke on them, since {Cli.Time(status.UnassessedSince)}");
        }

        foreach (var line in status.TimeToFlag)
        {
            Console.WriteLine($"Last day, {line}");
        }

        Console.WriteLine(status.Stages.Count == 0 ? "No model has scored here yet" : "Models: " + string.Join("; ", status.Stages));
        if (status.ReportsWithoutDestination > 0)
        {
            Console.WriteLine($"{status.ReportsWithoutDestination} reports wait: no destination is configured (Dicom:Destinations)");
        }

        Cli.PrintTable(["Work", "Due", "Running", "Parked", "Oldest due since"], status.Backlog.Select(b => (IReadOnlyList<string>)[b.Kind, $"{b.Ready}", $"{b.Leased}", $"{b.Parked}", Cli.Time(b.OldestDueSince)]));
        foreach (var stuck in status.Stuck)
        {
            Console.WriteLine($"{stuck.Kind} parked since {Cli.Time(stuck.Since)}: {stuck.Reason}. {stuck.Detail}\n  study {stuck.StudyInstanceUid}\n  {stuck.Remedy}");
        }

        foreach (var defect in status.Defects)
        {
            Console.WriteLine($"DEFECT since {Cli.Time(defect.Since)}: {defect.Kind} ({defect.Subject})\n  study {defect.StudyInstanceUid ?? "of none"}\n  {defect.Remedy}");
        }

        foreach (var absent in status.Absent)
        {
            Console.WriteLine($"ABSENT since {Cli.Time(absent.Since)}: {absent.Kind}: {absent.What}\n  study {absent.StudyInstanceUid ?? "not named"}\n  {absent.Remedy}");
        }

        foreach (var doubt in status.Doubts)
        {
            Console.WriteLine($"IDENTITY IN DOUBT since {Cli.Time(doubt.Since)}: {doubt.What}\n  study {doubt.StudyInstanceUid}\n  {doubt.Remedy}");
        }

        foreach (var late in status.Uncommitted)
        {
            Console.WriteLine($"{late.Destination} stored {late.Reports} reports and does not say that it keeps them, the first since {Cli.Time(late.Since)}\n  studies {string.Join(", ", late.StudyInstanceUids.Take(20))}{(late.StudyInstanceUids.Count > 20 ? ", …" : "")}\n  {late.Remedy}");
        }

        foreach (var problem in status.SpoolProblems)
        {
            Console.WriteLine($"Received file without a row since {Cli.Time(problem.Since)}: {problem.Reason}\n  {problem.Location}\n  {problem.Remedy}");
        }

        if (status.Retention is { } retention)
        {
            Console.WriteLine(SpoolWords.Sentence(retention));
            foreach (var kept in retention.Kept)
            {
                Console.WriteLine($"{SpoolWords.Sentence(kept)}, the oldest since {Cli.Time(kept.Oldest)}\n  {kept.Remedy}");
            }
        }

        if (status.IsWell)
        {
            Console.WriteLine("Nothing is stuck.");
        }
    }
}
