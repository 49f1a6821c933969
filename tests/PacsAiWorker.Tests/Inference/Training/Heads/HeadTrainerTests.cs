using PacsAiWorker.Inference.Training.Heads;

namespace PacsAiWorker.Tests.Inference.Training.Heads;

public sealed class HeadTrainerTests
{
    [Fact]
    public void The_same_cases_and_seed_give_the_same_head_whatever_the_threads()
    {
        var cases = Cases(240, 40, 3, 1);
        var heads = ((int[])[1, 2, 5]).Select(threads => HeadTrainer.Train(cases, 3, new HeadOptions(Threads: threads))).ToList();
        Assert.All(heads, h => Assert.Equal(heads[0].Head.Weights, h.Head.Weights));
        Assert.All(heads, h => Assert.Equal(heads[0].Head.Bias, h.Head.Bias));
        Assert.NotEqual(heads[0].Head.Weights, HeadTrainer.Train(cases, 3, new HeadOptions(Seed: 2, L2: 0.5)).Head.Weights);
    }

    [Fact]
    public void Scale_and_place_of_a_feature_change_nothing_and_a_constant_one_has_no_weight()
    {
        var cases = Cases(150, 6, 2, 2);
        var moved = cases.Select(c => c with { Features = [.. c.Features.Select((v, j) => j == 5 ? 7 : 1000 * v + 30)] }).ToList();
        var plain = HeadTrainer.Train([.. cases.Select(c => c with { Features = [.. c.Features[..5], 7] })], 2, new HeadOptions(L2: 0.1)).Head;
        var head = HeadTrainer.Train(moved, 2, new HeadOptions(L2: 0.1)).Head;
        Assert.Equal((0, 0), (head.Weights[5], head.Weights[11]));
        foreach (var (one, other) in cases.Zip(moved))
            Assert.Equal(plain.Logits(one.Features)[1], head.Logits(other.Features)[1], 1e-3);
    }

    [Fact]
    public void Where_there_is_little_to_learn_validation_cases_choose_a_strong_penalty_and_where_much_a_weak_one()
    {
        var noise = HeadTrainer.Train(Cases(120, 300, 2, 3, apart: 0.02), 2, new HeadOptions());
        var clear = HeadTrainer.Train(Cases(600, 4, 2, 3, apart: 2.5), 2, new HeadOptions());
        Assert.True(noise.L2 > clear.L2, $"{noise.L2} and {clear.L2}");
        Assert.InRange(noise.Validation, 15, 35);
    }

    [Fact]
    public void Too_few_groups_for_a_validation_part_train_all_the_same_and_say_so()
    {
        var cases = Cases(60, 5, 2, 4).Select((c, i) => c with { Group = $"{i % 3}" }).ToList();
        Assert.Equal((0, false), (HeadTrainer.Train(cases, 2, new HeadOptions()).Validation, HeadTrainer.Train(cases, 2, new HeadOptions()).StoppedEarly));
    }

    [Fact]
    public void A_rare_class_is_heard_when_classes_count_alike()
    {
        var cases = Cases(400, 3, 2, 5, apart: 0.6).Where((c, i) => c.Label == 0 || i % 10 == 0).ToList();
        int Found(bool balanced)
        {
            var head = HeadTrainer.Train(cases, 2, new HeadOptions(0.01, balanced)).Head;
            return cases.Count(c => c.Label == 1 && head.Logits(c.Features) is [var no, var yes] && yes > no);
        }
        Assert.True(Found(true) > Found(false));
    }

    [Theory]
    [InlineData(3)]
    [InlineData(0.5)]
    public void Temperature_takes_back_what_overstates_or_understates(double factor)
    {
        // A die that shows class k with the probabilities of its logits.
        var random = new Random(6);
        var cases = Enumerable.Range(0, 20000).Select(_ =>
        {
            double[] logits = [random.NextDouble() * 4, random.NextDouble() * 4, 1];
            var p = Temperature.Softmax(logits, 1);
            var throwOf = random.NextDouble();
            return (Logits: (double[])[.. logits.Select(z => z * factor)], Label: throwOf < p[0] ? 0 : throwOf < p[0] + p[1] ? 1 : 2);
        }).ToList();
        Assert.Equal(factor, Temperature.Fit(cases), 0.05 * factor);
        Assert.Equal(1, Temperature.Fit([]));
    }

    internal static List<HeadCase> Cases(int cases, int features, int classes, int seed, double apart = 1)
    {
        var (rows, labels) = HeadData.Make(cases, features, classes, seed, apart);
        return [.. rows.Zip(labels, (row, label) => (row, label)).Select((c, i) => new HeadCase(c.row, c.label, $"patient {i / 2} {c.label}"))];
    }
}
