using PacsAiWorker.Inference.Packages;
using PacsAiWorker.Inference.Routing;
using Xunit;

namespace PacsAiWorker.Tests.Inference.Routing;

public sealed class ViewAnswerTests
{
    private static readonly ModelClass[] Classes =
    [
        Class("liver-left", "liver"), Class("kidney-left", "kidney"), Class("kidney-right", "kidney"), Class("spleen", null),
    ];

    private static ModelClass Class(string id, string? organ) => new(id, $"The {id}", "X", "99X", id, null, false) { Organ = organ };

    [Theory]
    [InlineData(0.6, 0.4, 0, 0, "The liver-left")]
    [InlineData(0.6, 0.3999, 0.0001, 0, "The liver-left")]
    [InlineData(0.599, 0.2, 0.2, 0.001, null)]
    [InlineData(0.5, 0.2, 0.2, 0.1, null)]
    [InlineData(0, 0, 0.7, 0.3, "The kidney-right")]
    public void A_view_is_named_from_six_tenths_and_a_margin_of_two_tenths_both_inclusive(double a, double b, double c, double d, string? named) =>
        Assert.Equal(named, ViewAnswer.Of([[a, b, c, d]], Classes).Named);

    [Fact]
    public void Sigmoid_outputs_close_to_each_other_name_nothing() => Assert.Null(ViewAnswer.Of([[0.9, 0.75, 0, 0]], Classes).Named);

    [Fact]
    public void The_two_best_route_even_when_no_view_is_named()
    {
        Assert.Equal(["kidney-left", "kidney", "liver-left", "liver"], ViewAnswer.Of([[0.3, 0.4, 0.2, 0.1]], Classes).Views);
        Assert.Equal(["spleen", "liver-left", "liver"], ViewAnswer.Of([[0.3, 0.2, 0.1, 0.4]], Classes).Views);
    }

    [Fact]
    public void Two_classes_of_one_organ_give_it_once() =>
        Assert.Equal(["kidney-left", "kidney", "kidney-right"], ViewAnswer.Of([[0.1, 0.5, 0.4, 0]], Classes).Views);

    [Fact]
    public void A_clip_is_judged_by_the_mean_of_its_frames() =>
        Assert.Equal("The spleen", ViewAnswer.Of([[1, 0, 0, 0], [0, 0, 0, 1], [0, 0, 0, 1]], Classes).Named);

    [Fact]
    public void Without_an_answer_or_with_a_failed_router_nothing_is_certainly_absent()
    {
        var liver = ViewAnswer.Of([[1, 0, 0, 0]], Classes);
        Assert.False(ImageViews.Of([], failed: false).Complete);
        Assert.False(ImageViews.Of([liver], failed: true).Complete);
        Assert.True(ImageViews.Of([liver], failed: false).Complete);
    }
}
