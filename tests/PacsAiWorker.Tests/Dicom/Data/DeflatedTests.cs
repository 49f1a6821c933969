using System.IO.Compression;
using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Dicom.Files;
using Xunit;

namespace PacsAiWorker.Tests.Dicom.Data;

public sealed class DeflatedTests : IDisposable
{
    private static readonly TransferSyntax Deflated = TransferSyntax.DeflatedExplicitVrLittleEndian;

    private readonly string _folder = Directory.CreateTempSubdirectory("deflated-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static DataSet Picture() => DataSetRoundTripTests.Example()
        .SetBytes(Tags.PixelData, Vr.OB, Enumerable.Range(0, 300_000).Select(i => (byte)(i * i / 7)).ToArray());

    private static byte[] Deflate(byte[] bytes)
    {
        using var to = new MemoryStream();
        using (var deflater = new DeflateStream(to, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            deflater.Write(bytes);
        }

        return to.ToArray();
    }

    /// <summary>A private value of <paramref name="mebibytes"/> zeros, which deflate makes a thousand times smaller.</summary>
    private static byte[] Bomb(int mebibytes)
    {
        byte[] value = new byte[12 + (mebibytes << 20)];
        byte[] header = [0x29, 0, 0x10, 0x10, (byte)'O', (byte)'B', 0, 0, .. BitConverter.GetBytes(mebibytes << 20)];
        header.CopyTo(value, 0);
        return Deflate(value);
    }

    [Fact]
    public void P15_a_deflated_data_set_with_sequences_is_read()
    {
        ReadResult result = DataSetReader.Read(DataSetWriter.Encode(Picture(), Deflated), Deflated);
        Assert.Empty(result.Flags);
        Assert.Equal(2, result.DataSet.GetItems(Tags.SequenceOfUltrasoundRegions).Count);
        Assert.Equal(300_000, result.PixelData!.Length);
    }

    [Fact]
    public void A_zlib_header_before_the_deflated_bytes_is_passed_over_and_told()
    {
        byte[] bytes = [0x78, 0x9C, .. DataSetWriter.Encode(Picture(), Deflated)];
        ReadResult result = DataSetReader.Read(bytes, Deflated);
        Assert.Equal(480, result.DataSet.GetInt(Tags.Rows));
        Assert.Contains("zlib header", Assert.Single(result.Flags), StringComparison.Ordinal);
    }

    [Fact]
    public void Pixels_of_a_deflated_file_are_read_forward_and_from_the_start_again()
    {
        string path = Path.Combine(_folder, "a.dcm");
        File.WriteAllBytes(path, Part10.ToBytes(new FileMeta(SopClasses.UltrasoundImage, "1.2.3", Deflated.Uid), Picture()));
        byte[] pixels = Picture().GetBytes(Tags.PixelData)!.Value.ToArray();
        using Part10File file = Part10File.Open(path);
        Assert.True(file.PixelDataOffset >= 0);
        byte[] read = new byte[1000];
        foreach (int offset in new[] { 0, 1000, 250_000, 5 })
        {
            Assert.Equal(1000, file.ReadPixelBytes(offset, read));
            Assert.Equal(pixels[offset..(offset + 1000)], read);
        }

        Assert.Equal(10, file.ReadPixelBytes(299_990, read));
        Assert.Equal(0, file.ReadPixelBytes(300_000, read));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(5000)]
    public void The_walker_follows_a_deflated_data_set_however_it_is_cut(int step)
    {
        byte[] bytes = DataSetWriter.Encode(Picture(), Deflated);
        var walker = new ElementWalker(Deflated);
        for (int i = 0; i < bytes.Length; i += step)
        {
            walker.Feed(bytes.AsSpan(i, Math.Min(step, bytes.Length - i)));
        }

        Assert.True(walker.Understood, walker.Reason);
        Assert.True(walker.AtPixelData);
        Assert.Equal("Müller^Jörg", walker.ToDataSet().GetString(Tags.PatientName));
    }

    [Fact]
    public void The_walker_says_that_bytes_are_not_deflated()
    {
        var walker = new ElementWalker(Deflated);
        walker.Feed([0xFF, 0xFE, 0xFD, 0xFC, 0xFB, 0xFA, 1, 2, 3, 4]);
        Assert.False(walker.Understood);
        Assert.Contains("not deflated", walker.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void H07_a_deflate_bomb_is_refused_at_200_fold()
    {
        byte[] bomb = Bomb(300);
        Assert.InRange(bomb.Length, 1, 400_000);
        long before = GC.GetAllocatedBytesForCurrentThread();
        DicomFormatException error = Assert.Throws<DicomFormatException>(() => DataSetReader.Read(bomb, Deflated));
        Assert.Contains("200-fold", error.Message, StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);

        var walker = new ElementWalker(Deflated);
        walker.Feed(bomb);
        Assert.Contains("200-fold", walker.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void H07_a_slow_bomb_is_refused_at_its_limit_of_bytes()
    {
        // Half of it is noise, so that it grows by less than 200; the limit of 64 MiB before the pixel data ends it.
        byte[] noise = new byte[1 << 20];
        new Random(5).NextBytes(noise);
        byte[] value = new byte[12 + (100 << 20)];
        new byte[] { 0x29, 0, 0x10, 0x10, (byte)'O', (byte)'B', 0, 0, 0, 0, 0x40, 6 }.CopyTo(value, 0);
        noise.CopyTo(value, 12);
        DicomFormatException error = Assert.Throws<DicomFormatException>(() => DataSetReader.Read(Deflate(value), Deflated));
        Assert.Contains("beyond 67108864 bytes", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void H07_a_bomb_of_small_elements_has_a_limit_of_elements()
    {
        byte[] elements = new byte[8 * 400_000];
        for (int i = 0; i < 400_000; i++)
        {
            byte[] element = [(byte)(9 + (i >> 16)), 0, (byte)i, (byte)(i >> 8), (byte)'C', (byte)'S', 0, 0];
            element.CopyTo(elements, i * 8);
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Contains("more than 250000 elements", Assert.Throws<DicomFormatException>(() => DataSetReader.Read(Deflate(elements), Deflated)).Message, StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 64 << 20);
    }

    [Fact]
    public void Every_truncation_and_random_damage_is_an_error_or_a_shorter_data_set()
    {
        byte[] bytes = DataSetWriter.Encode(DataSetRoundTripTests.Example(), Deflated);
        var random = new Random(3);
        for (int i = 0; i < bytes.Length + 3000; i++)
        {
            byte[] damaged = i < bytes.Length ? bytes[..i] : [.. bytes];
            if (i >= bytes.Length)
            {
                damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            }

            new ElementWalker(Deflated).Feed(damaged);
            try
            {
                DataSetReader.Read(damaged, Deflated);
            }
            catch (DicomFormatException e)
            {
                Assert.True(e.ByteOffset >= 0);
            }
        }
    }
}
