using PacsAiWorker.Inference;

namespace PacsAiWorker.Tests.Inference;

public sealed class ScoreReplayTests
{
    private static readonly ScoreEvidence Recorded = new("package", "runtime", "0,0 to 9,9", "rule", "input", [1, 2]);

    [Fact]
    public void What_is_the_same_is_said_to_be() => Assert.All(ScoreReplay.Compare(Recorded, Recorded with { Logits = [1, 2] }), l => Assert.True(l.IsSame));

    [Fact]
    public void Each_difference_is_named_alone()
    {
        Assert.Equal(["package"], Different(Recorded with { Identity = "other" }));
        Assert.Equal(["runtime"], Different(Recorded with { Runtime = "other" }));
        Assert.Equal(["crop"], Different(Recorded with { Crop = "0,0 to 9,8" }));
        Assert.Equal(["pre-processing"], Different(Recorded with { Preprocessing = "other" }));
        Assert.Equal(["network input (SHA-256)"], Different(Recorded with { InputSha256 = "other" }));
        Assert.Equal(["raw values"], Different(Recorded with { Logits = [1, MathF.BitIncrement(2)] }));
    }

    [Fact]
    public void A_crop_that_is_not_computed_again_is_not_compared() => Assert.Empty(Different(Recorded with { Crop = null }));

    [Fact]
    public void A_replay_at_another_precision_says_so_and_an_older_score_is_not_blamed()
    {
        const string Then = "ONNX Runtime 1, CPU, fp32, library a";
        var line = Assert.Single(ScoreReplay.Compare(Recorded with { Runtime = Then }, Recorded with { Runtime = Then.Replace("fp32", "int8", StringComparison.Ordinal) }), l => !l.IsSame);
        Assert.Equal(("precision", "fp32", "int8"), (line.What, line.Recorded, line.Now));
        Assert.All(ScoreReplay.Compare(Recorded with { Runtime = "ONNX Runtime 1, CPU, library a" }, Recorded with { Runtime = Then }), l => Assert.True(l.IsSame));
    }

    [Fact]
    public void Another_placement_or_other_options_are_told_and_an_older_score_is_not_blamed()
    {
        const string Then = "ONNX Runtime 1, CPU, fp32, library a, options b, placement c";
        Assert.Equal(["options"], Different(Then, Then.Replace("options b", "options x", StringComparison.Ordinal)));
        Assert.Equal(["placement"], Different(Then, Then.Replace("placement c", "placement x", StringComparison.Ordinal)));
        Assert.Empty(Different("ONNX Runtime 1, CPU, library a", Then));

        static IEnumerable<string> Different(string then, string now) =>
            ScoreReplay.Compare(Recorded with { Runtime = then }, Recorded with { Runtime = now }).Where(l => !l.IsSame).Select(l => l.What);
    }

    [Fact]
    public void The_size_of_a_difference_is_said() =>
        Assert.Contains("largest difference 0.5", ScoreReplay.Compare(Recorded, Recorded with { Logits = [1, 2.5f] })[^1].Now, StringComparison.Ordinal);

    private static IEnumerable<string> Different(ScoreEvidence now) => ScoreReplay.Compare(Recorded, now).Where(l => !l.IsSame).Select(l => l.What);
}
