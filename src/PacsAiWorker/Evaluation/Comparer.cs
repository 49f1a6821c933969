using PacsAiWorker.Commands;
using PacsAiWorker.Statistics.Confusion;
using PacsAiWorker.Statistics.Intervals;
using PacsAiWorker.Statistics.Paired;
using PacsAiWorker.Statistics.Resampling;
using PacsAiWorker.Statistics.Roc;

namespace PacsAiWorker.Evaluation;

/// <summary>Compares predictions of the same images. Pure: same files, same options, same report.</summary>
internal static class Comparer
{
    /// <param name="files">At least two.</param>
    /// <param name="options">One for each file.</param>
    /// <exception cref="CommandException">The files are not of the same images, or disagree about what is true.</exception>
    public static ComparisonReport Compare(IReadOnlyList<PredictionFile> files, IReadOnlyList<EvaluationOptions> options)
    {
        var common = Common(files);
        var sides = common.Zip(options, (file, o) => new Side(file, BinaryTask.Of(file, o), o)).ToList();
        if (sides.Any(s => s.Task is null) && sides.Any(s => s.Task is not null))
        {
            throw new CommandException($"{sides.First(s => s.Task is null).File.Path} answers among several classes, {sides.First(s => s.Task is not null).File.Path} with yes or no: say with --positive which classes are to be flagged");
        }

        // The first file's groups and folds stand for all: they say which images, not what was answered.
        return new ComparisonReport(
            [.. files.Select(f => f.Path)], common[0].Rows.Count, files.SelectMany(f => f.Rows.Select(r => r.Key)).Distinct().Count() - common[0].Rows.Count,
            [.. sides.Select(Rank)], [.. sides.Skip(1).Select(s => Pair(sides[0], s))], [.. Notes(sides)]);
    }

    /// <summary>A file, its task, and whether each row is answered right.</summary>
    private sealed record Side(PredictionFile File, BinaryTask? Task, EvaluationOptions Options)
    {
        public bool[] Right { get; } = Task is { } task ? [.. task.Cases.Select(c => c.IsRight)] : [.. File.Rows.Select(r => File.Classes[ClassEvaluator.Answer(File, r)] == r.Truth)];

        public int[] Answers { get; } = Task is { } task ? [.. task.Cases.Select(c => c.Flagged ? 1 : 0)] : [.. File.Rows.Select(r => ClassEvaluator.Answer(File, r))];

        public Proportion Accuracy(Func<int, bool> among) => new(Right.Where((right, i) => right && among(i)).Count(), Right.Where((_, i) => among(i)).Count());

        public (IReadOnlyList<double>, IReadOnlyList<double>) Scores(Func<int, bool> among) =>
            (Of(true, among), Of(false, among));

        public bool HasArea => Task is { Threshold: not null };

        private double[] Of(bool positive, Func<int, bool> among) => [.. Task!.Cases.Where((c, i) => c.Positive == positive && among(i)).Select(c => c.Score!.Value)];
    }

    private static List<PredictionFile> Common(IReadOnlyList<PredictionFile> files)
    {
        foreach (var file in files.Where(f => f.Rows[0].Image is null))
        {
            throw new CommandException($"{file.Path}: column image is missing; without it nobody knows which rows of the files belong together");
        }

        var keys = files.Select(f => f.Rows.Where(r => r.IsScored).Select(r => r.Key).ToHashSet()).Aggregate((a, b) => [.. a.Intersect(b)]);
        if (keys.Count == 0)
        {
            throw new CommandException($"{string.Join(" and ", files.Select(f => f.Path))} have no scored image in common; give both the same columns study and image");
        }

        var rows = files.Select(f => f.Rows.Where(r => keys.Contains(r.Key)).ToDictionary(r => r.Key)).ToList();
        string[] order = [.. files[0].Rows.Select(r => r.Key).Where(keys.Contains)];
        foreach (var (file, other) in files.Zip(rows).Skip(1))
        {
            foreach (var key in order.Where(k => other[k].Truth != rows[0][k].Truth))
            {
                throw new CommandException($"{file.Path}:{other[key].Line}, column truth: \"{other[key].Truth}\", but {files[0].Path}:{rows[0][key].Line} says \"{rows[0][key].Truth}\" of the same image; correct one of the two");
            }
        }

        // One list of classes: a reader's labels may leave out a class that the model knows.
        var all = files.Any(f => f.HasScores) ? null : files.SelectMany(f => f.Classes).Distinct().Order(StringComparer.Ordinal).ToList();
        var scored = files.FirstOrDefault(f => f.HasScores && f.Classes.Count > 0);
        return
        [
            .. files.Zip(rows, (file, byKey) => file with
            {
                Rows = [.. order.Select(k => byKey[k] with { Groups = rows[0][k].Groups, Fold = rows[0][k].Fold, Patient = rows[0][k].Patient })],
                Classes = file.HasScores ? file.Classes : all ?? [.. (scored?.Classes ?? []).Union(file.Classes)],
            }),
        ];
    }

