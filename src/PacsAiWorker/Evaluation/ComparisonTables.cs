using PacsAiWorker.Statistics.Paired;
using PacsAiWorker.Statistics.Roc;

namespace PacsAiWorker.Evaluation;

/// <summary>The tables of a comparison.</summary>
internal static class ComparisonTables
{
    public static IEnumerable<ReportTable> Of(ComparisonReport report)
    {
        yield return Ranking(report);
        foreach (var pair in report.Pairs)
        {
            var title = $"{pair.First} against {pair.Second}";
            yield return Tests(pair, title);
            yield return new ReportTable($"{title}: differences", ["Figure", "Difference", "95 % by patient"],
                [.. pair.Differences.Select(d => (string[])[Words.Name(d.Name), Words.Signed(d.Value), Words.SignedPoints(d.ByPatient)])], "First minus second; whole patients drawn again and again.");
            if (pair.Folds.Count > 0)
            {
                yield return Folds(pair, title);
            }

            foreach (var column in pair.Groups.GroupBy(g => g.Column))
            {
                yield return new ReportTable($"{title}: by {column.Key}", [Words.Name(column.Key), "Images", "Accuracy, first", "Accuracy, second", "McNemar exact p", "AUC, first", "AUC, second", "DeLong p"], [.. column.Select(Row)],
                    column.Key == "subgroup" ? "AUC: each subgroup together with all images of the reference subgroup, where there is one." : "");
            }
        }
    }

    private static ReportTable Ranking(ComparisonReport report)
    {
        var binary = report.Ranking.Any(r => r.Sensitivity is not null);
        var study = report.Ranking.Any(r => r.StudySensitivity is not null);
        return new ReportTable("Side by side",
            [
                "File", "Accuracy", .. binary ? (string[])["Sensitivity", "Specificity", "F1", "MCC", "P + R + F1 + Sp", "AUC"] : ["Top 2", "Kappa", "MCC"],
                .. study ? (string[])["Sensitivity by study", "Specificity by study"] : [],
            ],
            [
                .. report.Ranking.Select(r => (string[])
                [
                    r.Name, Words.Rate(r.Accuracy), .. binary
                        ? (string[])[Words.Rate(r.Sensitivity), Words.Rate(r.Specificity), Words.Number(r.F1), Words.Number(r.Mcc), Words.Number(r.ComprehensiveScore), Words.Area(r.Auc)]
                        : [Words.Rate(r.Top2), Words.Number(r.Kappa), Words.Number(r.Mcc)],
                    .. study ? (string[])[Words.Rate(r.StudySensitivity), Words.Rate(r.StudySpecificity)] : [],
                ]),
            ],
            $"{report.Images} images that every file has scored" + (report.LeftOut > 0 ? $"; {report.LeftOut} others are left out." : "."));
    }

    private static ReportTable Tests(PairReport pair, string title)
    {
        var m = pair.McNemar;
        List<IReadOnlyList<string>> rows = [];
        if (pair.DeLong is { } areas)
        {
            rows.Add(["DeLong, paired areas", $"{areas.Difference:+0.0000;−0.0000;0.0000} ({areas.Low:+0.000;−0.000;0.000} to {areas.High:+0.000;−0.000;0.000})", Z(areas.Z), Words.P(areas.P)]);
        }

        rows.Add(["McNemar, exact", $"right alone: {m.FirstOnly} and {m.SecondOnly}", "", Words.P(m.ExactP)]);
        rows.Add(["McNemar, mid-p", "", "", Words.P(m.MidP)]);
        rows.Add(["McNemar, χ²", "", Chi(m.ChiSquare), Words.P(m.P)]);
        rows.Add(["McNemar, χ² corrected", "", Chi(m.CorrectedChiSquare), Words.P(m.CorrectedP)]);
        rows.Add(["Two proportions (as if unpaired)", "", Z(pair.TwoProportions.Z), Words.P(pair.TwoProportions.P)]);
        if (pair.Agreement is { } kappa)
        {
            rows.Add(["Agreement of the two", "", $"κ = {kappa:0.000}", ""]);
        }

        return new ReportTable(title, ["Test", "Difference", "Statistic", "p"], rows);
    }

    private static ReportTable Folds(PairReport pair, string title) => new($"{title}: Wilcoxon over folds", ["Figure", "Pairs that differ", "Zeros", "Ties", "W", "Method", "p", "Least attainable p"],
        [
            .. pair.Folds.Select(f => (string[])
            [
                Words.Name(f.Name), $"{f.Test.N}", $"{f.Test.Zeros}", $"{f.Test.Ties}", $"{f.Test.Statistic:0.#}", f.Test.Method == WilcoxonMethod.Exact ? "exact" : "normal", Words.P(f.Test.P), Words.P(f.LeastAttainable),
            ]),
        ], "A smaller p than the least attainable one cannot be an exact one, whatever is printed.");

    private static string[] Row(PairGroup group) => group.TooFew
        ? [group.Value, $"{group.Images}", "too few", "", "", "", "", ""]
        : [group.Value, $"{group.Images}", Words.Rate(group.First), Words.Rate(group.Second), Words.P(group.McNemarP), Area(group.DeLong?.First), Area(group.DeLong?.Second), Words.P(group.DeLong?.P)];

    private static string Area(AucEstimate? auc) => Words.Area(auc);

    private static string Z(double? z) => z is { } value ? $"Z = {value:0.000;−0.000}" : "Z undefined";

    private static string Chi(double? x) => x is { } value ? $"χ² = {value:0.000}" : "χ² undefined";
}
