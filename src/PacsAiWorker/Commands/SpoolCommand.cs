using System.CommandLine;
using System.Globalization;
using PacsAiWorker.Configuration;
using PacsAiWorker.Pipeline.Scoring;
using PacsAiWorker.Records.Stores;
using PacsAiWorker.Spool;

namespace PacsAiWorker.Commands;

/// <summary><c>spool list / verify / export / problems / discard / erase</c>: the log of received files, with plain tools' eyes.</summary>
internal static class SpoolCommand
{
    private static readonly Option<string?> Study = new("--study") { Description = "Study Instance UID", HelpName = "UID" };

    public static Command Create() => new("spool", "The log of received files: what it holds, whether it is whole, files out of it") { List(), Verify(), Export(), Problems(), Discard(), Erase() };

    private static Command List()
    {
        var command = new Command("list", "Segments with their size, records and time") { Cli.Json };
        command.SetAction(parse =>
        {
            var lines = Segments(Cli.Options(parse)).Select(s => Look(s, bytes: false)).ToList();
            Print(parse.GetValue(Cli.Json), lines);
            return ExitCodes.Done;
        });
        return command;
    }

    private static Command Verify()
    {
        var command = new Command("verify", "Read every record and compare it with its checksum; exit code 1 when one differs") { Cli.Json };
        command.SetAction(parse =>
        {
            var segments = Segments(Cli.Options(parse));
            var lines = Cli.WithProgress("verifying", segments, s => Look(s, bytes: true));
            Print(parse.GetValue(Cli.Json), lines);
            foreach (var line in lines.Where(l => l.Wrong.Count > 0 || l.Problem is not null))
            {
                Console.Error.WriteLine($"segment {line.Segment}: {line.Problem ?? $"{line.Wrong.Count} records differ from their checksum: {string.Join(", ", line.Wrong)}"}");
            }

            return lines.All(l => l.Wrong.Count == 0 && l.Problem is null) ? ExitCodes.Done : ExitCodes.Failed;
        });
        return command;
    }

    private static Command Export()
    {
        var to = new Option<string>("--to") { Description = "Folder to write to; files are named by the instance's key", HelpName = "FOLDER", Required = true };
        var command = new Command("export", "Copy received files out as DICOM files: of one study, or all; all needs no database") { Study, to };
        command.SetAction(async (parse, cancellation) =>
        {
            var options = Cli.Options(parse);
            var wanted = parse.GetValue(Study) is { } study ? await LocationsAsync(options, study, cancellation) : null;
            var folder = Directory.CreateDirectory(parse.GetValue(to)!).FullName;
            var written = 0;
            foreach (var segment in Segments(options))
            {
                using var reader = SegmentReader.Open(segment);
                while (reader.Next() is { } head)
                {
                    if (!head.Erased && wanted?.Contains(head.Location.ToString()) != false)
                    {
                        Copy(reader, head, Path.Combine(folder, $"{head.Id:N}.dcm"));
                        written++;
                    }
                }
            }

            Console.WriteLine($"{written} files written to {folder}");
            return wanted is null || written == wanted.Count
                ? ExitCodes.Done
                : throw new CommandException($"{wanted.Count - written} of the study's {wanted.Count} files are no longer in the spool", ExitCodes.Failed);
        });
        return command;
    }

    private static Command Problems()
    {
        var command = new Command("problems", "Received files that could not have a row, and why; exit code 1 when there are any") { Cli.Json };
        command.SetAction(async (parse, cancellation) =>
        {
            using var database = await Cli.OpenRecordsAsync(Cli.Options(parse), cancellation);
            var problems = await new SpoolStore(database).ProblemsAsync(cancellation);
            if (parse.GetValue(Cli.Json))
            {
                Cli.PrintJson(problems);
            }
            else
            {
                Cli.PrintTable(["Location", "Since", "Reason"], problems.Select(p => (IReadOnlyList<string>)[p.Location, Cli.Time(p.At), p.Reason]), "Location");
            }

            return problems.Count == 0 ? ExitCodes.Done : ExitCodes.Failed;
        });
        return command;
    }

    private static Command Discard()
    {
        var location = new Argument<string>("location") { Description = "SEGMENT:OFFSET:LENGTH, as `spool problems` shows it" };
        var reason = new Option<string>("--reason") { Description = "Why it is not needed; stands in the audit trail", Required = true };
        var command = new Command("discard", "Give up a received file that has no row: nothing waits for it, and retention may drop its segment") { location, reason };
        command.SetAction(async (parse, cancellation) =>
        {
            using var database = await Cli.OpenRecordsAsync(Cli.Options(parse), cancellation);
            var done = await new SpoolStore(database).DiscardProblemAsync(parse.GetRequiredValue(location), parse.GetRequiredValue(reason), Cli.Actor, Cli.Now, cancellation);
            Console.WriteLine(done ? "discarded" : "there is no file without a row at this place");
            return done ? ExitCodes.Done : ExitCodes.Failed;
        });
        return command;
    }

