using System.Globalization;
using CsvHelper;
using PacsAiWorker.Commands;

namespace PacsAiWorker.Evaluation;

/// <summary>A file of predictions, read and checked: docs/evaluation.md has its columns. Each error names line, column and remedy.</summary>
/// <param name="Path">As given.</param>
/// <param name="Classes">Ids of the score columns; empty where there is one column <c>score</c>; those that occur where there are only labels.</param>
/// <param name="HasScores">Whether there are score columns.</param>
/// <param name="Rows">In the order of the file.</param>
internal sealed record PredictionFile(string Path, IReadOnlyList<string> Classes, bool HasScores, IReadOnlyList<Prediction> Rows)
{
    /// <summary>Columns whose values part the rows into groups.</summary>
    public static readonly string[] GroupColumns = ["subgroup", "manufacturer", "crop", "view"];

    private const string ScorePrefix = "score_";
    private static readonly string[] Known = ["study", "patient", "image", "label", "truth", "score", "fold", .. GroupColumns];

    /// <summary>Name without folder and ending; of a package's own evaluation/predictions.csv that of the package's folder.</summary>
    public string Name => System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(Path)) is { } folder && System.IO.Path.GetFileName(folder) == "evaluation"
        ? System.IO.Path.GetFileName(System.IO.Path.GetDirectoryName(folder)) ?? "" : System.IO.Path.GetFileNameWithoutExtension(Path);

    public bool Has(string group) => Rows.Any(r => r.Groups.ContainsKey(group));

    /// <exception cref="CommandException">The file is missing, or is not as described.</exception>
    public static PredictionFile Read(string path)
    {
        try
        {
            using var csv = CsvReader.FromFile(path, new CsvReaderOptions { TrackLineNumbers = true, TrimWhitespace = true });
            csv.ReadHeader();
            return new Reading(path, [.. csv.Headers.Select(h => h.Trim())]).All(csv);
        }
        catch (CsvFormatException error)
        {
            throw new CommandException($"{path}:{error.LineNumber}: {error.Message} Write comma-separated values as RFC 4180 says.");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CommandException($"{path}: {error.Message}");
        }
    }

    private sealed class Reading
    {
        private readonly string path;
        private readonly string[] headers;
        private readonly int[] scoreColumns;
        private readonly string[] classes;
        private readonly Dictionary<string, int> imageLines = [], studyLines = [];
        private readonly Dictionary<string, string> patientOfStudy = [];

        public Reading(string path, string[] headers)
        {
            this.path = path;
            this.headers = headers;
            foreach (var header in headers)
            {
                if (headers.Count(h => h == header) > 1)
                {
                    throw Error(1, header, "stands there twice", "leave one of them out");
                }

                if (header.StartsWith(ScorePrefix, StringComparison.Ordinal) ? header.Length == ScorePrefix.Length : !Known.Contains(header))
                {
                    throw Error(1, header, "is no column of predictions", $"name it {string.Join(", ", Known)} or score_CLASS, or leave it out");
                }
            }

            classes = [.. headers.Where(h => h.StartsWith(ScorePrefix, StringComparison.Ordinal)).Select(h => h[ScorePrefix.Length..])];
            scoreColumns = [.. headers.Select((h, i) => (h, i)).Where(c => c.h == "score" || c.h.StartsWith(ScorePrefix, StringComparison.Ordinal)).Select(c => c.i)];
            if (!headers.Contains("truth"))
            {
                throw Error(1, "truth", "is missing", "add it: a class id for each row, or 1 and 0");
            }

            if (classes.Length > 0 && headers.Contains("score"))
            {
                throw Error(1, "score", "stands beside score_ columns", "keep one kind");
            }

            if (classes.Length == 1)
            {
                throw Error(1, headers[scoreColumns[0]], "is the only class", "add a column for each other class, or name it score");
            }

            if (scoreColumns.Length == 0 && !headers.Contains("label"))
            {
                throw Error(1, "score", "is missing", "add score, or score_CLASS for each class, or label for answers without scores");
            }
        }

        public PredictionFile All(CsvReader csv)
        {
            var rows = new List<Prediction>();
            while (csv.Read())
            {
                rows.Add(Row(csv, (int)csv.LineNumber));
            }

            if (rows.Count == 0)
            {
                throw new CommandException($"{path}: there are no rows below the header; add one for each image");
            }

            var ids = scoreColumns.Length > 0 ? classes : [.. rows.SelectMany(r => new[] { r.Truth, r.Label ?? r.Truth }).Distinct().Order(StringComparer.Ordinal)];
            return new PredictionFile(path, ids, scoreColumns.Length > 0, rows);
        }

        private Prediction Row(CsvReader csv, int line)
        {
            if (csv.FieldCount != headers.Length)
            {
                throw new CommandException($"{path}:{line}: {csv.FieldCount} fields, but the header has {headers.Length}; write one for each column");
            }

            var truth = Text(csv, "truth", line)!;
            if (classes.Length > 0 && !classes.Contains(truth))
            {
                throw Error(line, "truth", $"\"{truth}\" is none of the classes {string.Join(", ", classes)}", $"write one of them, or add the column score_{truth}");
            }

            var row = new Prediction(line, Text(csv, "study", line), Text(csv, "patient", line), Text(csv, "image", line), truth, Scores(csv, line),
                scoreColumns.Length > 0 || Index("label") < 0 || csv.GetString(Index("label")) is not { Length: > 0 } label ? null : label,
                GroupColumns.Where(g => Index(g) >= 0).ToDictionary(g => g, g => csv.GetString(Index(g)) is { Length: > 0 } value ? value : "unknown"), Text(csv, "fold", line));
            RequireOnce(row);
            return row;
        }

        /// <summary>One study of two patients, or one image twice, would make every figure by study or patient wrong.</summary>
        private void RequireOnce(Prediction row)
        {
            if (row.Image is not null && !imageLines.TryAdd(row.Key, row.Line))
            {
                throw Error(row.Line, "image", $"this image stands in line {imageLines[row.Key]} already", "keep one of the two, or give each a name of its own in its study");
            }

            if (row is { Study: { } study, Patient: { } patient } && !patientOfStudy.TryAdd(study, patient) && patientOfStudy[study] != patient)
            {
                throw Error(row.Line, "patient", $"its study belongs to another patient in line {studyLines[study]}", "correct one of the two");
            }

            if (row.Study is not null)
            {
                studyLines.TryAdd(row.Study, row.Line);
            }
        }

        private double[]? Scores(CsvReader csv, int line)
        {
            if (scoreColumns.Length == 0 || scoreColumns.All(i => csv.GetString(i).Length == 0))
            {
                return null;
            }

            return [.. scoreColumns.Select(i => double.TryParse(csv.GetString(i), NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value)
                ? value
                : throw Error(line, headers[i], $"\"{csv.GetString(i)}\" is no number", "write one with a point, such as 0.93, or leave all scores of an image empty that was not scored"))];
        }

        private string? Text(CsvReader csv, string column, int line)
        {
            if (Index(column) is var index && index < 0)
            {
                return null;
            }

            return csv.GetString(index) is { Length: > 0 } text ? text : throw Error(line, column, "is empty", column == "truth" ? "leave out the row, or write what is true" : "fill it in every row, or leave the column out");
        }

        private int Index(string column) => Array.IndexOf(headers, column);

        private CommandException Error(int line, string column, string what, string remedy) => new($"{path}:{line}, column {column}: {what}; {remedy}");
    }
}
