using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Dicom.Files;
using PacsAiWorker.Inference;
using PacsAiWorker.Inference.Imaging;
using Xunit;

namespace PacsAiWorker.Tests.Inference.Imaging;

public sealed class FrameSourceTests : IDisposable
{
    private readonly Pictures _pictures = new();

    public void Dispose() => _pictures.Dispose();

    private FrameResult<RasterImage> Read(DataSet set, TransferSyntax? syntax = null) => Read(_pictures.Write(set, syntax));

    private static FrameResult<RasterImage> Read(string path)
    {
        using var file = Part10File.Open(path);
        var source = FrameSource.Open(file, FrameHeader.Read(file.DataSet), TestCodecs.Pool);
        return source.Value?.Read(0, CancellationToken.None) ?? FrameResult<RasterImage>.No(source.Reason!.Value, source.Detail!);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Grey_bytes_come_back_as_stored_in_both_encodings(bool explicitVr)
    {
        var result = Read(Pictures.Ultrasound("MONOCHROME2", 1, 2, 2, [0, 100, 200, 255]), explicitVr ? null
            : TransferSyntax.ImplicitVrLittleEndian);
        Assert.Equal((2, 2, 1), (result.Value!.Width, result.Value.Height, result.Value.Channels));
        Assert.Equal([0, 100, 200, 255], result.Value.Pixels.ToArray());
    }

    [Fact]
    public void Monochrome1_is_inverted() =>
        Assert.Equal([255, 155, 55, 0], Read(Pictures.Ultrasound("MONOCHROME1", 1, 2, 2, [0, 100, 200, 255])).Value!.Pixels.ToArray());

    [Fact]
    public void Sixteen_bits_go_through_the_window_or_their_range()
    {
        byte[] stored = [0, 0, 0xFF, 0x03, 0xFF, 0x0F, 0, 0x08]; // 0, 1023, 4095, 2048
        var set = Pictures.Ultrasound("MONOCHROME2", 1, 2, 2, stored, bits: 16).SetUShort(Tags.BitsStored, 12);
        Assert.Equal([0, 64, 255, 128], Read(set).Value!.Pixels.ToArray());
        Assert.Equal([0, 255, 255, 255], Read(set.Set(Tags.WindowCenter, "512").Set(Tags.WindowWidth, "1024")).Value!.Pixels.ToArray());
    }

    [Fact]
    public void Planes_and_pixels_give_the_same_picture()
    {
        byte[] expected = [1, 2, 3, 4, 5, 6];
        Assert.Equal(expected, Read(Pictures.Ultrasound("RGB", 3, 1, 2, [1, 2, 3, 4, 5, 6])).Value!.Pixels.ToArray());
        Assert.Equal(expected,
            Read(Pictures.Ultrasound("RGB", 3, 1, 2, [1, 4, 2, 5, 3, 6]).SetUShort(Tags.PlanarConfiguration, 1)).Value!.Pixels.ToArray());
    }

    [Fact]
    public void Full_range_ybr_becomes_rgb() =>
        Assert.Equal([76, 76, 76, 254, 0, 0], Read(Pictures.Ultrasound("YBR_FULL", 3, 1, 2, [76, 128, 128, 76, 85, 255])).Value!.Pixels.ToArray());

    [Theory]
    [InlineData(16, new byte[] { 0, 10, 0, 20, 0, 30 })]
    [InlineData(8, new byte[] { 10, 20, 30, 0 })]
    public void A_palette_of_wide_or_narrow_entries_starts_at_its_first_index(int bits, byte[] table)
    {
        var set = Pictures.Ultrasound("PALETTE COLOR", 1, 1, 4, [0, 5, 6, 9]);
        foreach (var (descriptor, data) in Tables)
            set.SetUShort(descriptor, 3, 5, (ushort)bits).SetBytes(data, Vr.OW, table);
        Assert.Equal([10, 10, 10, 10, 10, 10, 20, 20, 20, 30, 30, 30], Read(set).Value!.Pixels.ToArray());
    }

    [Fact]
    public void A_palette_shorter_than_it_says_is_corrupt_and_a_missing_one_is_a_codec_matter()
    {
        var set = Pictures.Ultrasound("PALETTE COLOR", 1, 1, 2, [0, 1]);
        Assert.Equal(NotScoredReason.Codec, Read(set).Reason);
        foreach (var (descriptor, data) in Tables)
            set.SetUShort(descriptor, 256, 0, 16).SetBytes(data, Vr.OW, new byte[20]);
        Assert.Equal(NotScoredReason.Corrupt, Read(set).Reason);
    }

    [Fact]
    public void An_odd_length_with_its_padding_is_read() =>
        Assert.Equal([1, 2, 3, 4, 5, 6, 7, 8, 9], Read(Pictures.Ultrasound("RGB", 3, 3, 1, [1, 2, 3, 4, 5, 6, 7, 8, 9])).Value!.Pixels.ToArray());

    [Fact]
    public void Too_little_pixel_data_is_corrupt_and_says_how_much_was_needed()
    {
        var result = Read(Pictures.Ultrasound("MONOCHROME2", 1, 10, 10, new byte[40]));
        Assert.Equal(NotScoredReason.Corrupt, result.Reason);
        Assert.Contains("100", result.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_ends_early_is_corrupt()
    {
        var path = _pictures.Write(Pictures.Ultrasound("MONOCHROME2", 1, 100, 100, new byte[10000]));
        using (var stream = File.OpenWrite(path))
            stream.SetLength(stream.Length - 5000);
        Assert.Equal(NotScoredReason.Corrupt, Read(path).Reason);
    }

    [Fact]
    public void A_claim_of_billions_of_pixels_is_refused_before_memory_is_taken()
    {
        var result = Read(Pictures.Ultrasound("RGB", 3, 65500, 65500, new byte[10]));
        Assert.Equal(NotScoredReason.Codec, result.Reason);
        Assert.Contains("megapixels", result.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("YBR_PARTIAL_420", 3, 8, "YBR_PARTIAL_420")]
    [InlineData("RGB", 3, 16, "RGB")]
    [InlineData("SMITH^JOHN", 1, 8, "unknown photometric interpretation")]
    public void What_is_not_decoded_is_named_without_repeating_free_text(string photometric, int samples, int bits, string named)
    {
        var result = Read(Pictures.Ultrasound(photometric, samples, 2, 2, new byte[64], bits));
        Assert.Equal(NotScoredReason.Codec, result.Reason);
        Assert.Contains(named, result.Detail, StringComparison.Ordinal);
        Assert.DoesNotContain("SMITH", result.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void C10_two_pixels_share_their_colour_in_native_422()
    {
        // 76, 85, 255 is red; 128, 128 has no colour.
        var set = Pictures.Ultrasound("YBR_FULL_422", 3, 1, 4, [76, 76, 85, 255, 200, 10, 128, 128]);
        Assert.Equal([254, 0, 0, 254, 0, 0, 200, 200, 200, 10, 10, 10], Read(set).Value!.Pixels.ToArray());
    }

    [Fact]
    public void Whole_colour_under_the_label_of_half_colour_is_read_as_it_is_stored()
    {
        byte[] stored = [76, 85, 255, 200, 128, 128, 10, 128, 128, 0, 128, 128];
        Assert.Equal([254, 0, 0, 200, 200, 200, 10, 10, 10, 0, 0, 0], Read(Pictures.Ultrasound("YBR_FULL_422", 3, 1, 4, stored)).Value!.Pixels.ToArray());
    }

    [Fact]
    public void Samples_that_do_not_begin_at_bit_0_are_refused_not_cut()
    {
        var set = Pictures.Ultrasound("MONOCHROME2", 1, 1, 2, [0, 0xFF, 0, 0x10], bits: 16).SetUShort(Tags.BitsStored, 12);
        Assert.Equal(NotScoredReason.Codec, Read(set.SetUShort(Tags.HighBit, 15)).Reason);
        Assert.Null(Read(set.SetUShort(Tags.HighBit, 11)).Reason);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void C13_rle_is_planar_whatever_the_tag_says(ushort planar)
    {
        var set = Pictures.Ultrasound("RGB", 3, 1, 2, []).SetUShort(Tags.PlanarConfiguration, planar);
        byte[] stream = [3, 0, 0, 0, 64, 0, 0, 0, 68, 0, 0, 0, 72, 0, 0, 0, .. new byte[48], 1, 1, 2, 0, 1, 3, 4, 0, 1, 5, 6, 0];
        Assert.Equal([1, 3, 5, 2, 4, 6], Read(_pictures.WriteEncapsulated(set, TransferSyntax.Rle, stream)).Value!.Pixels.ToArray());
    }

    [Fact]
    public void C16_a_descriptor_of_signed_VR_is_read_as_unsigned()
    {
        var set = Pictures.Ultrasound("PALETTE COLOR", 1, 1, 2, [0, 1]);
        foreach (var (descriptor, data) in Tables)
            set.SetBytes(descriptor, Vr.SS, new byte[] { 0, 0, 0, 0, 16, 0 }).SetBytes(data, Vr.OW, Enumerable.Range(0, 65536).SelectMany(i => new byte[] { 0, (byte)(i + 7) }).ToArray());
        Assert.Equal([7, 7, 7, 8, 8, 8], Read(set).Value!.Pixels.ToArray());
    }

    [Fact]
    public void A_signed_palette_index_counts_from_its_first_value()
    {
        var set = Pictures.Ultrasound("PALETTE COLOR", 1, 1, 3, [0x80, 0x81, 0x82]).SetUShort(Tags.PixelRepresentation, 1);
        foreach (var (descriptor, data) in Tables)
            set.SetBytes(descriptor, Vr.SS, new byte[] { 3, 0, 0x80, 0xFF, 8, 0 }).SetBytes(data, Vr.OW, new byte[] { 10, 20, 30, 0 });
        Assert.Equal([10, 10, 10, 20, 20, 20, 30, 30, 30], Read(set).Value!.Pixels.ToArray());
    }

    [Fact]
    public void C15_a_segmented_palette_is_expanded()
    {
        var set = Pictures.Ultrasound("PALETTE COLOR", 1, 1, 3, [0, 1, 2]);
        foreach (var (descriptor, data) in Tables)
            set.SetUShort(descriptor, 3, 0, 16).SetBytes(new DicomTag(0x0028, (ushort)(data.Element + 0x20)), Vr.OW, new byte[] { 0, 0, 1, 0, 0, 10, 1, 0, 2, 0, 0, 30 });
        Assert.Equal([10, 10, 10, 20, 20, 20, 30, 30, 30], Read(set).Value!.Pixels.ToArray());
    }

    [Theory]
    [InlineData("MONOCHROME2", new byte[] { 0, 128, 255 })]
    [InlineData("MONOCHROME1", new byte[] { 255, 127, 0 })]
    public void C19_signed_samples_keep_their_order(string photometric, byte[] expected)
    {
        var set = Pictures.Ultrasound(photometric, 1, 1, 3, [0, 0x80, 0, 0, 0xFF, 0x7F], bits: 16).SetUShort(Tags.PixelRepresentation, 1);
        Assert.Equal(expected, Read(set).Value!.Pixels.ToArray());
    }

    [Fact]
    public void P20_fragments_under_a_label_of_uncompressed_pixels_are_decoded_by_their_first_bytes()
    {
        var set = Pictures.Ultrasound("MONOCHROME2", 1, 1, 4, []);
        byte[] stream = [1, 0, 0, 0, 64, 0, 0, 0, .. new byte[56], 3, 9, 8, 7, 6, 0];
        Assert.Equal([9, 8, 7, 6], Read(_pictures.WriteEncapsulated(set, TransferSyntax.ExplicitVrLittleEndian, stream)).Value!.Pixels.ToArray());
    }

    [Fact]
    public void Big_endian_pixels_are_swapped_by_what_the_file_is_not_by_its_label()
    {
        var set = Pictures.Ultrasound("MONOCHROME2", 1, 1, 2, [0x00, 0xFF, 0x00, 0x80], bits: 16);
        var bytes = DataSetWriter.Encode(set, TransferSyntax.ExplicitVrBigEndian);
        foreach (var label in new[] { TransferSyntax.ExplicitVrBigEndian, TransferSyntax.ExplicitVrLittleEndian })
            Assert.Equal([254, 128], Read(_pictures.Write(SopClasses.UltrasoundImage, label.Uid, bytes)).Value!.Pixels.ToArray());
    }

    [Fact]
    public void Odd_frames_of_bytes_in_big_endian_words_are_put_right()
    {
        // Three bytes a frame, 1 2 3 and 4 5 6, in words of which the first byte comes second.
        var set = Pictures.Ultrasound("MONOCHROME2", 1, 1, 3, [1, 2, 3, 4, 5, 6]).SetInt(Tags.NumberOfFrames, 2);
        using var file = Part10File.Open(_pictures.Write(set, TransferSyntax.ExplicitVrBigEndian));
        var source = FrameSource.Open(file, FrameHeader.Read(file.DataSet), TestCodecs.Pool).Value!;
        Assert.Equal([1, 2, 3], source.Read(0, CancellationToken.None).Value!.Pixels.ToArray());
        Assert.Equal([4, 5, 6], source.Read(1, CancellationToken.None).Value!.Pixels.ToArray());
    }

    [Fact]
    public void H02_frames_beyond_32_bits_are_refused_in_64_bit_arithmetic()
    {
        var set = Pictures.Ultrasound("MONOCHROME2", 1, 8000, 8000, new byte[100], bits: 16).SetInt(Tags.NumberOfFrames, int.MaxValue);
        Assert.Equal(NotScoredReason.Corrupt, Read(set).Reason);
    }

    private static readonly (DicomTag, DicomTag)[] Tables =
    [
        (Tags.RedPaletteColorLookupTableDescriptor, Tags.RedPaletteColorLookupTableData),
        (Tags.GreenPaletteColorLookupTableDescriptor, Tags.GreenPaletteColorLookupTableData),
        (Tags.BluePaletteColorLookupTableDescriptor, Tags.BluePaletteColorLookupTableData),
    ];
}
