using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Pipeline;

namespace PacsAiWorker.Tests.Pipeline;

public sealed class HeaderFactsTests
{
    [Theory]
    [InlineData("L", "", "L")]
    [InlineData("", "R", "R")]
    [InlineData("R", "R", "R")]
    [InlineData("L", "R", "")]
    [InlineData("U", "", "")]
    [InlineData("", "", "")]
    public void A_side_is_what_the_header_says_without_contradiction(string series, string image, string expected) =>
        Assert.Equal(expected, HeaderFacts.Laterality(new DataSet().Set(Tags.Laterality, series).Set(Tags.ImageLaterality, image)));

    /// <summary>A dash: the frame has no Frame Anatomy.</summary>
    [Theory]
    [InlineData("", "L", "", "L")]
    [InlineData("", "", "L L", "L")]
    [InlineData("L", "L", "L L", "L")]
    [InlineData("R", "L", "", "")]
    [InlineData("R", "", "L L", "")]
    [InlineData("", "", "L R", "")]
    [InlineData("", "", "L -", "")]
    [InlineData("", "", "L U", "")]
    [InlineData("", "U", "", "")]
    [InlineData("R", "", "- -", "R")]
    public void Frames_state_a_side_where_all_of_them_and_the_header_say_the_same(string image, string shared, string frames, string expected)
    {
        static DataSet Group(string side) => side == "-" ? new DataSet() : new DataSet().SetItems(Tags.FrameAnatomySequence, new DataSet().Set(Tags.FrameLaterality, side));
        var header = new DataSet().Set(Tags.ImageLaterality, image)
            .SetItems(Tags.SharedFunctionalGroupsSequence, [.. shared.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Group)])
            .SetItems(Tags.PerFrameFunctionalGroupsSequence, [.. frames.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Group)]);
        Assert.Equal(expected, HeaderFacts.Laterality(header));
    }

    [Theory]
    [InlineData("20261122", "101112.5", "", "20261122101112")]
    [InlineData("20261122", "", "20200101000000", "20261122")]
    [InlineData("20261122", "10", "", "20261122")]
    [InlineData("", "101112", "20261122093000.12+0100", "20261122093000")]
    [InlineData("", "101112", "", "")]
    [InlineData("20261399", "101112", "", "")]
    public void An_image_was_made_when_its_header_says_and_nothing_is_guessed(string date, string time, string both, string expected) =>
        Assert.Equal(expected, HeaderFacts.Acquired(new DataSet().Set(Tags.AcquisitionDate, date).Set(Tags.AcquisitionTime, time).Set(Tags.AcquisitionDateTime, both)));
}
