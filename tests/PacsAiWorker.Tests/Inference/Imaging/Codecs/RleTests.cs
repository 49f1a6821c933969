using PacsAiWorker.Inference.Imaging.Codecs;
using Xunit;

namespace PacsAiWorker.Tests.Inference.Imaging.Codecs;

public sealed class RleTests
{
    /// <summary>The header of PS3.5 annex G.5 and segments after it.</summary>
    private static byte[] Stream(params byte[][] segments)
    {
        var header = new byte[64];
        header[0] = (byte)segments.Length;
        var at = 64;
        for (var s = 0; s < segments.Length; s++)
        {
            BitConverter.TryWriteBytes(header.AsSpan(4 + 4 * s), (uint)at);
            at += segments[s].Length;
        }

        return [.. header, .. segments.SelectMany(s => s)];
    }

    [Fact]
    public void Literal_runs_repeated_runs_and_the_empty_control_byte_are_read() =>
        Assert.Equal([1, 2, 3, 7, 7, 7, 7], Rle.Decode(Stream([2, 1, 2, 3, 128, 253, 7]), 7, 1, 1));

    [Fact]
    public void Three_segments_become_interleaved_colour() =>
        Assert.Equal([1, 3, 5, 2, 4, 6], Rle.Decode(Stream([1, 1, 2], [1, 3, 4], [1, 5, 6]), 2, 3, 1));

    [Fact]
    public void The_high_byte_comes_first() =>
        Assert.Equal([0x34, 0x12, 0x78, 0x56], Rle.Decode(Stream([1, 0x12, 0x56], [1, 0x34, 0x78]), 2, 1, 2));

    public static TheoryData<byte[]> Damaged => new()
    {
        Array.Empty<byte>(),
        new byte[63],
        Stream(),
        Stream([1, 1, 2], [1, 3, 4]), // a segment too many
        Stream([0]), // a literal without its byte
        Stream([1, 1]), // a literal that is cut
        Stream([129]), // a repetition without its byte
        Stream([1, 1, 2, 128]), // ends before the frame is full
        Stream([129, 7]), // runs past the frame
    };

    [Theory]
    [MemberData(nameof(Damaged))]
    public void H05_damage_is_an_error_and_not_a_read_past_the_end(byte[] stream) =>
        Assert.Throws<CodestreamException>(() => Rle.Decode(stream, 4, 1, 1));

    [Theory]
    [InlineData(0u)]
    [InlineData(63u)]
    [InlineData(1000u)]
    [InlineData(uint.MaxValue)]
    public void H05_a_segment_that_lies_elsewhere_is_an_error(uint offset)
    {
        var stream = Stream([3, 1, 2, 3, 4]);
        BitConverter.TryWriteBytes(stream.AsSpan(4), offset);
        Assert.Throws<CodestreamException>(() => Rle.Decode(stream, 4, 1, 1));
    }
}
