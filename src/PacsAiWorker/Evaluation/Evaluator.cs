using PacsAiWorker.Statistics.Calibration;
using PacsAiWorker.Statistics.Confusion;
using PacsAiWorker.Statistics.Folds;
using PacsAiWorker.Statistics.Intervals;
using PacsAiWorker.Statistics.Resampling;
using PacsAiWorker.Statistics.Roc;

namespace PacsAiWorker.Evaluation;

/// <summary>Makes the report of one file of predictions. Pure: same file, same options, same report.</summary>
internal static class Evaluator
{
    private const int MostCurvePoints = 400;

    public static EvaluationReport Evaluate(PredictionFile file, EvaluationOptions options)
    {
        var task = BinaryTask.Of(file, options);
        var classes = ClassEvaluator.Of(file);
        return new EvaluationReport
        {
            File = file.Path,
            Rows = file.Rows.Count,
            NotScored = file.Rows.Count(r => !r.IsScored),
            Patients = Distinct(file, r => r.Patient),
            Studies = Distinct(file, r => r.Study),
            Classes = file.Classes,
            Positive = task is null ? [] : options.Positive.Count > 0 ? options.Positive : ["1"],
            Images = task is null ? null : Images(task, options),
            ByStudy = task is { Threshold: not null } && file.Rows[0].Study is not null ? StudyEvaluator.Of(file, task, options) : null,
            ByClass = classes,
            Breakdowns = [.. PredictionFile.GroupColumns.Where(file.Has).Select(g => Groups.Of(file, task, g, options))],
            Folds = file.Rows[0].Fold is null ? null : FoldsOf(file, task),
            Notes = [.. EvaluationNotes.Of(file, task, options)],
        };
    }

    private static readonly (string Name, Func<BinaryCounts, Proportion> Of)[] Shares =
        [("sensitivity", c => c.Recall), ("specificity", c => c.Specificity), ("precision", c => c.Precision), ("npv", c => c.Npv), ("accuracy", c => c.Accuracy)];

    private static readonly (string Name, Func<BinaryCounts, double?> Of)[] Single =
        [("f1", c => c.F1), ("balanced-accuracy", c => c.BalancedAccuracy), ("mcc", c => c.Mcc), ("kappa", c => c.Kappa), ("comprehensive-score", c => c.ComprehensiveScore)];

    private static BinaryLevel Images(BinaryTask task, EvaluationOptions options)
    {
        var counts = task.Counts;
        (bool Positive, double Score)[] scored = [.. task.Scored];
        var curve = RocCurve.Of(scored);
        var byPatient = ByPatient(task, scored, options);
        var level = new BinaryLevel
        {
            Threshold = task.Threshold,
            ThresholdAssumed = options.Threshold is null && task.Threshold is not null,
            Counts = counts,
            Rates = [.. Shares.Select((s, i) => Rate.Of(s.Name, s.Of(counts), byPatient?[i].Interval))],
            Figures = [.. Single.Select((f, i) => new Figure(f.Name, f.Of(counts), byPatient?[Shares.Length + i].Interval))],
            Baseline = Rate.Of(counts.Positives > counts.Negatives ? "flag all" : "flag none", new Proportion(Math.Max(counts.Positives, counts.Negatives), counts.Total)),
            Auc = SubgroupComparison.Area(Side(scored, true), Side(scored, false)),
            AucByPatient = byPatient?[^1].Interval,
            PartialAuc = curve?.StandardisedPartialAuc(0.2),
            Youden = curve?.BestYouden is { } best && double.IsFinite(best.Threshold) ? best : null,
            Curve = curve is null ? [] : Thin(curve.Points),
        };
        return task.AreProbabilities
            ? level with { Brier = Reliability.Brier(scored), CalibrationError = Reliability.ExpectedError(scored), Reliability = Reliability.Bins(scored) }
            : level;
    }

    /// <summary>Shares, single figures and area with whole patients drawn; null where each image is its own patient.</summary>
    private static IReadOnlyList<BootstrapResult>? ByPatient(BinaryTask task, (bool Positive, double Score)[] scored, EvaluationOptions options)
    {
        var bootstrap = new ClusterBootstrap([.. task.Cases.Select(c => c.Cluster)]);
        if (bootstrap.Clusters == task.Cases.Count)
        {
            return null;
        }

        var counts = new WeightedCounts(task.Cases.Select(c => (c.Positive, c.Flagged)), [.. bootstrap.ClusterOfCase]);
        var area = new WeightedAuc(scored, bootstrap.ClusterOfCase);
        return bootstrap.RunAll(times =>
        {
            var drawn = counts.Of(times);
            return [.. Shares.Select(s => s.Of(drawn).Value), .. Single.Select(f => f.Of(drawn)), area.Of(times)];
        }, options.Draws, options.Seed);
    }

    internal static double[] Side(IEnumerable<(bool Positive, double Score)> cases, bool positive) => [.. cases.Where(c => c.Positive == positive).Select(c => c.Score)];

    private static FoldLevel FoldsOf(PredictionFile file, BinaryTask? task)
    {
        var names = file.Rows.Select(r => r.Fold!).Distinct().Order(StringComparer.Ordinal).ToList();
        var samples = file.Rows.Where(r => r.Patient is not null).Select(r => new LeakageSample(r.Fold!, r.Patient)).ToList();
        int? shared = samples.Count == 0 ? null : LeakageDetector.Look(samples).Where(f => f.Fails).Sum(f => f.Count);
        return new FoldLevel(names, [.. FoldFigures(file, task).Select(f => Row(f.Name, f.Value))], shared);

        FoldRow Row(string name, Func<string?, double?> value)
        {
            double?[] folds = [.. names.Select(value)];
            var figure = FoldFigure.Of(folds);
            return new FoldRow(name, folds, figure.Mean, figure.Deviation, value(null));
        }
    }

    /// <summary>Figures of one fold, or of all when it is null.</summary>
    internal static IEnumerable<(string Name, Func<string?, double?> Value)> FoldFigures(PredictionFile file, BinaryTask? task)
    {
        if (task is null)
        {
            yield return ("accuracy", fold => ClassEvaluator.Accuracy(file, file.Rows.Where(r => fold is null || r.Fold == fold)).Value);
            yield break;
        }

        BinaryCounts Counts(string? fold) => BinaryTask.Count(task.Cases.Where(c => fold is null || c.Row.Fold == fold));
        yield return ("accuracy", fold => Counts(fold).Accuracy.Value);
        yield return ("sensitivity", fold => Counts(fold).Recall.Value);
        yield return ("specificity", fold => Counts(fold).Specificity.Value);
        if (task.Threshold is not null)
        {
            yield return ("auc", fold => RocCurve.Of([.. task.Cases.Where(c => fold is null || c.Row.Fold == fold).Select(c => (c.Positive, c.Score!.Value))])?.Auc);
        }
    }

    private static List<CurvePoint> Thin(IReadOnlyList<RocPoint> points)
    {
        var step = Math.Max(1, (points.Count + MostCurvePoints - 1) / MostCurvePoints);
        return [.. points.Where((_, i) => i % step == 0 || i == points.Count - 1).Select(p => new CurvePoint(double.IsFinite(p.Threshold) ? p.Threshold : null, p.Counts.Fp, p.Counts.Tp))];
    }

    private static int? Distinct(PredictionFile file, Func<Prediction, string?> column) => file.Rows[0] is var first && column(first) is null ? null : file.Rows.Select(column).Distinct().Count();
}
