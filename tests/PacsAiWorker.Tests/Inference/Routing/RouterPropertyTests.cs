using PacsAiWorker.Inference;
using PacsAiWorker.Inference.Imaging;
using PacsAiWorker.Inference.Packages;
using PacsAiWorker.Inference.Routing;
using Xunit;

namespace PacsAiWorker.Tests.Inference.Routing;

/// <summary>What holds for any image and any card: both are drawn, always the same ones.</summary>
public sealed class RouterPropertyTests
{
    private const int Images = 20_000;

    private static readonly ModelCard[] Drawn = [.. Enumerable.Range(0, 60).Select(i => Card(new Random(i), i))];

    private static T One<T>(Random random, params T[] of) => of[random.Next(of.Length)];

    private static ModelCard Card(Random random, int number)
    {
        string[] asks =
        [
            One(random, "", "age: { to: 18 }", "age: { from: 19 }", "age: { from: 2, to: 10 }"),
            One(random, "", "sex: [F]", "sex: [F, unknown]"),
            One(random, "", "imageType: [ABDOMINAL, unknown]", "imageType: [ABDOMINAL, PEDIATRIC]"),
            One(random, "", "anyOf: [ { words: [renal, 'kidn*'] }, { views: [kidney] } ]", "anyOf: [ { words: [toe], imageType: [MUSCULOSKELETAL] }, { sex: [M] } ]"),
            One(random, "", "noneOf: [ { imageType: [MUSCULOSKELETAL] } ]"),
            One(random, "", "secondaryCaptures: false", "burnedInText: false"),
        ];
        return Cards.Card(string.Join(", ", asks.Where(a => a.Length > 0)), $"m{number}") with { Demonstration = random.Next(8) == 0 };
    }

    private static RoutingFacts Facts(Random random) => new()
    {
        Gate = random.Next(6) == 0 ? One(random, NotScoredReason.Doppler, NotScoredReason.ReportScreen, NotScoredReason.TooSmall) : null,
        Modality = One(random, "US", "US", "US", ""),
        IsPhantom = random.Next(2) == 0,
        IsSecondaryCapture = random.Next(4) == 0,
        SaysBurnedIn = random.Next(4) == 0,
        ImageType3 = One(random, "", "ABDOMINAL", "PEDIATRIC", "MUSCULOSKELETAL"),
        Description = new([One(random, "", "kidney", "US toe", "heart")]),
        Age = One(random, PatientAge.Unknown, PatientAge.SomeChild, PatientAge.Of(random.Next(121)), new PatientAge(3, 60)),
        Sex = One(random, "", "F", "M"),
    };

    private static ImageViews Views(Random random) =>
        One(random, ImageViews.Unknown, new(["kidney"], true), new(["liver"], true), new(["liver"], false));

    private static Crop? Crop(Random random) => One(random, RouterTests.Scan, RouterTests.Scan, RouterTests.Scan with { Y1 = 20 }, null);

    [Fact]
    public void Every_decision_has_exactly_one_outcome_and_an_unknown_age_is_never_scored_under_an_age_rule()
    {
        var random = new Random(1);
        var outcomes = new HashSet<NotScoredReason?>();
        for (var i = 0; i < Images; i++)
        {
            var (facts, card, crop, views) = (Facts(random), One(random, Drawn), Crop(random), Views(random));
            var verdict = Router.Decide(facts, card, crop, views, RouterTests.Today);
            outcomes.Add(verdict.Reason);
            Assert.Equal(verdict.Reason is null, verdict.Why.Length == 0);
            Assert.False(verdict.Applies && (crop is null || facts.Gate is not null), $"{facts}");
            Assert.False(verdict.Applies && card.Routing.Age is not null && facts.Age == PatientAge.Unknown, $"{facts}");
            if (verdict.Reason == NotScoredReason.AgeUnknown && !verdict.Why.Contains("; ", StringComparison.Ordinal)) // nothing else is open
                Assert.DoesNotContain(NotScoredReason.AgeUnknown,
                    Enumerable.Range(0, 121).Select(y => Router.Decide(facts with { Age = PatientAge.Of(y) }, card, crop, views, RouterTests.Today).Reason).OfType<NotScoredReason>());
        }
        Assert.Superset(new HashSet<NotScoredReason?> { null, NotScoredReason.AgeUnknown, NotScoredReason.ViewUnknown, NotScoredReason.NoModelApplies,
            NotScoredReason.NoUsableRegion, NotScoredReason.TooSmall, NotScoredReason.BurnedInText, NotScoredReason.UnsupportedObject }, outcomes);
    }

    [Fact]
    public void The_order_of_the_packages_changes_nothing()
    {
        var random = new Random(2);
        for (var i = 0; i < Images / 20; i++)
        {
            var (facts, crop, views) = (Facts(random), Crop(random), Views(random));
            var verdicts = Drawn.OrderBy(_ => random.Next()).Take(5).Select(c => (c.Id, Router.Decide(facts, c, crop, views, RouterTests.Today))).ToList();
            var together = Router.Together(verdicts);
            Assert.Equal(together, Router.Together([.. verdicts.OrderBy(_ => random.Next())]));
            Assert.Equal(verdicts.Exists(v => v.Item2.Applies), together.Applies);
        }
    }

    [Fact]
    public void Knowing_more_never_takes_back_what_was_certain()
    {
        var random = new Random(3);
        for (var i = 0; i < Images; i++)
        {
            var (facts, card, crop) = (Facts(random) with { Age = PatientAge.Unknown }, One(random, Drawn), Crop(random));
            var before = Router.Decide(facts, card, crop, ImageViews.Unknown, RouterTests.Today);
            var after = Router.Decide(facts with { Age = PatientAge.Of(random.Next(121)) }, card, crop, new(["liver"], true), RouterTests.Today);
            if (before.Applies)
                Assert.True(after.Applies);
            else if (before.Reason is not (NotScoredReason.AgeUnknown or NotScoredReason.ViewUnknown or NotScoredReason.NoModelApplies))
                Assert.False(after.Applies);
        }
    }
}
