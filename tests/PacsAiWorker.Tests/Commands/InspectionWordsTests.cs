using PacsAiWorker.Commands;
using PacsAiWorker.Inference;

namespace PacsAiWorker.Tests.Commands;

public sealed class InspectionWordsTests
{
    private static string Line(string name, int? age = 7, bool childrenOnly = false)
    {
        var inspection = new InstanceInspection(true, null, null, ["kidney"], [new("skin", new(() => "skin takes patients of 18 years or younger, this one is not"))],
            ImageFacts.None with { AgeYears = age }, [])
        {
            View = "unknown (abdominal-views; may be kidney, liver)",
        };
        return InspectionWords.Rows(inspection, new TierRead(1, "urgent", "set for the caller"), childrenOnly).Single(r => r[0] == name)[1];
    }

    [Fact]
    public void Each_package_stands_there_with_whether_it_applies_and_why_not()
    {
        Assert.Equal("kidney", Line("Models that apply"));
        Assert.Equal("skin takes patients of 18 years or younger, this one is not", Line("Not skin"));
    }

    [Theory]
    [InlineData(7, false, "7 years")]
    [InlineData(1, false, "1 year")]
    [InlineData(null, false, "unknown")]
    [InlineData(null, true, "unknown, its caller sends children only")]
    public void The_age_is_told_in_years_or_as_unknown(int? age, bool childrenOnly, string words) => Assert.Equal(words, Line("Age", age, childrenOnly));

    [Fact]
    public void The_tier_says_where_it_comes_from_and_the_view_what_it_may_be()
    {
        Assert.Equal("1 urgent, set for the caller", Line("Tier"));
        Assert.Contains("may be kidney, liver", Line("View"), StringComparison.Ordinal);
    }
}
