using PacsAiWorker.Inference.Training;
using PacsAiWorker.Inference.Training.Heads;
using PacsAiWorker.Statistics.Roc;
using PacsAiWorker.Tests.Inference.Training.Heads;

namespace PacsAiWorker.Tests.Inference.Training;

public sealed class CrossValidationTests
{
    [Fact]
    public void Labels_without_meaning_give_an_area_of_one_half_though_the_shipped_head_knows_them_by_heart()
    {
        var cases = Cases(200, 400, apart: 0);
        var outcome = CrossValidation.Run(cases, 2, 5, new HeadOptions(L2: 0.001));
        Assert.InRange(Area(cases, i => outcome.Probabilities[i][0][1]), 0.38, 0.62);
        Assert.InRange(Area(cases, i => outcome.Final.Head.Logits(cases[i].Features)[1]), 0.9, 1);
    }

    [Fact]
    public void Groups_stay_together_and_test_cases_are_in_no_fold_and_judged_by_the_shipped_head()
    {
        var cases = Cases(160, 6, apart: 1).Select((c, i) => c with { IsTest = i >= 120 }).ToList();
        var outcome = CrossValidation.Run(cases, 2, 4, new HeadOptions(L2: 0.01));
        Assert.All(cases.Zip(outcome.FoldOf).Where(c => !c.First.IsTest).GroupBy(c => c.First.Group), g => Assert.Single(g.Select(c => c.Second).Distinct()));
        Assert.Equal(4, outcome.Folds.Count);
        for (var i = 120; i < 160; i++)
        {
            Assert.Equal(-1, outcome.FoldOf[i]);
            Assert.Equal(Temperature.Softmax(outcome.Final.Head.Logits(cases[i].Features), outcome.Temperature), outcome.Probabilities[i][0]);
        }
    }

    [Fact]
    public void Test_cases_change_neither_head_nor_temperature()
    {
        var cases = Cases(160, 6, apart: 1).Select((c, i) => c with { IsTest = i >= 120 }).ToList();
        var other = cases.Select(c => c.IsTest ? c with { Label = 1 - c.Label, Frames = [[.. c.Frames[0].Select(v => -3 * v)]] } : c).ToList();
        var (one, two) = (CrossValidation.Run(cases, 2, 4, new HeadOptions()), CrossValidation.Run(other, 2, 4, new HeadOptions()));
        Assert.Equal(one.Final.Head.Weights, two.Final.Head.Weights);
        Assert.Equal(one.Temperature, two.Temperature);
    }

    [Fact]
    public void A_clip_counts_once_and_every_frame_is_judged()
    {
        var cases = Cases(60, 4, apart: 2);
        cases[0] = cases[0] with { Frames = [[0, 0, 0, 0], [2, 4, 6, 8]] };
        Assert.Equal([1, 2, 3, 4], cases[0].Features);
        Assert.Equal(2, CrossValidation.Run(cases, 2, 3, new HeadOptions(L2: 0.1)).Probabilities[0].Length);
    }

    [Fact]
    public void An_operating_point_lies_between_two_scores()
    {
        (bool, double)[] cases = [(true, 0.9), (true, 0.7), (false, 0.5), (true, 0.4), (false, 0.3), (false, 0.2), (false, 0.1)];
        Assert.Equal(0.35, OperatingPoint.Find(cases, null).Threshold, 12);
        Assert.Equal(0.35, OperatingPoint.Find(cases, 0.66).Threshold, 12);
        Assert.Equal(0.6, OperatingPoint.Find(cases, 0.9).Threshold, 12);
        Assert.Contains("0.9 specificity", OperatingPoint.Find(cases, 0.9).Source, StringComparison.Ordinal);
    }

    [Fact]
    public void Scores_that_order_nothing_are_flagged_from_one_half_and_it_is_said()
    {
        Assert.Equal(0.5, OperatingPoint.Find([(true, 0.2), (false, 0.8)], null).Threshold);
        Assert.Contains("order nothing", OperatingPoint.Find([(true, 0.2), (false, 0.8)], null).Source, StringComparison.Ordinal);
        Assert.Contains("one kind", OperatingPoint.Find([(true, 0.2)], null).Source, StringComparison.Ordinal);
        Assert.Equal(0.9, OperatingPoint.Find([(true, 0.2), (false, 0.8)], 0.9).Threshold, 12);
    }

    private static double Area(List<TrainingCase> cases, Func<int, double> score) => RocCurve.Of([.. cases.Select((c, i) => (c.Label == 1, score(i)))])!.Auc;

    private static List<TrainingCase> Cases(int cases, int features, double apart) =>
        [.. HeadTrainerTests.Cases(cases, features, 2, 7, apart).Select(c => new TrainingCase(c.Group, c.Label, false, [c.Features]))];
}
