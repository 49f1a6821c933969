using PacsAiWorker.Statistics.Confusion;
using PacsAiWorker.Statistics.Intervals;

namespace PacsAiWorker.Tests.Statistics.Golden;

/// <summary>Wang et al., Chinese Journal of Medical Ultrasound 2026: 468 and 94 images, a test set of 75 and 15.</summary>
public sealed class PilomatricomaTests
{
    private sealed record Network(string Name, BinaryCounts Counts, decimal[] Printed, decimal Score);

    private static readonly Network[] Networks =
    [
        new("AlexNet", new(75, 0, 2, 13), [97.4m, 100.0m, 98.7m, 86.7m], 3.9m),
        new("ResNet-18", new(74, 1, 4, 11), [94.9m, 98.7m, 96.7m, 73.3m], 3.7m),
        new("ResNet-50", new(72, 3, 1, 14), [98.6m, 96.0m, 97.3m, 93.3m], 3.7m),
        new("ResNet-101", new(75, 0, 3, 12), [96.2m, 100.0m, 98.0m, 80.0m], 3.8m),
    ];

    private static Network Of(string name) => Networks.Single(n => n.Name == name);

    [Theory]
    [InlineData("AlexNet", .974026, 1, .986842, .866667, 3.827535, .977778, .933333, .918780, .915493, 1)]
    [InlineData("ResNet-18", .948718, .986667, .967320, .733333, 3.636038, .944444, .860000, .789352, .782609, .916667)]
    [InlineData("ResNet-50", .986301, .960000, .972973, .933333, 3.852608, .955556, .946667, .850558, .848101, .823529)]
    [InlineData("ResNet-101", .961538, 1, .980392, .800000, 3.741931, .966667, .900000, .877058, .869565, 1)]
    public void Rates_follow_from_the_counts(string name, double p, double r, double f1, double sp, double score, double accuracy, double balanced, double mcc, double kappa, double npv)
    {
        var counts = Of(name).Counts;
        double?[] rates = [counts.Precision.Value, counts.Recall.Value, counts.F1, counts.Specificity.Value, counts.ComprehensiveScore, counts.Accuracy.Value, counts.BalancedAccuracy, counts.Mcc, counts.Kappa, counts.Npv.Value];
        Assert.Equal([p, r, f1, sp, score, accuracy, balanced, mcc, kappa, npv], rates.Select(x => Math.Round(x!.Value, 6)));
    }

    [Fact]
    public void Printed_rates_lead_to_one_small_test_set_and_its_double()
    {
        var found = new List<(int, int)>();
        for (var positives = 1; positives <= 150; positives++)
            for (var negatives = 1; negatives <= 30; negatives++)
                if (Networks.All(n => Fits(n, positives, negatives)))
                    found.Add((positives, negatives));
        Assert.Equal([(75, 15), (150, 30)], found);

        static bool Fits(Network network, int positives, int negatives) =>
            Reconstruction.Hits(positives, network.Printed[1]).Any(tp => Reconstruction.Hits(negatives, network.Printed[3]).Any(tn =>
            {
                var counts = new BinaryCounts(tp, positives - tp, negatives - tn, tn);
                return Reconstruction.Prints(counts.Precision.Value, network.Printed[0]) && Reconstruction.Prints(counts.F1, network.Printed[2]);
            }));
    }

    [Theory]
    [InlineData("AlexNet", 3.8, 3.9)]
    [InlineData("ResNet-18", 3.6, 3.7)]
    [InlineData("ResNet-50", 3.9, 3.9)]
    [InlineData("ResNet-101", 3.7, 3.8)]
    public void Scores_shorten_to_the_nearest_and_upwards(string name, double halfUp, double ceiling)
    {
        var score = Of(name).Counts.ComprehensiveScore!.Value;
        Assert.Equal(((decimal)halfUp, (decimal)ceiling), (Rounding.HalfUp.Shorten(score, 1), Rounding.Ceiling.Shorten(score, 1)));
    }

    [Fact]
    public void No_printed_score_is_rounded_to_the_nearest_three_are_rounded_up_and_one_is_neither()
    {
        var audit = new ReportedAudit([.. Networks.Select(n => AuditLine.Of(n.Name, n.Score, n.Counts.ComprehensiveScore))]);
        Assert.DoesNotContain(audit.Lines, l => l.Agrees);
        Assert.Equal("ResNet-50", Assert.Single(audit.Unexplained).Name);
        Assert.Equal([Rounding.Ceiling], audit.Common);
        Assert.False(audit.IsMixed);
    }

    [Fact]
    public void By_the_formula_ResNet_50_is_best_by_accuracy_and_correlation_AlexNet()
    {
        Assert.Equal("ResNet-50", Networks.MaxBy(n => n.Counts.ComprehensiveScore)!.Name);
        Assert.Equal("AlexNet", Networks.MaxBy(n => n.Counts.Accuracy.Value)!.Name);
        Assert.Equal("AlexNet", Networks.MaxBy(n => n.Counts.Mcc)!.Name);
    }

    [Theory]
    [InlineData("ResNet-18", 96.76, 96.7)]
    [InlineData("ResNet-101", 98.06, 98.0)]
    public void Printed_F1_comes_from_counts_not_from_printed_precision_and_recall(string name, double ofPrinted, double printed)
    {
        var network = Of(name);
        var (p, r) = ((double)network.Printed[0], (double)network.Printed[1]);
        Assert.Equal((decimal)ofPrinted, Rounding.HalfUp.Shorten(2 * p * r / (p + r), 2));
        Assert.Equal((decimal)printed, Rounding.HalfUp.Shorten(100 * network.Counts.F1!.Value, 1));
    }

    [Theory]
    [InlineData(13, 15, 62.12, 96.26, 59.54, 98.34)]
    [InlineData(11, 15, 48.05, 89.10, 44.90, 92.21)]
    [InlineData(14, 15, 70.18, 98.81, 68.05, 99.83)]
    [InlineData(12, 15, 54.81, 92.95, 51.91, 95.67)]
    [InlineData(75, 75, 95.13, 100, 95.20, 100)]
    [InlineData(74, 75, 92.83, 99.76, 92.79, 99.97)]
    [InlineData(72, 75, 88.89, 98.63, 88.75, 99.17)]
    public void Intervals_of_specificity_and_sensitivity(int k, int n, double wilsonLow, double wilsonHigh, double exactLow, double exactHigh)
    {
        var share = new Proportion(k, n);
        Assert.Equal((wilsonLow, wilsonHigh), Percent(share.Wilson()));
        Assert.Equal((exactLow, exactHigh), Percent(share.ClopperPearson()));
    }

    private static (double, double) Percent(Interval? interval) => (Math.Round(100 * interval!.Value.Low, 2), Math.Round(100 * interval.Value.High, 2));
}
