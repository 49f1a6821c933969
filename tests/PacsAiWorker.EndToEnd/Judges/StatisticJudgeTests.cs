using PacsAiWorker.EndToEnd.Servers;
using PacsAiWorker.Statistics;
using PacsAiWorker.Statistics.Calibration;
using PacsAiWorker.Statistics.Confusion;
using PacsAiWorker.Statistics.Drift;
using PacsAiWorker.Statistics.Intervals;
using PacsAiWorker.Statistics.Paired;
using PacsAiWorker.Statistics.Roc;
using Xunit;

namespace PacsAiWorker.EndToEnd.Judges;

/// <summary>Random cases with ties and few positives: our figures are those of the libraries that papers are written with.</summary>
public sealed class StatisticJudgeTests : IDisposable
{
    private const double Most = 1e-9;
    private readonly TempFolder folder = new("statistics");
    private readonly StatisticQuestions questions = new(11);

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Figures_are_those_of_scipy_scikit_learn_and_statsmodels()
    {
        var answers = await StatisticJudge.PythonAsync(questions, folder.Path);
        foreach (var (cases, their) in questions.Roc.Zip(answers.Roc))
            OfOneScore(cases.Pairs, their);
        foreach (var (cases, their) in questions.Classes.Zip(answers.Classes))
            OfClasses(cases, their);
        foreach (var (differences, their) in questions.Wilcoxon.Zip(answers.Wilcoxon))
            OfDifferences(differences, their);
        foreach (var (counts, their) in questions.Shares.Zip(answers.Shares))
            OfShares(counts, their);
        foreach (var (counts, their) in questions.Discordant.Zip(answers.Discordant))
            OfDiscordant(new(counts[0], counts[1]), their);
        foreach (var (z, their) in questions.Normal.Zip(answers.Normal))
        {
            Near(1, SpecialFunctions.NormalCdf(z) / their[0]);
            Near(1, SpecialFunctions.Erfc(Math.Abs(z)) / their[1]);
        }
        foreach (var (x, their) in questions.Beta.Zip(answers.Beta))
            Near(their, SpecialFunctions.Beta(x[0], x[1], x[2]));
        Assert.Contains(answers.Wilcoxon, w => w.Exact is not null);
    }

    [Fact]
    public async Task Areas_and_their_comparison_are_those_of_pROC()
    {
        var answers = await StatisticJudge.ProcAsync(questions, folder.Path);
        Assert.Equal(questions.Roc.Count, answers.Count);
        foreach (var (cases, their) in questions.Roc.Zip(answers))
        {
            var ours = DeLong.Compare((cases.Positives(cases.A), cases.Negatives(cases.A)), (cases.Positives(cases.B), cases.Negatives(cases.B)));
            Near(their.Auc, ours.First.Auc);
            Near(their.Variance, ours.First.Variance);
            Near(their.Low, ours.First.Low);
            Near(their.High, ours.First.High);
            Near(their.Covariance, ours.Covariance);
            Near(their.Z, ours.Z);
            Near(their.P, ours.P);
            Near(their.Partial, RocCurve.Of(cases.Pairs)!.PartialAuc(.2));
        }
    }

    private static void OfOneScore((bool Positive, double Score)[] cases, PythonRoc their)
    {
        var curve = RocCurve.Of(cases)!;
        var counts = BinaryCounts.At(StatisticQuestions.Threshold, cases);
        Near(their.Auc, curve.Auc);
        Near(their.Partial, curve.StandardisedPartialAuc(.2));
        Near(their.Precision, counts.Precision.Value ?? 0); // where nothing is flagged they say 0, we say unknown
        Near(their.Recall, counts.Recall.Value);
        Near(their.F1, counts.F1);
        Near(their.Balanced, counts.BalancedAccuracy);
        Near(their.Mcc, counts.Mcc ?? 0);
        Near(their.Kappa, counts.Kappa);
        Near(their.Brier, Reliability.Brier(cases));
        var apart = KolmogorovSmirnov.Compare([.. cases.Where(c => c.Positive).Select(c => c.Score)], [.. cases.Where(c => !c.Positive).Select(c => c.Score)])!.Value;
        Near(their.Distance, apart.Distance);
        Near(their.Same, apart.P);
        var bins = Reliability.Bins(cases).Where(b => b.MeanProbability is not null).ToArray();
        Assert.Equal(their.Mean.Length, bins.Length);
        foreach (var (bin, mean, observed) in bins.Zip(their.Mean, their.Observed))
        {
            Near(mean, bin.MeanProbability);
            Near(observed, bin.Observed.Value);
        }
    }

    private static void OfClasses(ClassCases cases, PythonClasses their)
    {
        var matrix = new ConfusionMatrix(cases.Scores[0].Length, cases.Truth.Zip(cases.Scores, (t, s) => (t, Enumerable.Range(0, s.Length).Single(c => TopK.Rank(s, c) == 0))));
        for (var t = 0; t < matrix.Classes; t++)
            for (var a = 0; a < matrix.Classes; a++)
                Assert.Equal(their.Confusion[t][a], matrix[t, a]);
        Near(their.Kappa, matrix.Kappa);
        Near(their.Mcc, matrix.Mcc);
        Near(their.Top2, TopK.Accuracy([.. cases.Scores.Zip(cases.Truth, (s, t) => ((IReadOnlyList<double>)s, t))], 2).Value);
        Near(their.Entropy, Reliability.Entropy(cases.Scores[0]));
    }

    private static void OfDifferences(double[] differences, PythonWilcoxon their)
    {
        if (their.Exact is { } exact)
            Near(exact, WilcoxonSignedRank.Test(differences, WilcoxonMethod.Exact).P);
        Near(their.Wilcox, WilcoxonSignedRank.Test(differences, WilcoxonMethod.Normal).P);
        Near(their.Corrected, WilcoxonSignedRank.Test(differences, WilcoxonMethod.Normal, continuity: true).P);
        Near(their.Pratt, WilcoxonSignedRank.Test(differences, WilcoxonMethod.Normal, ZeroRule.Pratt).P);
    }

    private static void OfShares(int[] counts, PythonShares their)
    {
        Proportion first = new(counts[0], counts[1]), second = new(counts[2], counts[3]);
        Near(their.Wilson[0], first.Wilson()!.Value.Low);
        Near(their.Wilson[1], first.Wilson()!.Value.High);
        Near(their.Exact[0], first.ClopperPearson()!.Value.Low);
        Near(their.Exact[1], first.ClopperPearson()!.Value.High);
        var test = TwoProportions.Compare(first, second);
        Assert.Equal(their.Z is null, test.Z is null);
        Near(their.Z ?? 0, test.Z ?? 0);
        Near(their.P ?? 0, test.P ?? 0);
    }

    private static void OfDiscordant(McNemar ours, PythonDiscordant their)
    {
        Near(their.Exact, ours.ExactP);
        Near(their.Chi, ours.ChiSquare);
        Near(their.P, ours.P);
        // statsmodels lets |b − c| − 1 become −1 where both are equal: a distance below 0, which we do not count.
        if (ours.FirstOnly != ours.SecondOnly)
        {
            Near(their.CorrectedChi, ours.CorrectedChiSquare);
            Near(their.CorrectedP, ours.CorrectedP);
        }
    }

    private static void Near(double expected, double? actual)
    {
        Assert.NotNull(actual);
        Assert.InRange(actual.Value - expected, -Most, Most);
    }
}
