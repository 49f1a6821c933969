using System.Net;
using System.Text;
using PacsAiWorker.Statistics.Calibration;
using PacsAiWorker.Statistics.Intervals;

namespace PacsAiWorker.Evaluation;

/// <summary>Plots as SVG. Colours come from the page's classes, so that they suit light, dark and paper.</summary>
internal static class Plots
{
    private const int Side = 250, Left = 46, Top = 12, Bottom = 40;

    /// <summary>The ROC curve, the Wilson interval of sensitivity along it, and the operating point with both of its intervals.</summary>
    public static string Roc(BinaryLevel images)
    {
        int positives = images.Counts.Positives, negatives = images.Counts.Negatives;
        var points = images.Curve.Select(p => (X: p.FalsePositives / (double)negatives, Share: new Proportion(p.TruePositives, positives))).ToList();
        var band = points.Select(p => (p.X, p.Share.Wilson()!.Value.High)).Concat(points.AsEnumerable().Reverse().Select(p => (p.X, p.Share.Wilson()!.Value.Low)));
        var (at, down) = (images.Counts.Recall, new Proportion(images.Counts.Fp, negatives));
        var (tall, wide) = (at.Wilson()!.Value, down.Wilson()!.Value);
        return Frame("ROC curve", "1 − specificity", "Sensitivity",
            $"""<polygon class="band" points="{Path(band)}"/><line class="guide" x1="{X(0)}" y1="{Y(0)}" x2="{X(1)}" y2="{Y(1)}"/><polyline class="curve" points="{Path(points.Select(p => (p.X, p.Share.Value!.Value)))}"/>"""
            + $"""<path class="bar" d="M{X(down.Value!.Value)} {Y(tall.Low)}V{Y(tall.High)}M{X(wide.Low)} {Y(at.Value!.Value)}H{X(wide.High)}"/><circle class="dot" cx="{X(down.Value!.Value)}" cy="{Y(at.Value!.Value)}" r="4"/>""");
    }

    /// <summary>Observed share against mean probability, with Wilson intervals; below, how many cases each range holds.</summary>
    public static string Reliability(IReadOnlyList<ReliabilityBin> bins)
    {
        var most = bins.Max(b => b.Observed.Denominator);
        var marks = new StringBuilder($"""<line class="guide" x1="{X(0)}" y1="{Y(0)}" x2="{X(1)}" y2="{Y(1)}"/>""");
        foreach (var bin in bins.Where(b => b.Observed.Denominator > 0))
        {
            var height = 0.18 * bin.Observed.Denominator / most;
            marks.Append($"""<rect class="amount" x="{X(bin.Range.Low + 0.005)}" y="{Y(height)}" width="{F(Side * (bin.Range.High - bin.Range.Low - 0.01))}" height="{F(Side * height)}"><title>{bin.Observed.Numerator} of {bin.Observed.Denominator}</title></rect>""");
        }

        foreach (var bin in bins.Where(b => b.Observed.Denominator > 0))
        {
            var interval = bin.Observed.Wilson()!.Value;
            marks.Append($"""<path class="bar" d="M{X(bin.MeanProbability!.Value)} {Y(interval.Low)}V{Y(interval.High)}"/><circle class="dot" cx="{X(bin.MeanProbability.Value)}" cy="{Y(bin.Observed.Value!.Value)}" r="3.5"/>""");
        }

        return Frame("Reliability", "Mean probability", "Observed share", marks.ToString());
    }

    /// <summary>Counts; the darker, the larger the share of its row.</summary>
    public static string Confusion(IReadOnlyList<string> rows, IReadOnlyList<string> columns, int[][] counts)
    {
        var cell = Math.Clamp(300 / columns.Count, 44, 96);
        var label = 12 + 7 * rows.Max(r => Math.Min(r.Length, 22));
        var upright = columns.Max(n => n.Length) * 7 < cell;
        int width = label + cell * columns.Count + 4, height = cell * rows.Count + (upright ? 24 : 14 + 7 * columns.Max(c => Math.Min(c.Length, 22)));
        var svg = new StringBuilder($"""<svg role="img" aria-label="Confusion matrix" viewBox="0 0 {width} {height}" width="{width}" height="{height}">""");
        for (var r = 0; r < rows.Count; r++)
        {
            var total = counts[r].Sum();
            svg.Append($"""<text class="end" x="{label - 8}" y="{r * cell + cell / 2 + 4}">{Escape(rows[r])}</text>""");
            for (var c = 0; c < columns.Count; c++)
            {
                var share = total == 0 ? 0 : counts[r][c] / (double)total;
                svg.Append($"""<rect class="cell" style="fill-opacity:{F(0.06 + 0.84 * share)}" x="{label + c * cell}" y="{r * cell}" width="{cell - 2}" height="{cell - 2}"/>""");
                svg.Append($"""<text class="{(share > 0.55 ? "count on" : "count")}" x="{label + c * cell + cell / 2 - 1}" y="{r * cell + cell / 2 - (cell > 60 ? 2 : -4)}">{counts[r][c]}</text>""");
                if (cell > 60)
                {
                    svg.Append($"""<text class="{(share > 0.55 ? "share on" : "share")}" x="{label + c * cell + cell / 2 - 1}" y="{r * cell + cell / 2 + 15}">{100 * share:0.0} %</text>""");
                }
            }
        }

        for (var c = 0; c < columns.Count; c++)
        {
            var (x, y) = (label + c * cell + cell / 2, rows.Count * cell + 16);
            svg.Append(upright ? $"""<text class="middle" x="{x}" y="{y}">{Escape(columns[c])}</text>""" : $"""<text class="end" transform="translate({x + 4} {y - 8}) rotate(-90)">{Escape(columns[c])}</text>""");
        }

        return svg.Append("</svg>").ToString();
    }

    private static string Frame(string name, string x, string y, string inside)
    {
        var svg = new StringBuilder($"""<svg role="img" aria-label="{name}" viewBox="0 0 {Left + Side + 14} {Top + Side + Bottom}" width="{Left + Side + 14}" height="{Top + Side + Bottom}">""");
        for (var i = 0; i <= 5; i++)
        {
            var value = i / 5.0;
            svg.Append($"""<path class="grid" d="M{X(value)} {Y(0)}V{Y(1)}M{X(0)} {Y(value)}H{X(1)}"/><text class="middle tick" x="{X(value)}" y="{Top + Side + 15}">{F(value)}</text><text class="end tick" x="{Left - 6}" y="{F(Top + Side * (1 - value) + 4)}">{F(value)}</text>""");
        }

        return svg.Append(inside).Append($"""<text class="middle" x="{Left + Side / 2}" y="{Top + Side + 34}">{x}</text><text class="middle" transform="translate(11 {Top + Side / 2}) rotate(-90)">{y}</text></svg>""").ToString();
    }

    private static string Path(IEnumerable<(double X, double Y)> points) => string.Join(' ', points.Select(p => $"{X(p.X)},{Y(p.Y)}"));

    private static string X(double share) => F(Left + Side * share);

    private static string Y(double share) => F(Top + Side * (1 - share));

    private static string F(double value) => value.ToString("0.##", null);

    private static string Escape(string text) => WebUtility.HtmlEncode(text.Length > 22 ? text[..21] + "…" : text);
}