    private static Command Erase()
    {
        var study = new Option<string>("--study") { Description = "Study Instance UID", HelpName = "UID", Required = true };
        var reason = new Option<string>("--reason") { Description = "Why; stands in the audit trail", Required = true };
        var command = new Command("erase", "Take a study's received files, and the pictures that its scores were computed from, off the disk for ever; rows, scores and audit stay") { study, reason };
        command.SetAction(async (parse, cancellation) =>
        {
            var options = Cli.Options(parse);
            using var database = await Cli.OpenRecordsAsync(options, cancellation);
            var store = new SpoolStore(database);
            var files = await store.FilesAsync(parse.GetValue(study)!, cancellation);
            if (files.Count == 0)
            {
                throw await NothingAsync(store, parse.GetValue(study)!, cancellation);
            }

            foreach (var file in files.Select(SpoolLocation.Parse).Where(l => File.Exists(SpoolLog.PathOf(options.SpoolDirectory, l.Segment))))
            {
                SpoolLog.Erase(options.SpoolDirectory, file);
            }

            if (await store.StudyAsync(parse.GetValue(study)!, cancellation) is { } known)
            {
                new KeptInputs(options.InputsDirectory).Erase(known);
            }

            await store.MarkErasedAsync(parse.GetValue(study)!, parse.GetValue(reason)!, Cli.Actor, Cli.Now, cancellation);
            Console.WriteLine($"{files.Count} files erased");
            return ExitCodes.Done;
        });
        return command;
    }

    private static IReadOnlyList<SegmentState> Segments(WorkerOptions options) => Directory.Exists(options.SpoolDirectory)
        ? SpoolLog.List(options.SpoolDirectory)
        : throw new CommandException($"There is no spool in {options.DataDirectory} (Data:Directory)");

    private static async Task<HashSet<string>> LocationsAsync(WorkerOptions options, string study, CancellationToken cancellation)
    {
        using var database = await Cli.OpenRecordsAsync(options, cancellation);
        var store = new SpoolStore(database);
        var files = await store.FilesAsync(study, cancellation);
        return files.Count > 0 ? [.. files] : throw await NothingAsync(store, study, cancellation);
    }

    private static async Task<CommandException> NothingAsync(SpoolStore store, string study, CancellationToken cancellation) => new(await store.PurgedAtAsync(study, cancellation) is { } at
        ? $"The files of study {study} left the spool on {at:yyyy-MM-dd}, by retention or erasure; rows, scores and reports are kept"
        : $"No study {study} with files in the spool is known");

    private static SegmentLine Look(SegmentState segment, bool bytes)
    {
        var (records, erased, length) = (0, 0, 0L);
        var wrong = new List<string>();
        DateTime? first = null, last = null;
        try
        {
            using var reader = SegmentReader.Open(segment);
            while (reader.Next() is { } head)
            {
                (records, erased, length) = (records + 1, erased + (head.Erased ? 1 : 0), length + head.Length);
                (first, last) = (first ?? head.ReceivedAt, head.ReceivedAt);
                if (bytes && !head.Erased && !reader.IsWhole(head))
                {
                    wrong.Add(head.Location.ToString());
                }
            }

            var problem = reader.Damaged.Count > 0 ? $"{reader.Damaged.Count} stretches hold no record any more" : null;
            return new SegmentLine($"{segment.Id:N}", new FileInfo(segment.Path).Length, records, erased, length, first, last, wrong, problem);
        }
        catch (Exception error) when (error is InvalidDataException or IOException)
        {
            return new SegmentLine($"{segment.Id:N}", 0, records, erased, length, first, last, wrong, error.Message);
        }
    }

    private static void Print(bool json, IReadOnlyList<SegmentLine> lines)
    {
        if (json)
        {
            Cli.PrintJson(lines);
            return;
        }

        Cli.PrintTable(["Segment", "MiB", "Records", "Erased", "First", "Last"], lines.Select(l => (IReadOnlyList<string>)
            [l.Segment, (l.FileBytes / 1048576.0).ToString("0.0", CultureInfo.InvariantCulture), $"{l.Records}", $"{l.Erased}", Cli.Time(l.First), Cli.Time(l.Last)]));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{lines.Count} segments, {lines.Sum(l => l.Records)} records, {lines.Sum(l => l.Bytes) / 1048576.0:0.0} MiB of files in {lines.Sum(l => l.FileBytes) / 1048576.0:0.0} MiB"));
    }

    private static void Copy(SegmentReader reader, RecordHead head, string path)
    {
        using var file = File.Create(path);
        var chunk = new byte[1 << 20];
        for (long at = 0; reader.Read(head, at, chunk) is > 0 and var read; at += read)
        {
            file.Write(chunk, 0, read);
        }
    }

    /// <summary>One line of the table.</summary>
    private sealed record SegmentLine(
        string Segment, long FileBytes, int Records, int Erased, long Bytes, DateTime? First, DateTime? Last, IReadOnlyList<string> Wrong, string? Problem);
}
