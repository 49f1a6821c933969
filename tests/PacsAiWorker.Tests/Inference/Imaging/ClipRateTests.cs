using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Inference.Imaging;
using Xunit;

namespace PacsAiWorker.Tests.Inference.Imaging;

public sealed class ClipRateTests
{
    private static readonly byte[] ToVector = [0x18, 0x00, 0x65, 0x10];

    [Fact]
    public void The_element_that_the_pointer_names_decides()
    {
        var set = new DataSet().Set(Tags.FrameTime, "40").Set(Tags.FrameTimeVector, "0", "50", "50");
        Assert.Equal(25, ClipRate.Of(set));
        Assert.Equal(20, ClipRate.Of(set.SetBytes(Tags.FrameIncrementPointer, Vr.AT, ToVector)));
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-40")]
    [InlineData("NaN")]
    [InlineData("soon")]
    public void H12_a_time_that_is_none_is_ignored(string time)
    {
        var set = new DataSet().Set(Tags.FrameTime, time);
        Assert.Equal(ClipRate.Assumed, ClipRate.Of(set));
        Assert.Equal(12, ClipRate.Of(new DataSet().Set(Tags.FrameTime, time).Set(Tags.CineRate, "12")));
        Assert.Equal(15, ClipRate.Of(new DataSet().Set(Tags.FrameTime, time).Set(Tags.RecommendedDisplayFrameRate, "15")));
    }
}
