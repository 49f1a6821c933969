using PacsAiWorker.Dicom.Files;
using PacsAiWorker.EndToEnd.Servers;
using PacsAiWorker.Pipeline;
using Xunit;

namespace PacsAiWorker.EndToEnd.Judges;

/// <summary>The side that frames of multi-frame objects state, as pydicom writes it.</summary>
public sealed class FrameAnatomyTests
{
    [Theory]
    [InlineData("explicit", "L", "---", "L")]
    [InlineData("implicit", "-", "RRR", "R")]
    [InlineData("explicit", "-", "RLR", "")]
    public async Task The_side_of_an_Enhanced_US_Volume_is_that_of_all_its_frames(string syntax, string shared, string frames, string expected)
    {
        using var folder = new TempFolder("anatomy");
        (await Tool.RunAsync("/usr/bin/python3", [Path.Combine(AppContext.BaseDirectory, "Judges/make_frame_anatomy.py"), folder["volume.dcm"], syntax, shared, frames])).Succeeded();
        using var file = Part10File.Open(folder["volume.dcm"]);
        Assert.Equal(expected, HeaderFacts.Laterality(file.DataSet));
    }
}
