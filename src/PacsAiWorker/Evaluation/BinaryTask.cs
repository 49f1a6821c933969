using PacsAiWorker.Commands;
using PacsAiWorker.Statistics.Confusion;

namespace PacsAiWorker.Evaluation;

/// <summary>An image as a question of yes or no.</summary>
/// <param name="Row">Where it comes from.</param>
/// <param name="Positive">Whether it ought to be flagged.</param>
/// <param name="Score">Null where the file has labels only.</param>
/// <param name="Flagged">The answer.</param>
internal sealed record BinaryCase(Prediction Row, bool Positive, double? Score, bool Flagged)
{
    public bool IsRight => Positive == Flagged;

    /// <summary>Whose images resemble each other: patient, else study, else the image alone.</summary>
    public string Cluster => Row.Patient ?? Row.Study ?? $"line {Row.Line}";
}

/// <summary>The scored images of a file, seen as: to be flagged or not.</summary>
/// <param name="Threshold">Null where the file has labels only.</param>
/// <param name="Positive">Truths that are to be flagged.</param>
/// <param name="Cases">In the order of the file.</param>
internal sealed record BinaryTask(double? Threshold, IReadOnlyList<string> Positive, IReadOnlyList<BinaryCase> Cases)
{
    /// <summary>Whether an image ought to be flagged.</summary>
    public bool Truth(Prediction row) => Positive.Contains(row.Truth);

    public BinaryCounts Counts => Count(Cases);

    public bool AreProbabilities => Threshold is not null && Cases.All(c => c.Score is >= 0 and <= 1);

    public IEnumerable<(bool Positive, double Score)> Scored => Cases.Where(c => c.Score is not null).Select(c => (c.Positive, c.Score!.Value));

    public static BinaryCounts Count(IEnumerable<BinaryCase> cases) => cases.Aggregate(new BinaryCounts(), (counts, c) => counts.With(c.Positive, c.Flagged));

    /// <summary>The task, or null for three classes and more of which none is named positive.</summary>
    /// <exception cref="CommandException">It cannot be told what is positive, or the threshold does not suit the scores.</exception>
    public static BinaryTask? Of(PredictionFile file, EvaluationOptions options)
    {
        if (options.Threshold is { } asked && !double.IsFinite(asked))
        {
            throw new CommandException($"--threshold {asked}: write a number, such as 0.5");
        }

        if (options.Positive.Except(file.Classes.Count > 0 ? file.Classes : [.. file.Rows.Select(r => r.Truth)]).FirstOrDefault() is { } unknown)
        {
            throw new CommandException($"--positive {unknown}: {file.Path} has the classes {string.Join(", ", file.Classes.Count > 0 ? file.Classes : file.Rows.Select(r => r.Truth).Distinct().Order(StringComparer.Ordinal))}; name of these what is to be flagged");
        }

        var positive = options.Positive.Count > 0 ? options.Positive : file.Classes.Count is 0 || file.Classes.All(c => c is "0" or "1") ? ["1"] : [];
        if (positive.Count == 0)
        {
            return file.Classes.Count > 2 ? null
                : throw new CommandException($"{file.Path} has the classes {string.Join(" and ", file.Classes)}: say with --positive which of them is to be flagged");
        }

        if (options.Positive.Count == 0 && file.Rows.FirstOrDefault(r => r.Truth is not ("0" or "1")) is { } row)
        {
            throw new CommandException($"{file.Path}:{row.Line}, column truth: \"{row.Truth}\" is neither 1 nor 0; write one of them, or say with --positive which truth is to be flagged");
        }

        var scored = file.Rows.Where(r => r.IsScored).ToList();
        if (scored.Count == 0)
        {
            throw new CommandException($"{file.Path}: no image was scored; fill the score columns");
        }

        double? threshold = file.HasScores ? options.Threshold ?? 0.5 : null;
        var columns = positive.Select(p => Math.Max(0, file.Classes.ToList().IndexOf(p))).ToArray();
        BinaryCase[] cases = [.. scored.Select(r =>
        {
            double? score = r.Scores is { } scores ? Sum(scores, columns) : null;
            return new BinaryCase(r, positive.Contains(r.Truth), score, score is { } s ? s >= threshold : positive.Contains(r.Label!));
        })];
        if (options.Threshold is null && cases.FirstOrDefault(c => c.Score is < 0 or > 1) is { } far)
        {
            throw new CommandException($"{file.Path}:{far.Row.Line}: the score {far.Score} is no probability, so 0.5 means nothing; give --threshold");
        }

        return new BinaryTask(threshold, positive, cases);
    }

    /// <summary>Probabilities of several classes may add up to a little more than 1.</summary>
    private static double Sum(double[] scores, int[] columns) => columns.Sum(c => scores[c]) is var sum && columns.Length > 1 && sum is > 1 and < 1.000001 ? 1 : sum;
}
