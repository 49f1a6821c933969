namespace PacsAiWorker.Evaluation;

/// <summary>The report of an evaluation as a page.</summary>
internal static class EvaluationPage
{
    public static string Of(EvaluationReport report)
    {
        var name = Path.GetFileName(report.File);
        var page = new HtmlPage().Add($"<h1>Evaluation of {HtmlPage.Escape(name)}</h1><p class=\"soft\">{HtmlPage.Escape(Data(report))}</p>");
        if (Lead(report) is { } lead)
        {
            page.Add($"<p class=\"lead\">{HtmlPage.Joined(lead)}</p>");
        }

        page.Notes(report.Notes);
        var figures = Figures(report).ToList();
        if (figures.Count > 0)
        {
            page.Add($"<section><h2>Plots</h2><div class=\"plots\">{string.Concat(figures)}</div></section>");
        }

        foreach (var table in EvaluationTables.Of(report))
        {
            page.Table(table);
        }

        return page.Whole($"Evaluation of {name}");
    }

    /// <summary>"1616 images of 351 patients in 400 studies; flagged: gout".</summary>
    public static string Data(EvaluationReport report) =>
        $"{report.Rows} images" + (report.Patients is { } p ? $" of {p} patients" : "") + (report.Studies is { } s ? $" in {s} studies" : "")
        + (report.NotScored > 0 ? $", {report.NotScored} of them not scored" : "")
        + (report.Images is null ? $"; {report.Classes.Count} classes" : report.Classes.Count > 0 ? $"; to be flagged: {string.Join(", ", report.Positive)}" : "");

    /// <summary>What decides whether a package may move a list, in one sentence.</summary>
    public static string? Lead(EvaluationReport report) => report.ByStudy is not { Expected: { Flags: { } flags } expected } study ? null
        : $"By study ({study.Aggregation}): {Words.Rate(study.Rates[0])} of positive studies are flagged, {Words.Rate(study.Rates[1])} of the others are not. "
        + $"Where {Words.Percent(expected.Prevalence)} of studies are positive, {flags:0.0} of 100 would be flagged ({expected.Interval!.Value.Low:0.0}–{expected.Interval.Value.High:0.0}).";

    private static IEnumerable<string> Figures(EvaluationReport report)
    {
        if (report.Images is { Curve.Count: > 0, Auc: { } auc } images)
        {
            yield return Figure(Plots.Roc(images), $"ROC by image, AUC {Words.Area(auc)}. Band: 95 % interval of sensitivity at each point. Dot: the operating point with its intervals.");
        }

        if (report.Images is { Reliability.Count: > 0 } calibrated)
        {
            yield return Figure(Plots.Reliability(calibrated.Reliability), $"Reliability by image, with 95 % intervals. Bars: how many images. Brier {Words.Number(calibrated.Brier)}.");
        }

        if (report.Images is { } binary)
        {
            yield return Figure(Plots.Confusion(["positive", "negative"], ["flagged", "not flagged"], [[binary.Counts.Tp, binary.Counts.Fn], [binary.Counts.Fp, binary.Counts.Tn]]), "Images: truth in rows, answer in columns; shares of the row.");
        }

        if (report.ByClass is { } classes && (report.Images is null || classes.Classes.Count > 2))
        {
            yield return Figure(Plots.Confusion(classes.Classes, classes.Classes, classes.Confusion), "Images: truth in rows, answer in columns; the darker, the larger the share of the row.");
        }
    }

    private static string Figure(string svg, string caption) => $"<figure>{svg}<figcaption>{HtmlPage.Joined(caption)}</figcaption></figure>";
}
