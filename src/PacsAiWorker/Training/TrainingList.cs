using CsvHelper;
using PacsAiWorker.Commands;

namespace PacsAiWorker.Training;

/// <summary>
/// What to learn from: a CSV file with a row for each image, or a folder with one sub-folder for each class. docs/training.md has the columns.
/// Each error names line, column and remedy.
/// </summary>
/// <param name="Path">As given.</param>
/// <param name="Rows">In the order of the list.</param>
internal sealed record TrainingList(string Path, IReadOnlyList<TrainingRow> Rows)
{
    private static readonly string[] Known = ["file", "label", "patient", "study", "subgroup", "set"];

    /// <summary>The rows of the whole list, of which a part may be asked for: they give patients and studies their numbers.</summary>
    public IReadOnlyList<TrainingRow> All { get; private init; } = Rows;

    /// <summary>The images of one subgroup, such as a view; patients and studies are numbered as in the whole list, so that predictions can be put together.</summary>
    /// <exception cref="CommandException">There are none, or the list does not name patients and studies.</exception>
    public TrainingList Of(string subgroup)
    {
        if (Rows.FirstOrDefault(r => r.Patient is null || r.Study is null) is { } nameless)
        {
            throw new CommandException($"{Path}:{nameless.Line}: --subgroup needs the columns patient and study, so that predictions of several subgroups can be put together; add them");
        }

        return Where(r => r.Subgroup == subgroup) is { Rows.Count: > 0 } some ? some
            : throw new CommandException($"--subgroup {subgroup}: {Path} has no such images; it has {string.Join(", ", Rows.Select(r => r.Subgroup).OfType<string>().Distinct().DefaultIfEmpty("no column subgroup"))}");
    }

    /// <summary>Some of its rows; patients and studies are numbered as in the whole.</summary>
    public TrainingList Where(Func<TrainingRow, bool> wanted) => new(Path, [.. Rows.Where(wanted)]) { All = All };

    /// <summary>Whether some images are set aside for the evaluation.</summary>
    public bool HasTest => Rows.Any(r => r.IsTest);

    /// <param name="path">File or folder.</param>
    /// <param name="classes">Ids of the recipe's classes, in its order.</param>
    /// <exception cref="CommandException">It is missing, or is not as described.</exception>
    public static TrainingList Read(string path, IReadOnlyList<string> classes)
    {
        try
        {
            var list = new TrainingList(path, Directory.Exists(path) ? FromFolder(path, classes) : FromCsv(path, classes));
            list.Check(classes);
            return list;
        }
        catch (CsvFormatException error)
        {
            throw new CommandException($"{path}:{error.LineNumber}: {error.Message} Write comma-separated values as RFC 4180 says.");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CommandException($"--data {path}: {error.Message} Name a CSV file, or a folder with a sub-folder for each class.");
        }
    }

    private static List<TrainingRow> FromFolder(string path, IReadOnlyList<string> classes)
    {
        var rows = new List<TrainingRow>();
        foreach (var folder in Directory.EnumerateDirectories(path).Order(StringComparer.Ordinal))
        {
            var label = IndexOf(classes, System.IO.Path.GetFileName(folder));
            if (label < 0)
            {
                throw new CommandException($"{folder}: \"{System.IO.Path.GetFileName(folder)}\" is none of the recipe's classes {string.Join(", ", classes)}; name each sub-folder after its class, or take it out");
            }

            foreach (var file in Cli.Files([folder]))
            {
                rows.Add(new TrainingRow(rows.Count + 1, file, label));
            }
        }

        return rows;
    }

    private static List<TrainingRow> FromCsv(string path, IReadOnlyList<string> classes)
    {
        using var csv = CsvReader.FromFile(path, new CsvReaderOptions { TrackLineNumbers = true, TrimWhitespace = true });
        csv.ReadHeader();
        string[] headers = [.. csv.Headers.Select(h => h.Trim())];
        foreach (var header in headers)
        {
            if (!Known.Contains(header) || headers.Count(h => h == header) > 1)
            {
                throw new CommandException($"{path}:1, column {header}: {(Known.Contains(header) ? "stands there twice; leave one out" : $"is no column of training data; name it {string.Join(", ", Known)}, or leave it out")}");
            }
        }

        foreach (var needed in Known.Take(2).Except(headers))
        {
            throw new CommandException($"{path}:1, column {needed}: is missing; add it: {(needed == "file" ? "the path of each image, from this file's folder" : "the class of each image")}");
        }

        var folder = System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(path))!;
        var rows = new List<TrainingRow>();
        while (csv.Read())
        {
            var line = (int)csv.LineNumber;
            if (csv.FieldCount != headers.Length)
            {
                throw new CommandException($"{path}:{line}: {csv.FieldCount} fields, but the header has {headers.Length}; write one for each column");
            }

            rows.Add(Row(line, column => Array.IndexOf(headers, column) is >= 0 and var index ? csv.GetString(index) : null));
        }

        return rows;

        TrainingRow Row(int line, Func<string, string?> field)
        {
            string? Text(string column) => field(column) switch
            {
                null => null,
                "" => throw new CommandException($"{path}:{line}, column {column}: is empty; fill it in every row, or leave the column out"),
                var text => text,
            };
            var label = Text("label")!;
            if (IndexOf(classes, label) is var index && index < 0)
            {
                throw new CommandException($"{path}:{line}, column label: \"{label}\" is none of the recipe's classes {string.Join(", ", classes)}; write one of them, or leave the row out");
            }

            var set = Text("set");
            if (set is not (null or "train" or "test"))
            {
                throw new CommandException($"{path}:{line}, column set: \"{set}\" is neither train nor test; write one of them");
            }

            var name = Text("file")!;
            if (name.Contains('\0', StringComparison.Ordinal))
            {
                throw new CommandException($"{path}:{line}, column file: holds a NUL character, which no path has; write the list as UTF-8 text");
            }

            var file = System.IO.Path.GetFullPath(name, folder);
            return File.Exists(file)
                ? new TrainingRow(line, file, index, Text("patient"), Text("study"), Text("subgroup"), set == "test")
                : throw new CommandException($"{path}:{line}, column file: there is no file {file}; correct the path, which begins at the folder of this list");
        }
    }

    private void Check(IReadOnlyList<string> classes)
    {
        if (Rows.Count == 0)
        {
            throw new CommandException($"--data {Path}: there are no images; add a row for each, or a sub-folder for each of the classes {string.Join(", ", classes)}");
        }

        if (Rows.GroupBy(r => r.File).FirstOrDefault(g => g.Count() > 1) is { } twice)
        {
            throw new CommandException($"{Path}:{twice.Last().Line}, column file: this file stands in line {twice.First().Line} already; keep one of the two");
        }
    }

    private static int IndexOf(IReadOnlyList<string> classes, string id) => classes.ToList().IndexOf(id);
}
