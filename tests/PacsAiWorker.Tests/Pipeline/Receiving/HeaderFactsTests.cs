using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Pipeline.Receiving;

namespace PacsAiWorker.Tests.Pipeline.Receiving;

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
