using PacsAiWorker.Statistics.Folds;

namespace PacsAiWorker.Tests.Statistics.Folds;

public sealed class FoldTests
{
    private static List<(string Group, int Class)> Patients(Random random, int patients = 60, int classes = 3) =>
    [
        .. Enumerable.Range(0, patients).SelectMany(p => Enumerable.Repeat(($"P{p}", p % 7 == 0 ? 2 : p % 2), random.Next(1, 9))),
    ];

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(5)]
    public void Each_patient_is_in_one_fold_and_each_fold_has_its_share_of_every_class(int folds)
    {
        for (var seed = 0; seed < 40; seed++)
        {
            var cases = Patients(new Random(seed));
            var plan = FoldPlan.Make(cases, folds, seed);
            Assert.Equal(cases.Count, plan.Length);
            Assert.All(plan, f => Assert.InRange(f, 0, folds - 1));
            Assert.All(cases.Zip(plan).GroupBy(c => c.First.Group), g => Assert.Single(g.Select(c => c.Second).Distinct()));
            var largest = cases.GroupBy(c => c.Group).Max(g => g.Count());
            foreach (var label in cases.Select(c => c.Class).Distinct())
                foreach (var fold in Enumerable.Range(0, folds))
                    Assert.InRange(cases.Zip(plan).Count(c => c.First.Class == label && c.Second == fold) - cases.Count(c => c.Class == label) / (double)folds, -largest, largest);
            Assert.Equal(plan, FoldPlan.Make(cases, folds, seed));
        }
    }

    [Fact]
    public void Another_seed_is_another_plan_and_the_order_of_the_cases_changes_nothing()
    {
        var cases = Patients(new Random(1));
        var plan = FoldPlan.Make(cases, 4, 1);
        Assert.NotEqual(plan, FoldPlan.Make(cases, 4, 2));
        var reversed = FoldPlan.Make([.. Enumerable.Reverse(cases)], 4, 1);
        Assert.Equal(plan, Enumerable.Reverse(reversed));
    }

    [Fact]
    public void More_folds_than_patients_of_a_class_are_refused_with_both_numbers()
    {
        var error = Assert.Throws<ArgumentException>(() => FoldPlan.Make([("A", 0), ("B", 0), ("C", 0), ("D", 1), ("D", 1), ("E", 1)], 3, 1));
        Assert.Contains("class 1 has 2 groups, too few for 3 folds", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Mean_and_deviation_leave_out_folds_where_a_figure_is_undefined()
    {
        Assert.Equal(new FoldFigure(3, 2, 1), FoldFigure.Of([1, 2, null, 3]));
        Assert.Equal(new FoldFigure(1, 5, null), FoldFigure.Of([5]));
        Assert.Equal(new FoldFigure(0, null, null), FoldFigure.Of([null]));
    }

    [Fact]
    public void What_two_sets_share_is_found()
    {
        LeakageFinding Only(LeakageSample a, LeakageSample b) => Assert.Single(LeakageDetector.Look([a, b]));
        Assert.True(Only(new("train", "7"), new("test", "7")) is { Fails: true, Count: 1 } patients && patients.Examples.Single() == "7");
        Assert.StartsWith("studies", Only(new("train", null, "1.2"), new("test", null, "1.2")).What, StringComparison.Ordinal);
        Assert.StartsWith("series", Only(new("train", null, null, "1.3"), new("test", null, null, "1.3")).What, StringComparison.Ordinal);
        Assert.True(Only(new("train", null, PixelHash: "aa", DifferenceHash: 1), new("test", null, PixelHash: "aa", DifferenceHash: 1)).Fails);
        Assert.False(Only(new("train", null, "1", DifferenceHash: 0b1111), new("test", null, "2", DifferenceHash: 0)).Fails);
        Assert.False(Only(new("train", "pat 07"), new("test", "PAT07")).Fails);
        Assert.False(Only(new("train", "007"), new("test", "7")).Fails);
    }

    [Fact]
    public void What_one_set_alone_holds_twice_or_is_not_known_is_no_leak()
    {
        Assert.Empty(LeakageDetector.Look([new("train", "7", "1.2", "1.3", "aa", 3), new("train", "7", "1.2", "1.3", "aa", 3), new("test", null), new("test", "8", DifferenceHash: 0b11111_000)]));
        Assert.False(Assert.Single(LeakageDetector.Look([], splitByImage: true)).Fails);
    }
}
