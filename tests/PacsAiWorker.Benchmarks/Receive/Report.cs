using System.Text;

namespace PacsAiWorker.Benchmarks.Receive;

/// <summary>Pure: the tables of a run, at most 120 columns wide.</summary>
internal static class Report
{
    public static string Of(Figures figures, IReadOnlyList<Cell> cells, IReadOnlyList<Bar> bars, IReadOnlyList<string> leftOut)
    {
        var text = new StringBuilder();
        foreach (var cell in cells.Where(c => figures.Samples.Any(s => s.Section == ReceiverSlot.Section && s.Cell == c)))
        {
            Append(text, cell.ToString(), Cells(figures, cell));
        }

        foreach (var section in figures.Samples.Select(s => s.Section).Where(s => s != ReceiverSlot.Section).Distinct())
        {
            Append(text, section, Rows(figures, section));
        }

        foreach (var line in leftOut)
        {
            text.AppendLine($"Left out: {line}");
        }

        Append(text, "BARS", Of(bars.Where(b => b.Measured is not null)));
        text.AppendLine().AppendLine($"{bars.Count(b => b.IsMet)} of {bars.Count} bars are met, {bars.Count(b => b.Measured is null)} were not measured.").AppendLine();
        text.AppendLine("Best and median instances/s; x scp: storescp-nd is 1, x lim: limit-commit is 1, best against best.");
        text.AppendLine("CPU ms an instance and peak MB of RssAnon, looked at every 20 ms, over the process tree.");
        text.AppendLine("Drain: seconds until every acknowledged instance has its row.");
        return text.ToString();
    }

    private static MarkdownTable Cells(Figures figures, Cell cell)
    {
        var table = new MarkdownTable("receiver", "best/s", "med./s", "x scp", "x lim", "p50 ms", "p99 ms", "CPU ms", "MB", "fail", "drain s", "load");
        var names = Names(figures.Samples.Where(s => s.Section == ReceiverSlot.Section && s.Cell == cell));
        foreach (var name in names.OrderByDescending(n => figures.Best(n, cell)))
        {
            double?[] numbers =
            [
                figures.Best(name, cell), figures.Median(name, cell), figures.Ratio(name, Receivers.Storescp, cell), figures.Ratio(name, Receivers.LimitCommit, cell),
                figures.P50Ms(name, cell), figures.P99Ms(name, cell), figures.CpuMs(name, cell), figures.MemoryMB(name, cell),
            ];
            table.Add([name, .. numbers.Select(MarkdownTable.Number), $"{figures.Failed(name, cell)}", MarkdownTable.Number(figures.DrainSeconds(name, cell)), MarkdownTable.Number(figures.Load(name, cell))]);
        }

        return table;
    }

    private static MarkdownTable Rows(Figures figures, string section)
    {
        var table = new MarkdownTable(section, "cell", "best/s", "med./s", "CPU ms", "window", "x first");
        var of = figures.Samples.Where(s => s.Section == section).ToList();
        foreach (var cell in of.Select(s => s.Cell).Distinct())
        {
            var names = Names(of.Where(s => s.Cell == cell)).Order(StringComparer.Ordinal).ToList();
            foreach (var name in names)
            {
                var window = of.First(s => s.Name == name && s.Cell == cell).Sent.Window;
                table.Add(name, $"{cell}", MarkdownTable.Number(figures.Best(name, cell)), MarkdownTable.Number(figures.Median(name, cell)),
                    MarkdownTable.Number(figures.CpuMs(name, cell)), $"{window}", MarkdownTable.Number(figures.Ratio(name, names[0], cell)));
            }
        }

        return table;
    }

    private static MarkdownTable Of(IEnumerable<Bar> bars)
    {
        var table = new MarkdownTable("bar", "group", "required", "measured", "verdict");
        foreach (var bar in bars)
        {
            table.Add(bar.Name, bar.Group, $"{(bar.AtMost ? "<=" : ">=")} {MarkdownTable.Number(bar.Required)}", MarkdownTable.Number(bar.Measured), bar.Verdict);
        }

        return table;
    }

    private static IEnumerable<string> Names(IEnumerable<Sample> samples) => samples.Select(s => s.Name).Distinct();

    private static void Append(StringBuilder text, string heading, MarkdownTable table) => text.AppendLine().AppendLine($"### {heading}").AppendLine().Append(table);
}
