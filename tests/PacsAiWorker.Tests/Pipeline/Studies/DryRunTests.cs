using PacsAiWorker.Pipeline;
using PacsAiWorker.Pipeline.Studies;

namespace PacsAiWorker.Tests.Pipeline.Studies;

public sealed class DryRunTests
{
    private static readonly StudyRule Package = new("max", 0.61, "TP3");

    [Fact]
    public void An_empty_change_leaves_the_rule_as_it_is() => Assert.Equal(Package, ChangedRule.Parse("{}").On(Package));

    [Fact]
    public void A_threshold_takes_the_place_of_the_packages() => Assert.Equal(Package with { Threshold = 0.7 }, ChangedRule.Parse("""{ "threshold": 0.7 }""").On(Package));

    [Fact]
    public void Another_aggregation_takes_its_own_threshold_and_never_that_of_the_old_one()
    {
        Assert.Equal(Package with { Aggregation = "proportion", Threshold = 0.33 }, ChangedRule.Parse("""{ "aggregation": "proportion", "proportionThreshold": 0.33, "threshold": 0.7 }""").On(Package));
        Assert.Equal(Package with { Aggregation = "mean", Threshold = 0.5 }, ChangedRule.Parse("""{ "aggregation": "mean" }""").On(Package));
    }

    [Theory]
    [InlineData("""{ "threshold": 1.5 }""", "0 to 1")]
    [InlineData("""{ "proportionThreshold": -1 }""", "0 to 1")]
    [InlineData("""{ "aggregation": "median" }""", "max, mean or proportion")]
    [InlineData("""{ "treshold": 1 }""", "known are")]
    [InlineData("null", "empty")]
    [InlineData("threshold: 1", "not a rule")]
    public void What_is_wrong_with_a_rule_is_said(string json, string expected) =>
        Assert.Contains(expected, Assert.Throws<InvalidDataException>(() => ChangedRule.Parse(json)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_study_that_nothing_can_be_said_of_is_not_different()
    {
        Assert.False(new DryRunLine("1.2", null, null, 3).IsDifferent);
        Assert.True(new DryRunLine("1.2", null, Verdict(true), 0).IsDifferent);
        Assert.False(new DryRunLine("1.2", null, Verdict(false), 0).IsDifferent);
    }

    private static StudyVerdict Verdict(bool positive) => new(0.5, positive, 1, positive ? 1 : 0, "TP3", "");
}
