using PacsAiWorker.Commands;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Stores;

namespace PacsAiWorker.Tests.Commands;

public sealed class StudyCommandTests
{
    [Theory]
    [InlineData(2, 0, Takes.None, "--take new")]
    [InlineData(0, 1, Takes.New, "--take first")]
    [InlineData(0, 1, Takes.None, "--take first")]
    [InlineData(1, 0, "newest", "not known")]
    public void An_answer_that_leaves_the_choice_open_or_is_none_is_refused_with_the_way_out(int corrections, int conflicts, string take, string says) =>
        Assert.Contains(says, StudyCommand.Refusal(new StudyDoubt(corrections, conflicts, []), take), StringComparison.Ordinal);

    [Theory]
    [InlineData(2, 0, Takes.New)]
    [InlineData(2, 1, Takes.First)]
    [InlineData(0, 1, Takes.First)]
    [InlineData(0, 0, Takes.None)]
    public void An_answer_that_decides_is_taken(int corrections, int conflicts, string take) =>
        Assert.Null(StudyCommand.Refusal(new StudyDoubt(corrections, conflicts, ["held"]), take));
}