    private static RankedFile Rank(Side side)
    {
        var study = side.HasArea && side.File.Rows[0].Study is not null ? StudyEvaluator.Of(side.File, side.Task!, side.Options) : null;
        var counts = side.Task?.Counts;
        var matrix = ClassEvaluator.Of(side.File);
        return new RankedFile(
            side.File.Name, Rate.Of("accuracy", side.Accuracy(_ => true)), matrix?.Rates.FirstOrDefault(r => r.Name == "top-2"),
            counts is { } c ? Rate.Of("sensitivity", c.Recall) : null, counts is { } d ? Rate.Of("specificity", d.Specificity) : null,
            counts?.F1, counts is { } e ? e.Mcc : matrix?.Mcc, counts is { } f ? f.Kappa : matrix?.Kappa, counts?.ComprehensiveScore,
            side.HasArea ? Area(side.Scores(_ => true)) : null, study?.Rates[0], study?.Rates[1]);

        static AucEstimate? Area((IReadOnlyList<double> Positives, IReadOnlyList<double> Negatives) scores) => SubgroupComparison.Area(scores.Positives, scores.Negatives);
    }

    private static PairReport Pair(Side first, Side second)
    {
        var bootstrap = new ClusterBootstrap([.. first.File.Rows.Select(r => r.Patient ?? r.Study ?? r.Key)]);
        var test = McNemar.Of(first.Right.Zip(second.Right));
        var classes = Math.Max(2, first.File.Classes.Concat(second.File.Classes).Distinct().Count());
        return new PairReport(
            first.File.Name, second.File.Name, Areas(first, second, _ => true), McNemarReport.Of(test), TwoProportions.Compare(first.Accuracy(_ => true), second.Accuracy(_ => true)),
            SameClasses(first, second) ? new ConfusionMatrix(classes, first.Answers.Zip(second.Answers)).Kappa : null,
            [.. Differences(first, second, bootstrap)], [.. FoldTests(first, second)], [.. GroupsOf(first, second)]);
    }

    private static bool SameClasses(Side first, Side second) => first.Task is not null || first.File.Classes.SequenceEqual(second.File.Classes);

    private static IEnumerable<Difference> Differences(Side first, Side second, ClusterBootstrap bootstrap)
    {
        int[] clusters = [.. bootstrap.ClusterOfCase];
        var (right, otherRight) = (Right(first), Right(second));
        List<(string Name, Func<int[], double?> Of)> figures = [("accuracy", times => right.Of(times).Recall.Value - otherRight.Of(times).Recall.Value)];
        if (first.Task is { } one && second.Task is { } other)
        {
            WeightedCounts a = Counts(one), b = Counts(other);
            figures.Add(("sensitivity", times => a.Of(times).Recall.Value - b.Of(times).Recall.Value));
            figures.Add(("specificity", times => a.Of(times).Specificity.Value - b.Of(times).Specificity.Value));
            if (first.HasArea && second.HasArea)
            {
                WeightedAuc area = new(one.Scored, clusters), otherArea = new(other.Scored, clusters);
                figures.Add(("auc", times => area.Of(times) - otherArea.Of(times)));
            }
        }

        return figures.Zip(bootstrap.RunAll(times => [.. figures.Select(f => f.Of(times))], first.Options.Draws, first.Options.Seed), (f, result) => new Difference(f.Name, result.Estimate, result.Interval));

        WeightedCounts Right(Side side) => new(side.Right.Select(r => (true, r)), clusters);
        WeightedCounts Counts(BinaryTask task) => new(task.Cases.Select(c => (c.Positive, c.Flagged)), clusters);
    }

