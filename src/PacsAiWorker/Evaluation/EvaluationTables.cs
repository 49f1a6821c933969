using PacsAiWorker.Statistics.Confusion;

namespace PacsAiWorker.Evaluation;

/// <summary>The tables of a report, in the order in which they are read.</summary>
internal static class EvaluationTables
{
    private const string Intervals = "Intervals are 95 %. Wilson and Clopper–Pearson take cases as independent; by patient draws whole patients.";

    public static IEnumerable<ReportTable> Of(EvaluationReport report)
    {
        if (report.ByStudy is { } study)
        {
            yield return Study(study);
        }

        if (report.Images is { } images)
        {
            yield return Rates(images);
            yield return Scores(images);
            yield return Counts(images.Counts);
        }

        if (report.ByClass is { } classes && (report.Images is null || classes.Classes.Count > 2))
        {
            yield return Confusion(classes);
            yield return PerClass(classes);
        }

        foreach (var breakdown in report.Breakdowns)
        {
            yield return Groups(breakdown);
        }

        if (report.Folds is { } folds)
        {
            yield return Folds(folds);
        }

        if (report.Reported.Count > 0)
        {
            yield return new ReportTable("Printed and recomputed", ["Figure", "Printed", "Recomputed", "Verdict"],
                [.. report.Reported.Select(l => (string[])[Words.Name(l.Figure), l.Printed, l.Recomputed is { } r ? $"{r:0.######}" : Words.Unknown, Verdict(l)])], report.ReportedVerdict!);
        }
    }

    private static ReportTable Study(StudyLevel study)
    {
        var expected = study.Expected;
        List<IReadOnlyList<string>> rows = [.. study.Rates.Select(r => Row(r, false))];
        rows.Add(["AUC", "", study.Auc is { } auc ? $"{auc.Auc:0.0000}" : Words.Unknown, study.Auc is { } a ? $"{a.Low:0.000}–{a.High:0.000} (DeLong)" : Words.Unknown, ""]);
        rows.Add(
        [
            "Flags per 100 studies", $"at {Words.Percent(expected.Prevalence)} positive", expected.Flags is { } flags ? $"{flags:0.0}" : Words.Unknown,
            expected.Interval is { } i ? $"{i.Low:0.0}–{i.High:0.0}" : Words.Unknown, "",
        ]);
        return new ReportTable($"By study ({study.Aggregation})", ["Figure", "n/N", "Value", "Wilson", "Clopper–Pearson"], rows,
            (expected.TrueFlags is { } right ? $"Of 100 studies {expected.Flags:0.0} are flagged, {right:0.0} of them rightly, and {expected.Missed:0.0} positive ones are not flagged. " : "")
            + (study.PrevalenceAssumed ? "The share of positive studies is that of the file. " : "")
            + (study.FellBack > 0 ? $"{study.FellBack} studies of fewer than 3 images were judged by their highest image, so there is no area. " : "")
            + (study.NotScored > 0 ? $"{study.NotScored} studies without any scored image are in no rate." : ""));
    }

    private static ReportTable Rates(BinaryLevel images)
    {
        var grouped = images.Rates.Any(r => r.ByPatient is not null);
        return new ReportTable(images.Threshold is { } t ? $"By image, flagged from {t:0.####}" : "By image",
            ["Figure", "n/N", "Value", "Wilson", "Clopper–Pearson", .. grouped ? (string[])["By patient"] : []],
            [.. images.Rates.Append(images.Baseline).Select(r => Row(r, grouped))], Intervals);
    }

    private static string[] Row(Rate rate, bool grouped) =>
        [Words.Name(rate.Name), $"{rate.Numerator}/{rate.Denominator}", Words.Percent(rate.Value), Words.Percent(rate.Wilson), Words.Percent(rate.Exact), .. grouped ? (string[])[Words.Percent(rate.ByPatient)] : []];

