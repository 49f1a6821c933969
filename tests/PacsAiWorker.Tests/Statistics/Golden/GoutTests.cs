using PacsAiWorker.Statistics;
using PacsAiWorker.Statistics.Confusion;
using PacsAiWorker.Statistics.Intervals;

namespace PacsAiWorker.Tests.Statistics.Golden;

/// <summary>Du et al., Chinese Journal of Ultrasonography 2024: a test set of 817 and 799 images.</summary>
public sealed class GoutTests
{
    private static readonly BinaryCounts Single = new(683, 134, 93, 706), Multiple = new(673, 144, 73, 726);

    [Theory]
    [InlineData(false, .859530, .835985, .883605, .880155, .840476, .857502, .720110, .719183)]
    [InlineData(true, .865718, .823745, .908636, .902145, .834483, .861164, .734501, .731665)]
    public void Rates_follow_from_the_counts(bool multiple, double accuracy, double sensitivity, double specificity, double ppv, double npv, double f1, double mcc, double kappa)
    {
        var counts = multiple ? Multiple : Single;
        double?[] rates = [counts.Accuracy.Value, counts.Recall.Value, counts.Specificity.Value, counts.Precision.Value, counts.Npv.Value, counts.F1, counts.Mcc, counts.Kappa];
        Assert.Equal([accuracy, sensitivity, specificity, ppv, npv, f1, mcc, kappa], rates.Select(x => Math.Round(x!.Value, 6)));
    }

    [Fact]
    public void Printed_rates_lead_to_one_test_set_of_two_fifths()
    {
        Assert.True(Reconstruction.Prints(Single.Accuracy.Value, 85.95m) && Reconstruction.Prints(Single.Recall.Value, 83.60m) && Reconstruction.Prints(Single.Specificity.Value, 88.36m));
        Assert.True(Reconstruction.Prints(Multiple.Accuracy.Value, 86.57m) && Reconstruction.Prints(Multiple.Recall.Value, 82.37m) && Reconstruction.Prints(Multiple.Specificity.Value, 90.86m));
        var found = new List<(int, int)>();
        for (var positives = 816 - 20; positives <= 816 + 20; positives++) // 40 % of 2040 and of 1992, a percent up or down
            for (var negatives = 797 - 20; negatives <= 797 + 20; negatives++)
                if (Fits(positives, negatives, 83.60m, 88.36m, 85.95m) && Fits(positives, negatives, 82.37m, 90.86m, 86.57m))
                    found.Add((positives, negatives));
        Assert.Equal([(817, 799)], found);

        static bool Fits(int positives, int negatives, decimal sensitivity, decimal specificity, decimal accuracy) => Reconstruction.Hits(positives, sensitivity)
            .Any(tp => Reconstruction.Hits(negatives, specificity).Any(tn => Reconstruction.Prints((tp + tn) / (double)(positives + negatives), accuracy)));
    }

    [Theory]
    [InlineData(683, 817, 80.90, 85.98)]
    [InlineData(673, 817, 79.61, 84.83)]
    [InlineData(706, 799, 85.95, 90.40)]
    [InlineData(726, 799, 88.67, 92.67)]
    public void Wilson_intervals(int k, int n, double low, double high)
    {
        var interval = new Proportion(k, n).Wilson()!.Value;
        Assert.Equal((low, high), (Math.Round(100 * interval.Low, 2), Math.Round(100 * interval.High, 2)));
    }

    [Fact]
    public void The_printed_Z_gives_the_printed_p() => Assert.Equal(.617075, SpecialFunctions.NormalTwoSided(-0.50), 6);
}
