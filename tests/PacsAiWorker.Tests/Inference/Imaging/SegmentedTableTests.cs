using PacsAiWorker.Inference.Imaging;
using Xunit;

namespace PacsAiWorker.Tests.Inference.Imaging;

public sealed class SegmentedTableTests
{
    [Fact]
    public void C15_runs_lines_and_copies_are_expanded() =>
        Assert.Equal([5, 6, 8, 10, 5, 6, 8, 10], SegmentedTable.Expand([0, 2, 5, 6, 1, 2, 10, 2, 2, 0, 0], 8)!.Select(v => (int)v));

    public static TheoryData<ushort[], int> Nonsense => new()
    {
        { [2, 1, 0, 0], 4 }, // copies itself
        { [0, 2, 5, 6, 2, 1, 8, 0], 4 }, // copies the copy
        { [1, 2, 10], 2 }, // a line from nowhere
        { [0, 9, 1, 2], 9 }, // a run that ends early
        { [7, 1, 1], 1 }, // no such opcode
        { [0, 2, 1, 2], 5 }, // too few entries
        { [0, 3, 1, 2, 3], 2 }, // too many
        { [0], 1 },
        { [], 1 },
    };

    [Theory]
    [MemberData(nameof(Nonsense))]
    public void H09_a_table_that_contradicts_itself_is_refused_without_a_loop(ushort[] words, int entries) =>
        Assert.Null(SegmentedTable.Expand(words, entries));
}