    private static ReportTable Scores(BinaryLevel images)
    {
        List<IReadOnlyList<string>> rows = [];
        if (images.Auc is { } auc)
        {
            rows.Add(["AUC", Words.Number(auc.Auc), $"{auc.Low:0.000}–{auc.High:0.000} (DeLong)", Words.Number(images.AucByPatient)]);
            rows.Add(["Partial AUC to 20 % false flags", Words.Number(images.PartialAuc), "", ""]);
        }

        rows.AddRange(images.Figures.Select(f => (string[])[Words.Name(f.Name), Words.Number(f.Value), "", Words.Number(f.ByPatient)]));
        if (images.Brier is not null)
        {
            rows.Add(["Brier", Words.Number(images.Brier), "", ""]);
            rows.Add(["Expected calibration error", Words.Number(images.CalibrationError), "", ""]);
        }

        return new ReportTable("By image, single figures", ["Figure", "Value", "Interval", "By patient"], rows,
            images.Youden is { } best ? $"On these very cases sensitivity + specificity would be largest at {best.Threshold:0.####} (Youden {best.Youden:0.000}): optimistic, no threshold to adopt." : "");
    }

    private static ReportTable Counts(BinaryCounts counts) => new("Counts", ["", "Flagged", "Not flagged", "Together"],
    [
        ["Positive", $"{counts.Tp}", $"{counts.Fn}", $"{counts.Positives}"],
        ["Negative", $"{counts.Fp}", $"{counts.Tn}", $"{counts.Negatives}"],
        ["Together", $"{counts.Tp + counts.Fp}", $"{counts.Fn + counts.Tn}", $"{counts.Total}"],
    ]);

    private static ReportTable Confusion(ClassLevel classes) => new("Truth (rows) and answer (columns)", ["", .. classes.Classes],
        [.. classes.Confusion.Select((row, t) => (string[])[classes.Classes[t], .. row.Select(n => $"{n}")])],
        string.Join("; ", classes.Rates.Select(r => $"{r.Name} {Words.Rate(r)}")) + $"; kappa {Words.Number(classes.Kappa)}; MCC {Words.Number(classes.Mcc)}.");

    private static ReportTable PerClass(ClassLevel classes) => new("Each class against the rest", ["Class", "Recall", "Precision", "Specificity", "F1", "AUC"],
        [.. classes.PerClass.Select(c => (string[])[c.Class, Words.Rate(c.Recall), Words.Rate(c.Precision), Words.Rate(c.Specificity), Words.Number(c.F1), Words.Area(c.Auc)])]);

    private static ReportTable Groups(Breakdown breakdown) => new($"By {breakdown.Column}", [Words.Name(breakdown.Column), "Images", "Accuracy", "Sensitivity", "Specificity", "AUC"],
        [
            .. breakdown.Rows.Select(r => r.TooFew
                ? (string[])[r.Value, $"{r.Cases}", "too few", "", "", ""]
                : [r.Value, $"{r.Cases}", Words.Rate(r.Accuracy), Words.Rate(r.Sensitivity), Words.Rate(r.Specificity), Words.Area(r.Auc)]),
        ], breakdown.Against is { } reference ? $"AUC: each subgroup against all images of \"{reference}\"." : "");

    private static ReportTable Folds(FoldLevel folds) => new("By fold", ["Figure", .. folds.Names, "Mean ± SD", "Pooled"],
        [.. folds.Rows.Select(r => (string[])[Words.Name(r.Name), .. r.Folds.Select(Words.Number), $"{Words.Number(r.Mean)} ± {Words.Number(r.Deviation)}", Words.Number(r.Pooled)])],
        folds.PatientsInSeveral switch
        {
            null => "Without a column patient nobody can tell whether folds share patients.",
            0 => "No patient is in two folds.",
            1 => "1 patient is in more than one fold: this cross-validation does not stand.",
            var n => $"{n} patients are in more than one fold: this cross-validation does not stand.",
        });

    private static string Verdict(ReportedLine line) => line switch
    {
        { Agrees: true } => "agrees",
        { Explained: [Rounding.Ceiling, ..] } => "rounded up",
        { Explained: [Rounding.Truncation, ..] } => "digits cut off",
        _ => "does not follow",
    };
}
