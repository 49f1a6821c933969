using PacsAiWorker.Statistics.Confusion;
using PacsAiWorker.Statistics.Intervals;
using PacsAiWorker.Statistics.Roc;

namespace PacsAiWorker.Evaluation;

/// <summary>Answers among several classes.</summary>
internal static class ClassEvaluator
{
    /// <summary>Null where the file has one score for yes or no.</summary>
    public static ClassLevel? Of(PredictionFile file)
    {
        if (file.Classes.Count < 2)
        {
            return null;
        }

        var scored = file.Rows.Where(r => r.IsScored).ToList();
        var matrix = new ConfusionMatrix(file.Classes.Count, scored.Select(r => (Index(file, r.Truth), Answer(file, r))));
        IReadOnlyList<Rate> rates = [Rate.Of("top-1", matrix.Accuracy), .. file.HasScores && file.Classes.Count > 2 ? [Rate.Of("top-2", Top(file, scored, 2))] : (Rate[])[]];
        return new ClassLevel(
            file.Classes,
            [.. Enumerable.Range(0, matrix.Classes).Select(t => Enumerable.Range(0, matrix.Classes).Select(a => matrix[t, a]).ToArray())],
            rates, matrix.Kappa, matrix.Mcc,
            [.. file.Classes.Select((id, c) => Row(id, matrix.Against(c), file.HasScores ? [.. scored.Select(r => (r.Truth == id, r.Scores![c]))] : []))]);
    }

    /// <summary>Index of the class answered: of the highest score, the first of equals.</summary>
    public static int Answer(PredictionFile file, Prediction row) =>
        row.Scores is { } scores ? Enumerable.Range(0, scores.Length).First(c => TopK.Rank(scores, c) == 0) : Index(file, row.Label!);

    /// <summary>Share of rows answered right.</summary>
    public static Proportion Accuracy(PredictionFile file, IEnumerable<Prediction> rows)
    {
        var scored = rows.Where(r => r.IsScored).ToList();
        return new Proportion(scored.Count(r => file.Classes[Answer(file, r)] == r.Truth), scored.Count);
    }

    public static Proportion Top(PredictionFile file, IEnumerable<Prediction> scored, int k) =>
        TopK.Accuracy([.. scored.Select(r => ((IReadOnlyList<double>)r.Scores!, Index(file, r.Truth)))], k);

    private static ClassRow Row(string id, BinaryCounts counts, (bool Positive, double Score)[] cases) => new(
        id, Rate.Of("precision", counts.Precision), Rate.Of("recall", counts.Recall), Rate.Of("specificity", counts.Specificity), counts.F1,
        SubgroupComparison.Area(Evaluator.Side(cases, true), Evaluator.Side(cases, false)));

    private static int Index(PredictionFile file, string id) => file.Classes.ToList().IndexOf(id);
}