    private static PairedAuc? Areas(Side first, Side second, Func<int, bool> among)
    {
        if (!first.HasArea || !second.HasArea)
        {
            return null;
        }

        var (a, b) = (first.Scores(among), second.Scores(among));
        return a.Item1.Count < 2 || a.Item2.Count < 2 ? null : DeLong.Compare(a, b);
    }

    private static IEnumerable<FoldTest> FoldTests(Side first, Side second)
    {
        if (first.File.Rows[0].Fold is null)
        {
            yield break;
        }

        var folds = first.File.Rows.Select(r => r.Fold!).Distinct().Order(StringComparer.Ordinal).ToList();
        var pooled = new List<double>();
        foreach (var (one, other) in Evaluator.FoldFigures(first.File, first.Task).Zip(Evaluator.FoldFigures(second.File, second.Task)))
        {
            // Differences that only differ in the last bit are ties.
            double[] differences = [.. folds.Select(f => one.Value(f) - other.Value(f)).OfType<double>().Select(d => Math.Round(d, 12))];
            pooled.AddRange(differences);
            yield return Test(one.Name, differences);
        }

        yield return Test("all figures together", pooled);

        static FoldTest Test(string name, IEnumerable<double> differences)
        {
            var result = WilcoxonSignedRank.Test(differences);
            return new FoldTest(name, result, result.LeastAttainable);
        }
    }

    private static IEnumerable<PairGroup> GroupsOf(Side first, Side second)
    {
        foreach (var column in PredictionFile.GroupColumns.Where(first.File.Has))
        {
            var reference = column == "subgroup" ? first.Options.Reference : null;
            foreach (var group in first.File.Rows.GroupBy(r => r.Groups[column]).OrderBy(g => g.Key, StringComparer.Ordinal))
            {
                bool Among(int i) => first.File.Rows[i].Groups[column] == group.Key;
                bool OrReference(int i) => Among(i) || first.File.Rows[i].Groups[column] == reference;
                var count = group.Count();
                yield return count < first.Options.Minimum
                    ? new PairGroup(column, group.Key, count, true, null, null, null, null)
                    : new PairGroup(column, group.Key, count, false, Rate.Of("accuracy", first.Accuracy(Among)), Rate.Of("accuracy", second.Accuracy(Among)),
                        McNemar.Of(first.Right.Zip(second.Right).Where((_, i) => Among(i))).ExactP, Areas(first, second, OrReference));
            }
        }
    }

    private static IEnumerable<string> Notes(List<Side> sides)
    {
        if (sides.Count > 2)
        {
            yield return $"{sides.Count - 1} comparisons with the first file: a p-value has to be {sides.Count - 1} times smaller than for one (Bonferroni).";
        }

        if (sides.Any(s => s.HasArea && s.Options.Threshold is null))
        {
            yield return "A threshold of 0.5 is assumed where none is given with --threshold.";
        }

        if (sides[0].File.Rows[0].Patient is null)
        {
            yield return "The first file has no column patient: tests and intervals take images of one patient as independent.";
        }
        else
        {
            yield return "DeLong, McNemar and z take images as independent; where a patient has many, believe the interval by patient.";
        }

        if (sides[0].File.Rows[0].Fold is not null)
        {
            yield return "Figures of one fold are not independent of each other: a Wilcoxon test over all figures together says less than its p-value.";
        }
    }
}
