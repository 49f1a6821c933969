using PacsAiWorker.Inference;
using PacsAiWorker.Inference.Imaging;
using PacsAiWorker.Inference.Packages;
using PacsAiWorker.Inference.Routing;
using Xunit;

namespace PacsAiWorker.Tests.Inference.Routing;

public sealed class RouterTests
{
    internal static readonly DateOnly Today = new(2026, 11, 22);
    internal static readonly Crop Scan = new(0, 0, 199, 149, CropSource.Region);
    private static readonly RoutingFacts Plain = new() { Modality = "US" };
    private const string Kidney = "age: { to: 18 }, anyOf: [ { imageType: [ABDOMINAL, PEDIATRIC] }, { views: [kidney] }, { words: [renal, kidney, KUB] } ]";

    private static RoutingVerdict Decide(RoutingFacts facts, string routing, ImageViews? views = null) =>
        Router.Decide(facts, Cards.Card(routing), Scan, views ?? ImageViews.Unknown, Today);

    private static DescriptionWords Words(string text) => new([text]);

    [Theory]
    [InlineData(NotScoredReason.Doppler)]
    [InlineData(NotScoredReason.MMode)]
    [InlineData(NotScoredReason.ReportScreen)]
    [InlineData(NotScoredReason.Corrupt)]
    [InlineData(NotScoredReason.NotUltrasound)]
    public void What_bars_the_image_bars_every_package_with_its_own_sentence(NotScoredReason gate) =>
        Assert.Equal(new RoutingVerdict(gate, "so it is"), Decide(Plain with { Gate = gate, GateDetail = "so it is" }, ""));

    [Fact]
    public void A_card_that_asks_for_nothing_takes_every_image() => Assert.True(Decide(Plain, "").Applies);

    [Theory]
    [InlineData("", "", null, NotScoredReason.ViewUnknown)]
    [InlineData("ABDOMINAL", "", null, null)]
    [InlineData("abdominal", "", null, null)]
    [InlineData("", "US Renal", null, null)]
    [InlineData("CARDIOLOGY", "heart", null, NotScoredReason.ViewUnknown)]
    [InlineData("CARDIOLOGY", "heart", "liver", NotScoredReason.NoModelApplies)]
    [InlineData("CARDIOLOGY", "heart", "kidney", null)]
    public void One_of_several_ways_is_enough_and_a_view_that_nobody_told_is_unknown(string type, string words, string? seen, NotScoredReason? reason) =>
        Assert.Equal(reason, Decide(Plain with { Age = PatientAge.Of(7), ImageType3 = type, Description = Words(words) }, Kidney,
            seen is null ? null : new ImageViews([seen], Complete: true)).Reason);

    [Theory]
    [InlineData(18, null)]
    [InlineData(19, NotScoredReason.NoModelApplies)]
    [InlineData(null, NotScoredReason.AgeUnknown)]
    public void The_age_decides_and_without_one_it_says_so(int? years, NotScoredReason? reason) =>
        Assert.Equal(reason, Decide(Plain with { ImageType3 = "PEDIATRIC", Age = years is { } y ? PatientAge.Of(y) : PatientAge.Unknown }, Kidney).Reason);

    [Fact]
    public void Age_unknown_is_said_only_where_nothing_else_is_in_the_way()
    {
        var heart = Plain with { ImageType3 = "CARDIOLOGY", Description = Words("heart") };
        Assert.Equal(NotScoredReason.NoModelApplies, Decide(heart, Kidney, new ImageViews(["liver"], Complete: true)).Reason);
        Assert.Equal(NotScoredReason.TooSmall, Router.Decide(Plain with { ImageType3 = "PEDIATRIC" }, Cards.Card(Kidney), Scan with { X1 = 62 }, ImageViews.Unknown, Today).Reason);
        Assert.Equal(NotScoredReason.NoUsableRegion, Router.Decide(Plain with { ImageType3 = "PEDIATRIC" }, Cards.Card(Kidney), null, ImageViews.Unknown, Today).Reason);
    }

    [Fact]
    public void A_caller_that_sends_children_only_stands_in_for_an_unknown_age() =>
        Assert.True(Decide(Plain with { ImageType3 = "PEDIATRIC", Age = PatientAge.SomeChild }, Kidney).Applies);

    [Fact]
    public void A_router_that_failed_leaves_the_view_unknown_but_what_another_saw_counts()
    {
        var facts = Plain with { Age = PatientAge.Of(7), ImageType3 = "CARDIOLOGY" };
        Assert.Equal(NotScoredReason.ViewUnknown, Decide(facts, "views: [kidney]", new ImageViews(["liver"], Complete: false)).Reason);
        Assert.True(Decide(facts, "views: [kidney]", new ImageViews(["kidney"], Complete: false)).Applies);
    }

