using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Dicom.Files;
using PacsAiWorker.Inference;
using PacsAiWorker.Inference.Imaging;
using Xunit;

namespace PacsAiWorker.Tests.Inference.Imaging;

/// <summary>Clips of RLE frames of four grey pixels.</summary>
public sealed class ChosenFramesTests : IDisposable
{
    private readonly Pictures _pictures = new();

    public void Dispose() => _pictures.Dispose();

    private static byte[] Good(byte level) => [1, 0, 0, 0, 64, 0, 0, 0, .. new byte[56], 3, level, 1, 2, 3, 0];

    private static byte[] Bad => [1, 0, 0, 0, 64, 0, 0, 0, .. new byte[56], 3, 1];

    private FrameResult<ChosenFrames> Read(int announced, params byte[][] frames) => Read($"{announced}", frames);

    private FrameResult<ChosenFrames> Read(string announced, params byte[][] frames)
    {
        var set = Pictures.Ultrasound("MONOCHROME2", 1, 2, 2, []).Set(Tags.NumberOfFrames, announced);
        var path = _pictures.WriteEncapsulated(set, TransferSyntax.Rle, frames);
        using var file = Part10File.Open(path);
        return ChosenFrames.Read(FrameSource.Open(file, FrameHeader.Read(file.DataSet), TestCodecs.Pool).Value!, CancellationToken.None);
    }

    [Fact]
    public void A_whole_clip_misses_nothing_and_frames_that_repeat_are_left_out()
    {
        var chosen = Read(4, Good(10), Good(10), Good(90), Good(170)).Value!;
        Assert.Equal([1, 3, 4], chosen.Frames.Select(f => f.Number));
        Assert.Null(chosen.Missing);
    }

    [Fact]
    public void A_clip_that_stands_still_has_one_frame() =>
        Assert.Equal([1], Read(5, Good(10), Good(10), Good(10), Good(10), Good(10)).Value!.Frames.Select(f => f.Number));

    [Fact]
    public void A_damaged_frame_is_named_and_the_others_keep_their_numbers()
    {
        var chosen = Read(4, Good(10), Bad, Good(90), Good(170)).Value!;
        Assert.Equal([1, 3, 4], chosen.Frames.Select(f => f.Number));
        Assert.StartsWith("3 of 4 chosen frames could be read", chosen.Missing, StringComparison.Ordinal);
    }

    [Fact]
    public void P21_a_clip_that_is_shorter_than_announced_says_so()
    {
        var chosen = Read(6, Good(10), Good(50), Good(90), Good(170)).Value!;
        Assert.Equal("4 of 6 chosen frames could be read: 4 of 6 announced frames are there", chosen.Missing);
    }

    [Fact]
    public void P22_where_the_number_of_frames_is_none_those_that_are_there_count()
    {
        var chosen = Read("1A", Good(10), Good(90), Good(170)).Value!;
        Assert.Equal([1, 2, 3], chosen.Frames.Select(f => f.Number));
        Assert.Null(chosen.Missing);
    }

    [Fact]
    public void A_clip_of_which_less_than_half_can_be_read_is_not_scored()
    {
        Assert.Equal(NotScoredReason.Corrupt, Read(4, Good(10), Bad, Bad, Bad).Reason);
        Assert.Equal(NotScoredReason.Corrupt, Read(60, Good(10), Good(90)).Reason);
    }
}
