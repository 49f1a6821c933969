using PacsAiWorker.Pipeline.Studies;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Statistics.Studies;

namespace PacsAiWorker.Tests.Pipeline.Studies;

public sealed class StudyDeciderTests
{
    private static readonly ImageCounts AllScored = new(3, new Dictionary<string, int>());

    private static ModelRow Model(string aggregation, double threshold) => Rows.Model(aggregation, threshold);

    private static List<ScoreRow> Scores(params double[] probabilities) => [.. probabilities.Select(p => Rows.Score(Guid.NewGuid(), p, 0.5))];

    [Fact]
    public void One_image_above_threshold_flags_the_study_and_says_how_many()
    {
        var verdict = StudyDecider.Decide(Model("max", 0.5), Scores(0.1, 0.7, 0.5), AllScored);
        Assert.Equal((0.7, true, 3, 2, Priorities.Elevated), (verdict.Probability, verdict.IsPositive, verdict.Scored, verdict.Positive, verdict.Priority));
        Assert.Equal("2 of 3 images above threshold", verdict.Sentence);
    }

    /// <summary>Two projects that do not see each other hold the rule: what <c>model evaluate</c> predicts is what the line does.</summary>
    [Theory]
    [InlineData("max", 0.5, "max")]
    [InlineData("mean", 0.5, "mean")]
    [InlineData("proportion", 0.328, "proportion:0.328")]
    public void Studies_are_judged_as_an_evaluation_judges_them(string aggregation, double threshold, string evaluated)
    {
        var random = new Random(20261122);
        var evaluation = StudyAggregation.Parse(evaluated)!;
        for (var i = 0; i < 500; i++)
        {
            double[] scores = [.. Enumerable.Range(0, random.Next(1, 8)).Select(_ => Math.Round(random.NextDouble(), 1))];
            var (line, judged) = (StudyDecider.Decide(Model(aggregation, threshold), Scores(scores), AllScored), evaluation.Judge(scores, 0.5));
            Assert.Equal((judged.Score, judged.Flagged), (line.Probability, line.IsPositive));
        }
    }

    [Fact]
    public void A_negative_is_not_flagged_and_never_called_normal()
    {
        var verdict = StudyDecider.Decide(Model("max", 0.5), Scores(0.1), new ImageCounts(4, new Dictionary<string, int> { ["codec"] = 2, ["corrupt"] = 1 }));
        Assert.Equal("Not flagged by this model: 0 of 1 image above threshold; 3 not scored (codec 2, corrupt 1)", verdict.Sentence);
        Assert.Equal(Priorities.Routine, verdict.Priority);
        Assert.DoesNotContain("normal", verdict.Sentence, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Proportion rule of the gout paper's group: 3 of 10 is negative and 4 of 10 positive at 0.328.</summary>
    [Theory]
    [InlineData(3, false)]
    [InlineData(4, true)]
    public void The_share_of_images_decides_under_the_proportion_rule(int abnormal, bool positive)
    {
        var scores = Scores([.. Enumerable.Repeat(0.9, abnormal), .. Enumerable.Repeat(0.1, 10 - abnormal)]);
        Assert.Equal(positive, StudyDecider.Decide(Model("proportion", 0.328), scores, AllScored).IsPositive);
    }

    [Fact]
    public void Fewer_than_three_images_fall_back_from_proportion_to_the_highest() =>
        Assert.True(StudyDecider.Decide(Model("proportion", 0.9), Scores(0.6, 0.1), AllScored).IsPositive);

    [Fact]
    public void The_mean_is_compared_with_the_threshold() => Assert.False(StudyDecider.Decide(Model("mean", 0.5), Scores(0.9, 0.05), AllScored).IsPositive);

    [Fact]
    public void A_clip_counts_by_the_mean_of_its_three_highest_frames()
    {
        var clip = Guid.NewGuid();
        List<ScoreRow> Frames(params double[] probabilities) => [.. probabilities.Select(p => Rows.Score(clip, p, 0.5))];
        Assert.False(StudyDecider.Decide(Model("max", 0.5), Frames(0.9, 0.2, 0.2, 0.1), AllScored).IsPositive); // one outlier
        var flagged = StudyDecider.Decide(Model("max", 0.5), Frames(0.9, 0.6, 0.3, 0.0, 0.0, 0.0), AllScored); // still frames do not hide it
        Assert.Equal((true, 1, 1), (flagged.IsPositive, flagged.Positive, flagged.Scored));
        Assert.Equal(0.6, flagged.Probability!.Value, 9);
    }

    [Fact]
    public void Clips_scored_in_part_are_counted_in_the_sentence()
    {
        var counts = new ImageCounts(2, new Dictionary<string, int> { ["codec"] = 1 }, InPart: 1);
        Assert.Equal("Not flagged by this model: 0 of 1 image above threshold; 1 not scored (codec 1); 1 scored in part", StudyDecider.Decide(Model("max", 0.5), Scores(0.1), counts).Sentence);
    }

    [Fact]
    public void A_study_without_scores_says_why() =>
        Assert.Equal("Not assessed: 2 not scored (codec 2)", StudyDecider.NotAssessed(new ImageCounts(2, new Dictionary<string, int> { ["codec"] = 2 })));
}
