namespace PacsAiWorker.Evaluation;

/// <summary>The report of a comparison as a page.</summary>
internal static class ComparisonPage
{
    public static string Of(ComparisonReport report)
    {
        var title = $"Comparison of {string.Join(", ", report.Ranking.Select(r => r.Name))}";
        var page = new HtmlPage().Add($"<h1>{HtmlPage.Escape(title)}</h1>").Notes(report.Notes);
        foreach (var table in ComparisonTables.Of(report))
        {
            page.Table(table);
        }

        return page.Whole(title);
    }
}
