using System.Globalization;
using CsvHelper;
using PacsAiWorker.Commands;
using PacsAiWorker.Statistics.Confusion;

namespace PacsAiWorker.Evaluation;

/// <summary>A file of printed figures (columns <c>figure</c> and <c>printed</c>) beside the same figures computed.</summary>
internal static class ReportedFile
{
    /// <summary>The report with each printed figure beside ours.</summary>
    /// <exception cref="CommandException">The file is missing, or a figure is not known.</exception>
    public static EvaluationReport Audit(EvaluationReport report, string path)
    {
        var known = Figures(report);
        var lines = new List<(string Printed, AuditLine Line)>();
        try
        {
            using var csv = CsvReader.FromFile(path, new CsvReaderOptions { TrackLineNumbers = true, TrimWhitespace = true });
            csv.ReadHeader();
            string[] headers = [.. csv.Headers.Select(h => h.Trim())];
            if (!headers.Order(StringComparer.Ordinal).SequenceEqual(["figure", "printed"]))
            {
                throw new CommandException($"{path}:1: the columns are {string.Join(", ", headers)}; write figure and printed");
            }

            while (csv.Read())
            {
                var (name, text) = (csv.GetString(Array.IndexOf(headers, "figure")), csv.GetString(Array.IndexOf(headers, "printed")));
                if (!known.TryGetValue(name, out var value))
                {
                    throw new CommandException($"{path}:{csv.LineNumber}, column figure: \"{name}\" is not computed here; there are {string.Join(", ", known.Keys)}");
                }

                if (!decimal.TryParse(text.TrimEnd('%', ' '), NumberStyles.Float, CultureInfo.InvariantCulture, out var printed))
                {
                    throw new CommandException($"{path}:{csv.LineNumber}, column printed: \"{text}\" is no number; write it as printed, for example 97.4, 97.4% or 0.974");
                }

                var isPercent = text.EndsWith('%') || (printed > 1 && name != "comprehensive-score");
                lines.Add((text, AuditLine.Of(name, printed, isPercent ? 100 * value : value)));
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or CsvFormatException)
        {
            throw new CommandException($"--reported {path}: {error.Message}");
        }

        if (lines.Count == 0)
        {
            throw new CommandException($"{path}: there are no rows below the header; add one for each printed figure");
        }

        return report with
        {
            Reported = [.. lines.Select(l => new ReportedLine(l.Line.Name, l.Printed, l.Line.Recomputed, l.Line.Agrees, l.Line.Explained))],
            ReportedVerdict = EvaluationNotes.Verdict(new ReportedAudit([.. lines.Select(l => l.Line)])),
        };
    }

    private static Dictionary<string, double?> Figures(EvaluationReport report)
    {
        var figures = new Dictionary<string, double?>();
        if (report.Images is { } images)
        {
            foreach (var rate in images.Rates)
            {
                figures[rate.Name] = rate.Value;
            }

            foreach (var figure in images.Figures)
            {
                figures[figure.Name] = figure.Value;
            }

            figures["auc"] = images.Auc?.Auc;
            figures["brier"] = images.Brier;
        }

        foreach (var rate in report.ByStudy?.Rates ?? [])
        {
            figures[$"study-{rate.Name}"] = rate.Value;
        }

        foreach (var rate in report.ByClass?.Rates ?? [])
        {
            figures[rate.Name] = rate.Value;
        }

        foreach (var row in report.ByClass?.PerClass ?? [])
        {
            figures[$"recall:{row.Class}"] = row.Recall.Value;
            figures[$"precision:{row.Class}"] = row.Precision.Value;
        }

        return figures;
    }
}
