using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.Encodings.Web;
using System.Text.Json;
using CsvHelper;
using PacsAiWorker.Configuration;
using PacsAiWorker.Dicom.Dimse;
using PacsAiWorker.Records;
using PacsAiWorker.Records.Schema;
using Spectre.Console;

namespace PacsAiWorker.Commands;

/// <summary>Exit codes of every command.</summary>
public static class ExitCodes
{
    public const int Done = 0;

    /// <summary>The work failed, or there are findings.</summary>
    public const int Failed = 1;

    /// <summary>Wrong usage or configuration: the work could not begin.</summary>
    public const int Usage = 2;
}

/// <summary>A command cannot go on: one sentence for the person, and the exit code.</summary>
public sealed class CommandException(string message, int exitCode = ExitCodes.Usage) : Exception(message)
{
    public int ExitCode { get; } = exitCode;
}

/// <summary>What all commands share: options, errors, tables and JSON. Results go to stdout, messages to stderr.</summary>
public static class Cli
{
    public static readonly Option<string?> Config = new("--config") { Description = "Configuration file (JSON); see README", HelpName = "FILE", Recursive = true };
    public static readonly Option<bool> Json = new("--json") { Description = "Machine-readable output" };

    private static readonly JsonSerializerOptions Indented = new(JsonSerializerOptions.Web) { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static async Task<int> InvokeAsync(RootCommand root, string[] args)
    {
        root.Options.Add(Config);
        var parse = root.Parse(args);
        if (parse.Errors.Count > 0)
        {
            foreach (var error in parse.Errors)
            {
                await Console.Error.WriteLineAsync(error.Message);
            }

            await Console.Error.WriteLineAsync($"Try: pacs-ai-worker {Road(parse.CommandResult)}--help");
            return ExitCodes.Usage;
        }

        try
        {
            return await parse.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
        }
        catch (ConfigurationException error)
        {
            return await FailAsync("Configuration: " + string.Join("\nConfiguration: ", error.Problems), ExitCodes.Usage);
        }
        catch (SchemaException error)
        {
            return await FailAsync(error.Message, ExitCodes.Usage);
        }
        catch (CommandException error)
        {
            return await FailAsync(error.Message, error.ExitCode);
        }
        catch (OperationCanceledException)
        {
            return await FailAsync("Stopped.", ExitCodes.Failed);
        }
        catch (Exception error)
        {
            return await FailAsync($"A fault of this program, please report it with what follows.\n{error}", ExitCodes.Failed);
        }
    }

    /// <summary>The worker's options for this call.</summary>
    public static WorkerOptions Options(ParseResult parse) => ConfigurationLoader.Load(parse.GetValue(Config)).Options;

    /// <summary>The configured database, its schema checked. The caller disposes it.</summary>
    public static async Task<RecordsDatabase> OpenRecordsAsync(WorkerOptions options, CancellationToken cancellation)
    {
        if (options.Records.SqliteFile is { } file && !File.Exists(file))
        {
            throw new CommandException($"There is no database at {file} yet: start the worker once, or name its data folder (Data__Directory=… or --config FILE).");
        }

        var database = new RecordsDatabase(options.Records);
        try
        {
            await new SchemaMigrator(database).RequireCurrentAsync(cancellation);
            return database;
        }
        catch (Exception error) when (error is not SchemaException and not OperationCanceledException)
        {
            database.Dispose();
            throw new CommandException($"The database ({options.Database.Provider}) does not answer: {error.GetBaseException().Message}", ExitCodes.Failed);
        }
    }

    /// <exception cref="CommandException">The text is not AE@HOST:PORT.</exception>
    public static PeerAddress Peer(string text) => PeerAddress.TryParse(text, out var peer)
        ? peer
        : throw new CommandException($"\"{text}\" is no DICOM peer: write AE@HOST:PORT, for example ORTHANC@127.0.0.1:4242");

    public static void PrintJson(object value) => Console.Out.WriteLine(JsonSerializer.Serialize(value, Indented));

    /// <summary>A table on stdout; on something that is no terminal it is as wide as its content.</summary>
    /// <param name="whole">Columns whose cells are never broken.</param>
    public static void PrintTable(IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<string>> rows, params string[] whole)
    {
        var table = new Table().Border(TableBorder.Rounded);
        foreach (var column in columns)
        {
            table.AddColumn(new TableColumn(new Text(column)) { NoWrap = whole.Contains(column) });
        }

        foreach (var row in rows)
        {
            table.AddRow(row.Select(cell => new Text(cell)));
        }

        if (Console.IsOutputRedirected)
        {
            AnsiConsole.Profile.Width = 240;
        }

        AnsiConsole.Write(table);
    }

    /// <summary>Does one thing after the other, with a bar where a person watches.</summary>
    public static IReadOnlyList<TResult> WithProgress<T, TResult>(string what, IReadOnlyList<T> items, Func<T, TResult> work)
    {
        if (Console.IsOutputRedirected)
        {
            return [.. items.Select(work)];
        }

        return AnsiConsole.Progress().AutoClear(true).Start(progress =>
        {
            var bar = progress.AddTask(what, maxValue: items.Count);
            return items.Select(item =>
            {
                var result = work(item);
                bar.Increment(1);
                return result;
            }).ToList();
        });
    }

    /// <summary>Comma-separated values with a header line (RFC 4180).</summary>
    public static void PrintCsv(TextWriter output, string[] columns, IEnumerable<string[]> rows)
    {
        using var csv = CsvWriter.Create(output, new CsvWriterOptions(), leaveOpen: true);
        csv.WriteHeader(columns);
        foreach (var row in rows)
        {
            csv.WriteRecord(row);
        }
    }

    /// <summary>Refuses to write among files that are there already.</summary>
    /// <exception cref="CommandException">The folder is a file or holds something.</exception>
    internal static void RequireEmpty(string option, string folder, string why)
    {
        if (File.Exists(folder) || (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any()))
        {
            throw new CommandException($"{option} {folder}: is not empty; name a new or an empty folder, {why}");
        }
    }

    /// <summary>The named files, and all files below the named folders in a steady order.</summary>
    /// <exception cref="CommandException">One of the paths does not exist.</exception>
    public static IReadOnlyList<string> Files(IEnumerable<string> paths) =>
    [
        .. paths.SelectMany<string, string>(path => Directory.Exists(path)
            ? Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            : File.Exists(path) ? [path] : throw new CommandException($"{path}: there is no such file or folder")),
    ];

    /// <summary>The words that lead to a command, each with a space behind it: "model build ".</summary>
    private static string Road(CommandResult? command) =>
        command is null or { Command: RootCommand } ? "" : $"{Road(command.Parent as CommandResult)}{command.Command.Name} ";

    /// <summary>Account that runs the command, for the audit.</summary>
    public static string Actor => $"person:{Environment.UserName}";

    /// <summary>The time at which a command looks, UTC.</summary>
    public static DateTime Now => TimeProvider.System.GetUtcNow().UtcDateTime;

    public static string Time(DateTime? time) => time is { } t ? t.ToString("yyyy-MM-dd HH:mm:ss'Z'", null) : "";

    /// <summary>"3 min", "2 h", "4 d".</summary>
    public static string Age(TimeSpan age) => age switch
    {
        { TotalSeconds: < 90 } => $"{age.TotalSeconds:0} s",
        { TotalMinutes: < 90 } => $"{age.TotalMinutes:0} min",
        { TotalHours: < 48 } => $"{age.TotalHours:0} h",
        _ => $"{age.TotalDays:0} d",
    };

    private static async Task<int> FailAsync(string message, int code)
    {
        await Console.Error.WriteLineAsync(message);
        return code;
    }
}
