using PacsAiWorker.Native.Processes;
using Xunit;

namespace PacsAiWorker.Tests.Native;

public sealed class KillOrderTests
{
    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public void Without_an_order_nothing_dies(string? text) => Assert.Null(KillOrder.Parse(text));

    [Theory]
    [InlineData("scored", 1)]
    [InlineData("scored:1", 1)]
    [InlineData("send-answered:17", 17)]
    public void An_order_names_a_stage_and_a_pass(string text, int pass) => Assert.Equal(pass, KillOrder.Parse(text)!.Pass);

    [Theory]
    [InlineData("nowhere")]
    [InlineData("scored:")]
    [InlineData("scored:0")]
    [InlineData("scored:-1")]
    [InlineData("scored:1:2")]
    public void An_order_that_can_never_be_carried_out_is_refused(string text) =>
        Assert.Contains("no stage[:pass]", Assert.Throws<ArgumentException>(() => KillOrder.Parse(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void The_pass_that_was_named_is_due_and_no_other()
    {
        var order = KillOrder.Parse("decoded:3")!;
        Assert.Equal([false, false, true, false], Enumerable.Range(0, 4).Select(_ => order.IsDue(KillPoints.Decoded)));
    }

    [Fact]
    public void Passes_of_other_stages_do_not_count()
    {
        var order = KillOrder.Parse("decoded:2")!;
        Assert.All(KillPoints.All.Where(s => s != KillPoints.Decoded), s => Assert.False(order.IsDue(s)));
        Assert.False(order.IsDue(KillPoints.Decoded));
        Assert.True(order.IsDue(KillPoints.Decoded));
    }

    [Fact]
    public async Task Of_several_threads_one_meets_the_pass()
    {
        var order = KillOrder.Parse("decoded:50")!;
        var due = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => Task.Run(() => order.IsDue(KillPoints.Decoded))));
        Assert.Single(due, d => d);
    }
}
