using PacsAiWorker.Statistics.Confusion;

namespace PacsAiWorker.Tests.Statistics.Confusion;

public sealed class ConfusionTests
{
    [Fact]
    public void What_divides_nothing_by_nothing_is_not_known()
    {
        var none = new BinaryCounts();
        Assert.All(new double?[] { none.Precision.Value, none.Recall.Value, none.Specificity.Value, none.Npv.Value, none.Accuracy.Value, none.F1, none.BalancedAccuracy, none.Mcc, none.Kappa, none.ComprehensiveScore }, Assert.Null);
        var neverFlagged = new BinaryCounts(0, 3, 0, 5);
        Assert.Null(neverFlagged.Precision.Value);
        Assert.Null(neverFlagged.Mcc);
        Assert.Null(neverFlagged.ComprehensiveScore);
        Assert.Equal(0, neverFlagged.F1);
        Assert.Equal(0, neverFlagged.Kappa);
        Assert.Null(new ConfusionMatrix(3, []).Kappa);
        Assert.Null(new ConfusionMatrix(2, [(0, 0), (0, 0)]).Kappa);
        Assert.Null(new ConfusionMatrix(2, [(0, 0), (0, 1)]).Mcc);
    }

    [Fact]
    public void Two_classes_are_a_matrix_of_two()
    {
        var random = new Random(3);
        for (var round = 0; round < 200; round++)
        {
            (int Truth, int Answer)[] answers = [.. Enumerable.Range(0, 40).Select(_ => (random.Next(2), random.Next(5) / 3))];
            var matrix = new ConfusionMatrix(2, answers);
            var counts = BinaryCounts.At(1, answers.Select(a => (a.Truth == 1, (double)a.Answer)));
            Assert.Equal(counts, matrix.Against(1));
            Assert.Equal(counts.Accuracy, matrix.Accuracy);
            Near(counts.Kappa, matrix.Kappa);
            Near(counts.Mcc, matrix.Mcc);
        }

        static void Near(double? one, double? other)
        {
            Assert.Equal(one is null, other is null);
            Assert.Equal(one ?? 0, other ?? 0, 12);
        }
    }

    [Fact]
    public void A_class_that_is_none_is_refused_by_its_number() =>
        Assert.Contains("answer 3", Assert.Throws<ArgumentException>(() => new ConfusionMatrix(3, [(0, 3)])).Message, StringComparison.Ordinal);

    [Fact]
    public void Of_equal_scores_the_first_class_comes_first()
    {
        double[] scores = [.2, .4, .4];
        Assert.Equal([2, 0, 1], Enumerable.Range(0, 3).Select(c => TopK.Rank(scores, c)));
        Assert.Equal((1, 2), (TopK.Accuracy([(scores, 1), (scores, 2)], 1).Numerator, TopK.Accuracy([(scores, 1), (scores, 2)], 2).Numerator));
    }

    [Fact]
    public void Pooled_folds_add_their_counts() => Assert.Equal(new BinaryCounts(5, 7, 9, 11), new BinaryCounts(1, 2, 3, 4) + new BinaryCounts(4, 5, 6, 7));
}
