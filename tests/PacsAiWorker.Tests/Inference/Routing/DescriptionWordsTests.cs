using PacsAiWorker.Inference.Routing;
using Xunit;

namespace PacsAiWorker.Tests.Inference.Routing;

public sealed class DescriptionWordsTests
{
    private static bool Has(string text, string phrase) => new DescriptionWords([text]).Has(phrase);

    [Theory]
    [InlineData("US Kidneys bilat.", "kidneys")]
    [InlineData("ÉCHO RÉNALE", "renale")]
    [InlineData("echo renale", "Rénale")]
    [InlineData("soft-tissue, arm", "soft tissue")]
    [InlineData("NT 11-14 weeks", "11-14")]
    [InlineData("Nierensonographie", "nier*")]
    [InlineData("soft tissues", "soft tiss*")]
    [InlineData("腎臓エコー", "腎臓")]
    [InlineData("ＫＩＤＮＥＹ", "kidney")]
    public void A_word_is_found_whatever_its_case_accents_and_neighbours(string text, string phrase) => Assert.True(Has(text, phrase));

    [Theory]
    [InlineData("adrenal", "renal")]
    [InlineData("kidneys", "kidney")]
    [InlineData("tissue soft", "soft tissue")]
    [InlineData("soft", "soft tissue")]
    [InlineData("11 weeks, 14 days", "11-14")]
    [InlineData("anything", "*")]
    [InlineData("", "kidney")]
    public void Parts_of_words_and_torn_phrases_are_not_found(string text, string phrase) => Assert.False(Has(text, phrase));

    [Fact]
    public void No_phrase_reaches_from_one_text_into_the_next() =>
        Assert.False(new DescriptionWords(["soft", "tissue"]).Has("soft tissue"));

    [Fact]
    public void Half_a_character_and_a_very_long_text_do_no_harm()
    {
        Assert.True(Has("kidney \ud83d", "kidney"));
        Assert.True(Has("kidney " + new string('x', 100_000), "kidney"));
    }

    [Fact]
    public void Texts_without_a_word_are_empty() => Assert.True(new DescriptionWords([null, "", " -- "]).IsEmpty);

    [Fact]
    public void What_went_in_is_never_printed() =>
        Assert.DoesNotContain("SMITH", $"{new RoutingFacts { Description = new(["Kidney SMITH"]), Manufacturer = new(["SMITH"]) }}", StringComparison.OrdinalIgnoreCase);
}
