using System.Net;
using System.Text;

namespace PacsAiWorker.Evaluation;

/// <summary>One page that needs nothing else: no script, no font, no picture from elsewhere.</summary>
internal sealed class HtmlPage
{
    private const string Style = """
        :root { color-scheme: light dark; --ink: #1c2430; --soft: #5b6675; --line: #d5dbe3; --paper: #fff; --accent: #1f5fa8; --band: #1f5fa826; --on: #fff; }
        @media (prefers-color-scheme: dark) { :root { --ink: #e6eaf0; --soft: #9aa6b5; --line: #364150; --paper: #14181e; --accent: #7db3f0; --band: #7db3f033; --on: #0e1319; } }
        body { margin: 0 auto; max-width: 68rem; padding: 2rem 1.25rem 4rem; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
        h1 { font-size: 1.5rem; margin: 0 0 .25rem; } h2 { font-size: 1.05rem; margin: 2rem 0 .5rem; }
        p, ul { margin: .4rem 0; } .soft, figcaption, .note { color: var(--soft); } ul.notes { padding-left: 1.1rem; }
        .lead { border-left: 3px solid var(--accent); padding: .25rem 0 .25rem .9rem; margin: 1.2rem 0; font-size: 1.05rem; }
        .wide { overflow-x: auto; } table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
        th, td { text-align: left; padding: .3rem .9rem .3rem 0; border-bottom: 1px solid var(--line); vertical-align: top; } th { color: var(--soft); font-weight: 600; }
        .plots { display: flex; flex-wrap: wrap; gap: 1.5rem 2rem; } figure { margin: .5rem 0; } figcaption { font-size: .9rem; max-width: 19rem; } svg { max-width: 100%; height: auto; display: block; }
        svg text { fill: var(--ink); font: 12px system-ui, sans-serif; } svg .tick, svg .share { fill: var(--soft); font-size: 11px; } .middle, .count, .share { text-anchor: middle; } .end { text-anchor: end; }
        svg .count { font-weight: 600; } svg .on { fill: var(--on); } .grid { stroke: var(--line); fill: none; stroke-width: 1; } .guide { stroke: var(--soft); stroke-dasharray: 4 4; } .band { fill: var(--band); }
        .curve { fill: none; stroke: var(--accent); stroke-width: 2; } .bar { stroke: var(--ink); stroke-width: 1.5; fill: none; } .dot { fill: var(--accent); stroke: var(--paper); } .amount { fill: var(--band); } .cell { fill: var(--accent); }
        @media print { :root { color-scheme: light; --ink: #000; --soft: #444; --line: #bbb; --paper: #fff; --accent: #1f5fa8; --band: #1f5fa826; --on: #fff; } body { padding: 0; font-size: 9.5pt; } figure, tr { break-inside: avoid; } h2 { break-after: avoid; } .wide { overflow: visible; } th, td { padding-right: .5rem; font-size: 8.5pt; } @page { margin: 16mm; } }
        """;

    private readonly StringBuilder body = new();

    public static string Escape(string text) => WebUtility.HtmlEncode(text);

    /// <summary>Markup that is escaped already.</summary>
    public HtmlPage Add(string markup)
    {
        body.Append(markup).Append('\n');
        return this;
    }

    public HtmlPage Table(ReportTable table)
    {
        body.Append("<section><h2>").Append(Escape(table.Title)).Append("</h2><div class=\"wide\"><table><thead><tr>");
        foreach (var column in table.Columns)
        {
            body.Append("<th scope=\"col\">").Append(Escape(column)).Append("</th>");
        }

        body.Append("</tr></thead><tbody>");
        foreach (var row in table.Rows)
        {
            body.Append("<tr>").AppendJoin("", row.Select(cell => $"<td>{Joined(cell)}</td>")).Append("</tr>");
        }

        body.Append("</tbody></table></div>");
        return Add((table.Note.Length > 0 ? $"<p class=\"note\">{Escape(table.Note)}</p>" : "") + "</section>");
    }

    /// <summary>Escaped; narrow columns break it between a count, its rate and its interval, never within one.</summary>
    public static string Joined(string text) => Escape(text.Replace("–", "\u2060–\u2060", StringComparison.Ordinal).Replace(" %", "\u00a0%", StringComparison.Ordinal).Replace(" ·", "\u00a0·", StringComparison.Ordinal));

    public HtmlPage Notes(IReadOnlyCollection<string> notes) =>
        notes.Count == 0 ? this : Add($"<ul class=\"notes\">{string.Concat(notes.Select(n => $"<li>{Escape(n)}</li>"))}</ul>");

    public string Whole(string title) => $"""
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>{Escape(title)}</title>
        <style>
        {Style}
        </style>
        </head>
        <body>
        {body}</body>
        </html>

        """;
}