    [Theory]
    [InlineData("sex: [F]", "", NotScoredReason.NoModelApplies)]
    [InlineData("sex: [F]", "M", NotScoredReason.NoModelApplies)]
    [InlineData("sex: [F]", "F", null)]
    [InlineData("sex: [F, unknown]", "", null)]
    [InlineData("sex: [F, unknown]", "M", NotScoredReason.NoModelApplies)]
    public void A_silent_header_is_accepted_only_where_the_card_says_so(string routing, string sex, NotScoredReason? reason) =>
        Assert.Equal(reason, Decide(Plain with { Sex = sex }, routing).Reason);

    [Theory]
    [InlineData("LINEAR", "ACME Medical", true)]
    [InlineData("", "", true)]
    [InlineData("CURVED LINEAR", "ACME Medical", false)]
    [InlineData("LINEAR", "Other", false)]
    public void Transducer_and_manufacturer_count_when_they_are_known(string transducer, string maker, bool applies) =>
        Assert.Equal(applies, Decide(Plain with { Transducer = transducer, Manufacturer = Words(maker) },
            "transducer: [LINEAR, unknown], manufacturer: [acme, unknown]").Applies);

    [Theory]
    [InlineData("OBSTETRICAL", "", true)]
    [InlineData("", "NT scan", true)]
    [InlineData("MUSCULOSKELETAL", "NT scan", false)]
    [InlineData("", "", false)]
    public void What_is_left_out_must_be_known_to_match(string type, string words, bool applies) =>
        Assert.Equal(applies, Decide(Plain with { ImageType3 = type, Description = Words(words) },
            "anyOf: [ { imageType: [OBSTETRICAL] }, { words: [NT, nuchal] } ], noneOf: [ { imageType: [MUSCULOSKELETAL] } ]").Applies);

    [Theory]
    [InlineData("secondaryCaptures: false", NotScoredReason.UnsupportedObject)]
    [InlineData("burnedInText: false", NotScoredReason.BurnedInText)]
    [InlineData("", null)]
    public void Grabbed_screens_and_text_in_the_pixels_are_taken_unless_the_card_refuses_them(string routing, NotScoredReason? reason) =>
        Assert.Equal(reason, Decide(Plain with { IsSecondaryCapture = true, SaysBurnedIn = true }, routing).Reason);

    [Fact]
    public void A_package_expires_after_its_review_day_and_demonstrations_score_phantoms_only()
    {
        var card = Cards.Card("");
        Assert.True(Router.Decide(Plain, card, Scan, ImageViews.Unknown, card.ReviewBy).Applies);
        Assert.Equal(NotScoredReason.PackageExpired, Router.Decide(Plain, card, Scan, ImageViews.Unknown, card.ReviewBy.AddDays(1)).Reason);
        Assert.Equal(NotScoredReason.NoModelApplies, Router.Decide(Plain, card with { Demonstration = true }, Scan, ImageViews.Unknown, Today).Reason);
        Assert.True(Router.Decide(Plain with { IsPhantom = true }, card with { Demonstration = true }, Scan, ImageViews.Unknown, Today).Applies);
    }

    [Fact]
    public void Another_modality_or_none_is_not_accepted() =>
        Assert.All(["", "IVUS"], m => Assert.Equal(NotScoredReason.NoModelApplies, Decide(Plain with { Modality = m }, "").Reason));

    [Fact]
    public void The_sentence_repeats_the_card_and_nothing_of_the_header()
    {
        var why = Decide(Plain with { ImageType3 = "SMITH^JOHN", Description = Words("smith john"), Transducer = "SMITH", Age = PatientAge.Of(44) },
            Kidney + ", transducer: [LINEAR]", new ImageViews([], Complete: true)).Why;
        Assert.DoesNotContain("smith", why, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("44", why, StringComparison.Ordinal);
        Assert.Contains("patients of 18 years or younger", why, StringComparison.Ordinal);
    }

    [Fact]
    public void The_image_gets_the_reason_that_tells_most_and_every_sentence()
    {
        (string, RoutingVerdict) nothing = ("b", new(NotScoredReason.NoModelApplies, "no b")), age = ("a", new(NotScoredReason.AgeUnknown, "no age"));
        Assert.Equal(new RoutingVerdict(NotScoredReason.AgeUnknown, "no age; no b"), Router.Together([nothing, age]));
        Assert.True(Router.Together([nothing, ("c", RoutingVerdict.Runs)]).Applies);
        Assert.Equal(NotScoredReason.NoModelApplies, Router.Together([]).Reason);
    }
}
