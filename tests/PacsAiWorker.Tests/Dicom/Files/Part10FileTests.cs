using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Dicom.Files;
using PacsAiWorker.Tests.Dicom.Data;
using Xunit;

namespace PacsAiWorker.Tests.Dicom.Files;

public sealed class Part10FileTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("part10-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private static readonly FileMeta Meta =
        new(SopClasses.UltrasoundImage, "1.2.3", TransferSyntax.ExplicitVrLittleEndian.Uid, "CART", "CART", "WORKER");

    private string Save(byte[] bytes)
    {
        string path = Path.Combine(folder, Guid.NewGuid().ToString("N"));
        File.WriteAllBytes(path, bytes);
        return path;
    }

    private static byte[] FileBytes() => Part10.ToBytes(
        Meta, DataSetRoundTripTests.Example().SetBytes(Tags.PixelData, Vr.OB, Enumerable.Range(0, 100).Select(i => (byte)i).ToArray()));

    [Fact]
    public void A_file_is_read_up_to_its_pixel_data_and_pixels_on_demand()
    {
        using Part10File file = Part10File.Open(Save(FileBytes()));
        Assert.Empty(file.Flags);
        Assert.Equal(Meta, file.Meta);
        Assert.Same(TransferSyntax.ExplicitVrLittleEndian, file.Syntax);
        Assert.Equal(Part10.Header(Meta).Length, file.DataSetOffset);
        Assert.Equal(480, file.DataSet.GetInt(Tags.Rows));
        Assert.Equal(100, file.PixelDataLength);
        Assert.Equal(Vr.OB, file.PixelDataVr);
        Assert.Equal(file.Length - 100, file.PixelDataOffset);

        byte[] buffer = new byte[16];
        Assert.Equal(16, file.ReadPixelBytes(50, buffer));
        Assert.Equal(50, buffer[0]);
        Assert.Equal(4, file.ReadPixelBytes(96, buffer));
        Assert.Equal(0, file.ReadPixelBytes(100, buffer));
    }

    [Theory]
    [InlineData(128, "the preamble is missing")]
    [InlineData(132, "preamble and prefix are missing")]
    public void A_missing_preamble_is_tolerated_and_flagged(int cut, string flag)
    {
        using Part10File file = Part10File.Open(Save(FileBytes()[cut..]));
        Assert.Equal([flag], file.Flags);
        Assert.Equal("1.2.3", file.Meta.SopInstanceUid);
    }

    [Fact]
    public void A_bare_data_set_is_taken_for_what_it_looks_like()
    {
        byte[] bytes = DataSetWriter.Encode(DataSetRoundTripTests.Example(), TransferSyntax.ImplicitVrLittleEndian);
        using Part10File file = Part10File.Open(Save(bytes));
        Assert.Same(TransferSyntax.ImplicitVrLittleEndian, file.Syntax);
        Assert.Equal(SopClasses.UltrasoundImage, file.Meta.SopClassUid);
        Assert.Equal(3, file.Flags.Count);
        Assert.Equal(-1, file.PixelDataOffset);
    }

    [Fact]
    public void Something_else_is_no_DICOM_file()
    {
        string path = Save("GET / HTTP/1.1\r\nHost: worker\r\n\r\n"u8.ToArray());
        DicomFormatException error = Assert.Throws<DicomFormatException>(() => Part10File.Open(path));
        Assert.Contains("is no DICOM file:", error.Message, StringComparison.Ordinal);
        Assert.Throws<DicomFormatException>(() => Part10File.Open(Save([])));
    }

    [Fact]
    public void Opening_a_big_image_allocates_nothing_in_proportion_to_it()
    {
        string path = Save(Part10.ToBytes(Meta, DataSetRoundTripTests.Example().SetBytes(Tags.PixelData, Vr.OB, new byte[2 << 20])));
        Part10File.Open(path).Dispose();
        long before = GC.GetAllocatedBytesForCurrentThread();
        using Part10File file = Part10File.Open(path);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 1, 100_000);
        Assert.Equal(2 << 20, file.PixelDataLength);
    }

    [Fact]
    public void The_version_name_has_at_most_16_characters() => Assert.InRange(Part10.ImplementationVersionName.Length, 1, 16);

    [Fact]
    public void Real_files_are_read_without_loading_their_pixels()
    {
        foreach (string path in SampleFiles.All())
        {
            using Part10File file = Part10File.Open(path);
            Assert.True(file.PixelDataOffset > 0, path);
            Assert.NotEqual("unknown", file.Syntax.Name);
            Assert.True(file.DataSet.GetInt(Tags.Rows) > 0, path);
            Assert.Equal(file.Meta.SopInstanceUid, file.DataSet.GetString(Tags.SOPInstanceUID));
            Assert.Equal(file.Syntax.Encapsulated, file.PixelDataLength == -1);

            // The walker, fed in odd pieces, sees the same values.
            var walker = new ElementWalker(file.Syntax);
            byte[] bytes = File.ReadAllBytes(path)[(int)file.DataSetOffset..];
            for (int i = 0; i < bytes.Length; i += 37)
            {
                walker.Feed(bytes.AsSpan(i, Math.Min(37, bytes.Length - i)));
            }

            Assert.True(walker.Understood, walker.Reason);
            DataSet walked = walker.ToDataSet();
            foreach (DicomTag tag in ElementWalker.DefaultWanted)
            {
                Assert.Equal(file.DataSet.GetStrings(tag), walked.GetStrings(tag));
                Assert.Equal(file.DataSet.GetDouble(tag), walked.GetDouble(tag));
            }
        }
    }
}
