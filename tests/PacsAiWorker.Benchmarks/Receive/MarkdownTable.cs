using System.Globalization;
using System.Text;

namespace PacsAiWorker.Benchmarks.Receive;

/// <summary>Pure: a table that reads in a terminal and in Markdown. The first column is text, the others stand right.</summary>
internal sealed class MarkdownTable(params string[] columns)
{
    private readonly List<string[]> _rows = [columns];

    public void Add(params string[] cells) => _rows.Add(cells);

    /// <summary>Three significant figures, an empty cell for what was not measured.</summary>
    public static string Number(double? value) => value switch
    {
        null => "",
        >= 100 => value.Value.ToString("F0", CultureInfo.InvariantCulture),
        >= 10 => value.Value.ToString("F1", CultureInfo.InvariantCulture),
        _ => value.Value.ToString("F2", CultureInfo.InvariantCulture),
    };

    public override string ToString()
    {
        int[] widths = [.. columns.Select((_, column) => Math.Max(3, _rows.Max(row => row[column].Length)))];
        var text = new StringBuilder();
        foreach (var row in _rows)
        {
            text.Append('|').AppendJoin('|', row.Select((cell, column) => column == 0 ? cell.PadRight(widths[column]) : cell.PadLeft(widths[column]))).AppendLine("|");
            if (ReferenceEquals(row, columns))
            {
                text.Append('|').AppendJoin('|', widths.Select((width, column) => column == 0 ? new string('-', width) : new string('-', width - 1) + ':')).AppendLine("|");
            }
        }

        return text.ToString();
    }
}
