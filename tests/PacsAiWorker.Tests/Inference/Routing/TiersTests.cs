using PacsAiWorker.Inference.Routing;
using Xunit;

namespace PacsAiWorker.Tests.Inference.Routing;

public sealed class TiersTests
{
    [Theory]
    [InlineData(null, null, 2, "nobody said otherwise")]
    [InlineData(null, "STAT", 0, "the order's priority")]
    [InlineData(null, "high", 1, "the order's priority")]
    [InlineData(null, "LOW", 2, "the order's priority")]
    [InlineData(null, "SMITH", 2, "nobody said otherwise")]
    [InlineData(3, "STAT", 3, "set for the caller")]
    [InlineData(0, null, 0, "set for the caller")]
    public void The_callers_setting_counts_before_the_order_and_else_it_is_routine(int? caller, string? order, int tier, string from) =>
        Assert.Equal((tier, from), Tiers.Decide(caller, order));

    [Fact]
    public void The_table_is_ordered_and_no_word_asks_for_two_tiers()
    {
        Assert.Equal([(0, "stat"), (1, "urgent"), (2, "routine"), (3, "backfill")], Tiers.Table.Select(r => (r.Tier, r.Name)));
        var words = Tiers.Table.SelectMany(r => r.OrderPriorities).ToList();
        Assert.Equal(words.Count, words.Distinct(StringComparer.OrdinalIgnoreCase).Count());
    }

    [Fact]
    public void Only_words_of_the_table_are_repeated() => Assert.Equal(("STAT", null), (Tiers.Known("STAT"), Tiers.Known("Mr Smith")));
}
