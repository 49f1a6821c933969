using PacsAiWorker.Spool;

namespace PacsAiWorker.Tests.Spool;

public sealed class ChecksumTests
{
    [Fact]
    public void It_is_the_same_however_the_bytes_are_cut()
    {
        var bytes = SpoolFolder.Body(10_000);
        var whole = Of([bytes]);
        var random = new Random(5);
        for (var round = 0; round < 50; round++)
        {
            var cuts = Enumerable.Range(0, random.Next(1, 40)).Select(_ => random.Next(bytes.Length)).Append(0).Append(bytes.Length).Order().ToList();
            Assert.Equal(whole, Of([.. cuts.Zip(cuts.Skip(1), (from, to) => bytes[from..to])]));
        }
    }

    [Fact]
    public void Every_changed_missing_or_moved_byte_changes_it()
    {
        var bytes = SpoolFolder.Body(200);
        var whole = Of([bytes]);
        for (var i = 0; i < bytes.Length; i++)
        {
            bytes[i] ^= 1;
            Assert.NotEqual(whole, Of([bytes]));
            bytes[i] ^= 1;
        }

        Assert.NotEqual(whole, Of([bytes[..^32]]));
        Assert.NotEqual(whole, Of([bytes[32..64], bytes[..32], bytes[64..]]));
    }

    private static byte[] Of(byte[][] pieces)
    {
        var checksum = new Checksum();
        foreach (var piece in pieces)
        {
            checksum.Append(piece);
        }

        var result = new byte[Checksum.Bytes];
        checksum.Write(result);
        return result;
    }
}
