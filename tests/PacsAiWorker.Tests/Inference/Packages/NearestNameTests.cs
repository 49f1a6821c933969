using PacsAiWorker.Inference.Packages;

namespace PacsAiWorker.Tests.Inference.Packages;

public sealed class NearestNameTests
{
    [Theory]
    [InlineData("treshold", "threshold")]
    [InlineData("modelkind", "modelKind")]
    [InlineData("intendUse", "intendedUse")]
    [InlineData("classes", null)]
    [InlineData("w", null)]
    public void The_nearest_name_is_proposed_and_none_when_nothing_is_near(string word, string? near) =>
        Assert.Equal(near, NearestName.Of(word, ["threshold", "modelKind", "intendedUse", "w", "h"]));
}
