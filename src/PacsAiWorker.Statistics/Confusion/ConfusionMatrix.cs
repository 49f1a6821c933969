using PacsAiWorker.Statistics.Intervals;

namespace PacsAiWorker.Statistics.Confusion;

/// <summary>Counts of k classes: rows are the truth, columns the answer.</summary>
public sealed class ConfusionMatrix
{
    private readonly int[,] counts;

    /// <param name="classes">Number of classes.</param>
    /// <param name="answers">Truth and answer of each case, as class indices.</param>
    /// <exception cref="ArgumentException">An index is not one of the classes.</exception>
    public ConfusionMatrix(int classes, IEnumerable<(int Truth, int Answer)> answers)
    {
        counts = new int[classes, classes];
        foreach (var (truth, answer) in answers)
        {
            if ((uint)truth >= classes || (uint)answer >= classes)
                throw new ArgumentException($"truth {truth}, answer {answer}: classes are 0 to {classes - 1}", nameof(answers));
            counts[truth, answer]++;
            Total++;
            if (truth == answer)
                Correct++;
        }
    }

    public int Classes => counts.GetLength(0);

    public int Total { get; }

    public int Correct { get; }

    public int this[int truth, int answer] => counts[truth, answer];

    public Proportion Accuracy => new(Correct, Total);

    /// <summary>Cases of one class.</summary>
    public int OfTruth(int truth) => Enumerable.Range(0, Classes).Sum(answer => counts[truth, answer]);

    /// <summary>Answers of one class.</summary>
    public int OfAnswer(int answer) => Enumerable.Range(0, Classes).Sum(truth => counts[truth, answer]);

    /// <summary>One class against the rest.</summary>
    public BinaryCounts Against(int positive)
    {
        int tp = counts[positive, positive], fn = OfTruth(positive) - tp, fp = OfAnswer(positive) - tp;
        return new BinaryCounts(tp, fn, fp, Total - tp - fn - fp);
    }

    /// <summary>Agreement beyond chance (Cohen, Educational and Psychological Measurement 1960); null where chance alone agrees always.</summary>
    public double? Kappa
    {
        get
        {
            double total = Total, chance = Marginals((truths, answers) => truths * answers);
            return Total == 0 || chance == total * total ? null : (Correct * total - chance) / (total * total - chance);
        }
    }

    /// <summary>Matthews' correlation for k classes (Gorodkin, Computational Biology and Chemistry 2004); null where truth or answer never varies.</summary>
    public double? Mcc
    {
        get
        {
            double square = (double)Total * Total, truths = square - Marginals((t, _) => t * t), answers = square - Marginals((_, a) => a * a);
            return truths * answers == 0 ? null : ((double)Correct * Total - Marginals((t, a) => t * a)) / Math.Sqrt(truths * answers);
        }
    }

    private double Marginals(Func<double, double, double> product) => Enumerable.Range(0, Classes).Sum(c => product(OfTruth(c), OfAnswer(c)));
}
