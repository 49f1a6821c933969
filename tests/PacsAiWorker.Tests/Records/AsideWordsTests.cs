using PacsAiWorker.Records.Queries;
using PacsAiWorker.Records.Rows;

namespace PacsAiWorker.Tests.Records;

public sealed class AsideWordsTests
{
    private static AsideImage Image(string setAside, string? original = null) => new(default, setAside, original);

    [Fact]
    public void A_study_of_nothing_but_copies_says_where_they_are_from() =>
        Assert.Equal(["copies of images of another study (1.9): what was found stands there"], AsideWords.Of("1.2", 0, [Image(SetAsides.Copy, "1.9"), Image(SetAsides.Copy, "1.9")]));

    [Fact]
    public void Each_kind_has_its_sentence_and_what_is_answered_has_none() => Assert.Equal(
        ["1 image copied from another study (1.9): what was found stands there", "1 image twice under another UID: counted once", "2 images rejected by a note", "1 image came again with other pixels: the first in use"],
        AsideWords.Of("1.2", 3,
        [
            Image(SetAsides.Copy, "1.9"), Image(SetAsides.Copy, "1.2"), Image(SetAsides.Rejected), Image(SetAsides.Rejected), Image(SetAsides.Conflict), Image(SetAsides.Declined), Image(SetAsides.Replaced),
        ]));
}
