using PacsAiWorker.Commands;
using PacsAiWorker.Evaluation;
using PacsAiWorker.Statistics.Paired;

namespace PacsAiWorker.Tests.Evaluation;

public sealed class ComparerTests : IDisposable
{
    private readonly TempCsv csv = new();

    public void Dispose() => csv.Dispose();

    private ComparisonReport Compare(EvaluationOptions options, params string[] files) =>
        Comparer.Compare([.. files.Select((text, i) => csv.Read(text, $"{(char)('a' + i)}.csv"))], [.. files.Select(_ => options)]);

    private static string Rows(Func<int, double> score, int count = 40, string header = "image,patient,truth,score,fold,view") =>
        $"{header}\n" + string.Concat(Enumerable.Range(0, count).Select(i => $"i{i},p{i / 2},{i % 2},{score(i):0.####},{i % 4},{(i < 30 ? "long" : "cross")}\n"));

    [Fact]
    public void Two_files_are_compared_on_the_images_that_both_have_in_any_order()
    {
        var first = Rows(i => i % 2 == 1 ? .6 + i / 200.0 : .4 - i / 200.0);
        var second = Rows(i => i % 8 == 1 ? .3 : i % 2 == 1 ? .7 : i % 10 == 0 ? .55 : .2).Split('\n');
        var report = Compare(new EvaluationOptions { Draws = 100 }, first, string.Join('\n', [second[0], .. second.Skip(1).Take(38).Reverse(), ""]));
        var pair = Assert.Single(report.Pairs);
        Assert.Equal((38, 2), (report.Images, report.LeftOut));
        Assert.Equal((9, 0), (pair.McNemar.FirstOnly, pair.McNemar.SecondOnly)); // 1, 9, 17, 25, 33 and 0, 10, 20, 30
        Assert.Equal(2 * Math.Pow(.5, 9), pair.McNemar.ExactP, 12);
        Assert.Equal(1, pair.DeLong!.First.Auc);
        var accuracy = pair.Differences.Single(d => d.Name == "accuracy");
        Assert.Equal(9 / 38.0, accuracy.Value!.Value, 12);
        Assert.True(accuracy.ByPatient!.Value.Contains(9 / 38.0));
        Assert.Equal([("long", false), ("cross", true)], pair.Groups.Select(g => (g.Value, g.TooFew)).OrderByDescending(g => g.Value));
        var all = pair.Folds.Single(f => f.Name == "accuracy");
        Assert.Equal(WilcoxonMethod.Exact, all.Test.Method);
        Assert.True(all.Test.P >= all.LeastAttainable);
    }

    [Fact]
    public void A_file_equal_to_the_first_differs_in_nothing()
    {
        var pair = Compare(new EvaluationOptions { Draws = 20 }, Rows(i => i % 3 / 3.0), Rows(i => i % 3 / 3.0)).Pairs.Single();
        Assert.Equal((0, null, 1, 1), (pair.DeLong!.Difference, pair.DeLong.Z, pair.McNemar.ExactP, pair.Agreement));
        Assert.All(pair.Differences, d => Assert.Equal(0, d.Value));
        Assert.All(pair.Folds, f => Assert.Null(f.Test.P));
    }

    [Fact]
    public void A_reader_is_compared_with_a_network_by_class()
    {
        const string Network = "image,truth,score_kidney,score_liver,score_spleen\n1,kidney,.8,.1,.1\n2,liver,.6,.3,.1\n3,spleen,.1,.2,.7\n4,liver,.1,.8,.1\n";
        const string Reader = "image,truth,label\n1,kidney,kidney\n2,liver,liver\n3,spleen,liver\n4,liver,kidney\n";
        var report = Compare(new EvaluationOptions { Draws = 20 }, Network, Reader);
        var pair = report.Pairs.Single();
        Assert.Equal((2, 1, null), (pair.McNemar.FirstOnly, pair.McNemar.SecondOnly, pair.DeLong));
        Assert.Equal([3, 2], report.Ranking.Select(r => r.Accuracy.Numerator));
        Assert.Equal(4, report.Ranking[0].Top2!.Numerator);
        Assert.NotNull(pair.Agreement);
        Assert.DoesNotContain("NaN", ComparisonPage.Of(report), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("truth,score\n1,.5\n", "column image is missing")]
    [InlineData("image,truth,score\nj,1,.5\n", "no scored image in common")]
    [InlineData("image,truth,score\ni,0,.5\n", "column truth: \"0\", but")]
    public void Files_of_other_images_or_another_truth_are_refused(string second, string error) => Assert.Contains(error,
        Assert.Throws<CommandException>(() => Compare(new EvaluationOptions(), "image,truth,score\ni,1,.5\n", second)).Message, StringComparison.Ordinal);

    [Fact]
    public void More_than_two_files_are_told_to_ask_more_of_their_p_values() => Assert.Contains("2 times smaller",
        Compare(new EvaluationOptions { Draws = 10 }, Rows(i => i / 40.0), Rows(i => i % 5 / 5.0), Rows(i => i % 7 / 7.0)).Notes[0], StringComparison.Ordinal);
}
