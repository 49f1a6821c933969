using PacsAiWorker.Inference.Packages;
using Xunit;

namespace PacsAiWorker.Tests.Inference.Routing;

public sealed class RoutingReaderTests
{
    [Fact]
    public void A_full_card_is_read()
    {
        var rule = Cards.Card("age: { from: 2, to: 18 }, imageType: [ABDOMINAL], words: [kidney], views: [kidney], sex: [F], manufacturer: [acme], transducer: [LINEAR], "
            + "secondaryCaptures: false, burnedInText: false, anyOf: [ { words: [renal] } ], noneOf: [ { sex: [M] } ]").Routing;
        Assert.Equal((2, 18), (rule.Age!.From, rule.Age.To));
        Assert.Equal([["ABDOMINAL"], ["kidney"], ["kidney"], ["F"], ["acme"], ["LINEAR"]],
            new[] { rule.All.ImageTypes, rule.All.Words, rule.All.Views, rule.All.Sexes, rule.All.Manufacturers, rule.All.Transducers });
        Assert.Equal("renal", Assert.Single(Assert.Single(rule.AnyOf).Words));
        Assert.Equal("M", Assert.Single(Assert.Single(rule.NoneOf).Sexes));
        Assert.False(rule.SecondaryCaptures || rule.BurnedInText);
        Assert.True(rule.AsksForViews);
    }

    [Theory]
    [InlineData("age: { to: 200 }", "'routing.age' needs 'from' or 'to'")]
    [InlineData("age: { from: 19, to: 18 }", "'routing.age' needs 'from' or 'to'")]
    [InlineData("age: { }", "'routing.age' needs 'from' or 'to'")]
    [InlineData("age: { until: 18 }", "'routing.age' needs 'from'")]
    [InlineData("sex: [female]", "'routing.sex' holds 'female'; allowed: F, M, O, unknown")]
    [InlineData("words: ['--']", "'routing.words' holds an entry without a letter or digit")]
    [InlineData("words: []", "'routing.words' must hold a value")]
    [InlineData("anyOf: [ { } ]", "'routing.anyOf' holds an entry that asks for nothing")]
    [InlineData("anyOf: [ { age: { to: 18 } } ]", "unknown key")]
    [InlineData("bodyPart: [KIDNEY]", "unknown key")]
    [InlineData("bMode: false", "'routing.bMode' must be true")]
    public void A_rule_that_cannot_be_meant_is_refused_with_its_line(string routing, string says)
    {
        var message = Assert.Throws<PackageException>(() => Cards.Card(routing)).Message;
        Assert.Contains(says, message, StringComparison.Ordinal);
        Assert.Contains("model.yaml:", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_router_has_no_threshold_no_positive_class_and_asks_for_no_view()
    {
        static ModelCard Read(string text) => CardReader.Read(text, "model.yaml", weightsInstalled: true);

        var text = Cards.Text("views", "", isRouter: true);
        var card = Read(text);
        Assert.True(card.IsRouter);
        Assert.Equal([null, "kidney"], card.Classes.Select(c => c.Organ));
        Assert.Contains("no findings", Assert.Throws<PackageException>(() => Read(text.Replace(", organ: kidney", ", isPositive: true", StringComparison.Ordinal))).Message, StringComparison.Ordinal);
        Assert.Contains("'threshold'", Assert.Throws<PackageException>(() => Read(text + "\nthreshold: { value: 1, source: x }\n")).Message, StringComparison.Ordinal);
        Assert.Contains("'routing.views'", Assert.Throws<PackageException>(() => Read(Cards.Text("views", "views: [kidney]", isRouter: true))).Message, StringComparison.Ordinal);
    }
}
