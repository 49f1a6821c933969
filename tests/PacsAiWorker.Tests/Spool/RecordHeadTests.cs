using PacsAiWorker.Spool;

namespace PacsAiWorker.Tests.Spool;

public sealed class RecordHeadTests
{
    private static readonly RecordHead Head = new(Guid.NewGuid(), Guid.NewGuid(), 8192, 4096, 308_000, 512, new DateTime(2026, 11, 22, 7, 0, 0, DateTimeKind.Utc))
    {
        Checksum = new byte[16],
        Note = "a note"u8.ToArray(),
    };

    [Fact]
    public void What_is_written_is_read()
    {
        var read = RecordHead.TryRead(Bytes(Head), Head.Segment, Head.Position)!;
        Assert.Equal(Head with { Checksum = read.Checksum, Note = read.Note }, read);
        Assert.Equal("a note"u8.ToArray(), read.Note.ToArray());
        Assert.Equal(0, read.End % RecordHead.Alignment);
        Assert.Equal(read.Location, SpoolLocation.Parse(read.Location.ToString()));
    }

    [Fact]
    public void A_head_holds_in_its_own_segment_at_its_own_place_only()
    {
        Assert.Null(RecordHead.TryRead(Bytes(Head), Guid.NewGuid(), Head.Position));
        Assert.Null(RecordHead.TryRead(Bytes(Head), Head.Segment, Head.Position + RecordHead.Alignment));
    }

    [Fact]
    public void Every_changed_bit_is_noticed()
    {
        var bytes = Bytes(Head);
        for (var bit = 0; bit < bytes.Length * 8; bit++)
        {
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.Null(RecordHead.TryRead(bytes, Head.Segment, Head.Position));
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("00/0123456789abcdef0123456789abcdef.dcm")]
    [InlineData("0123456789abcdef0123456789abcdef:12")]
    [InlineData("0123456789abcdef0123456789abcdef:-1:5")]
    public void What_is_no_place_is_refused_with_its_text(string text) =>
        Assert.Contains($"\"{text}\"", Assert.Throws<FormatException>(() => SpoolLocation.Parse(text)).Message, StringComparison.Ordinal);

    private static byte[] Bytes(RecordHead head)
    {
        var bytes = new byte[RecordHead.Bytes];
        head.Write(bytes);
        return bytes;
    }
}
