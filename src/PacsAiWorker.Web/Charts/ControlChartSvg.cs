using System.Globalization;
using System.Text;
using PacsAiWorker.Statistics.Control;

namespace PacsAiWorker.Web.Charts;

/// <summary>A chart of shares with its limits, as SVG: it prints, needs no script, and its figures can be read in its titles.</summary>
public static class ControlChartSvg
{
    private const double Width = 900, Height = 210, Left = 44, Right = 10, Top = 10, Bottom = 26;

    /// <param name="labels">One a point, for example days.</param>
    public static string Draw(ProportionChart chart, IReadOnlyList<string> labels)
    {
        var most = Math.Max(0.05, chart.Points.Max(p => Math.Max(p.Share.Value ?? 0, p.Limits?.High ?? 0)) * 1.1);
        most = Math.Min(1, most);
        double X(int i) => Left + ((Width - Left - Right) * (chart.Points.Count == 1 ? 0.5 : (double)i / (chart.Points.Count - 1)));
        double Y(double share) => Top + ((Height - Top - Bottom) * (1 - (share / most)));
        var svg = new StringBuilder();
        svg.Append(Text($"""<svg class="chart" viewBox="0 0 {Width} {Height}" role="img" aria-label="Share flagged, {labels.Count} periods from {labels[0]} to {labels[^1]}">"""));
        foreach (var tick in new[] { 0, most / 2, most })
        {
            svg.Append(Text($"""<line class="axis" x1="{Left}" x2="{Width - Right}" y1="{Y(tick):0.#}" y2="{Y(tick):0.#}"/><text x="{Left - 6}" y="{Y(tick) + 4:0.#}" text-anchor="end">{tick * 100:0.#} %</text>"""));
        }

        if (chart.Mean is { } mean)
        {
            svg.Append(Text($"""<line class="mean" x1="{Left}" x2="{Width - Right}" y1="{Y(mean):0.#}" y2="{Y(mean):0.#}"/>"""));
        }

        Line(svg, "limit", chart.Points.Select((p, i) => (X(i), p.Limits is { } l ? Y(l.High) : (double?)null)));
        Line(svg, "limit", chart.Points.Select((p, i) => (X(i), p.Limits is { } l ? Y(l.Low) : (double?)null)));
        Line(svg, "series", chart.Points.Select((p, i) => (X(i), p.Share.Value is { } v ? Y(v) : (double?)null)));
        for (var i = 0; i < chart.Points.Count; i++)
        {
            if (chart.Points[i] is { Share.Value: { } share } point)
            {
                svg.Append(Text($"""<circle class="{(point.IsOutside ? "dot out" : "dot")}" cx="{X(i):0.#}" cy="{Y(share):0.#}" r="{(point.IsOutside ? 6 : 4)}"><title>{labels[i]}: {point.Share.Numerator} of {point.Share.Denominator} flagged ({share * 100:0.0} %){(point.IsOutside ? ", outside the limits" : "")}</title></circle>"""));
            }
        }

        svg.Append(Text($"""<text x="{Left}" y="{Height - 8}">{labels[0]}</text><text x="{Width - Right}" y="{Height - 8}" text-anchor="end">{labels[^1]}</text></svg>"""));
        return svg.ToString();
    }

    /// <summary>A line that breaks where nothing was counted.</summary>
    private static void Line(StringBuilder svg, string name, IEnumerable<(double X, double? Y)> points)
    {
        var path = new StringBuilder();
        var pen = false;
        foreach (var (x, y) in points)
        {
            if (y is { } at)
            {
                path.Append(Text($"{(pen ? 'L' : 'M')}{x:0.#} {at:0.#} "));
            }

            pen = y is not null;
        }

        svg.Append(Text($"""<path class="{name}" d="{path.ToString().TrimEnd()}"/>"""));
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
