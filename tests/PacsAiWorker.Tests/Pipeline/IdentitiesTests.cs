using PacsAiWorker.Pipeline;

namespace PacsAiWorker.Tests.Pipeline;

public sealed class IdentitiesTests
{
    private static string Digest(params string?[] values) => Identities.Digest("1.2.3", values);

    [Fact]
    public void Images_that_name_the_same_patient_agree() => Assert.False(Identities.Conflict([Digest("A", null, "19800101", "F", "1"), Digest("A ", "", "19800101", "F", "1")]));

    [Fact]
    public void An_image_that_is_silent_agrees_with_all() => Assert.False(Identities.Conflict([Digest("A", null, "19800101", "F", "1"), Digest("A", null, null, null, null)]));

    [Theory]
    [InlineData("B", "19800101", "1")]
    [InlineData("A", "19800102", "1")]
    [InlineData("A", "19800101", "2")]
    public void Two_different_values_of_one_attribute_conflict(string id, string birth, string accession) =>
        Assert.True(Identities.Conflict([Digest("A", null, "19800101", "F", "1"), Digest(id, null, birth, "F", accession)]));

    [Fact]
    public void A_conflict_shows_through_silent_images_between() =>
        Assert.True(Identities.Conflict([Digest("A", null, null), Digest(null, null, null), Digest("B", null, null)]));

    [Fact]
    public void Digests_of_different_studies_do_not_match() => Assert.NotEqual(Identities.Digest("1", ["A"]), Identities.Digest("2", ["A"]));
}
