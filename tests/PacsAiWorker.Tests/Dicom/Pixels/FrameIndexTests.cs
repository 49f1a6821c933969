using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Dicom.Files;
using PacsAiWorker.Dicom.Pixels;
using PacsAiWorker.Testing.Quirks;
using PacsAiWorker.Tests.Inference;
using Xunit;

namespace PacsAiWorker.Tests.Dicom.Pixels;

public sealed class FrameIndexTests : IDisposable
{
    private readonly Pictures _pictures = new();

    public void Dispose() => _pictures.Dispose();

    private static byte[] Jpeg(byte content) => [0xFF, 0xD8, 0xFF, 0xE0, content, 0xFF];

    private static byte[] Rest(byte content) => [content, content, 0xFF, 0xD9];

    /// <summary>The frames as the first offset and the number of their fragments.</summary>
    private (FrameIndex Index, string Frames) Read(int announced, byte[] element, TransferSyntax? syntax = null, DataSet? more = null)
    {
        var set = (more ?? new DataSet()).Set(Tags.Modality, "US");
        syntax ??= TransferSyntax.JpegBaseline;
        var path = _pictures.Write("1.2", syntax.Uid, [.. DataSetWriter.Encode(set, syntax), .. element]);
        using var file = Part10File.Open(path);
        var index = FrameIndex.Read(file, announced);
        return (index, string.Join(' ', Enumerable.Range(0, index.Frames).Select(f => $"{index.Of(f)[0].Offset}/{index.Of(f).Count}")));
    }

    [Fact]
    public void P01_frames_in_several_fragments_without_a_table_begin_with_their_codestream()
    {
        var (index, frames) = Read(3, Encapsulated.Element([], Jpeg(1), Rest(1), Jpeg(2), Jpeg(3), Rest(3)));
        Assert.Equal("16/2 42/1 56/2", frames);
        Assert.Empty(index.Flags);
    }

    [Fact]
    public void P02_one_fragment_a_frame_needs_no_look_inside() =>
        Assert.Equal("16/1 28/1", Read(2, Encapsulated.Element([], [1, 2, 3, 4], [5, 6])).Frames);

    [Fact]
    public void P03_all_fragments_belong_to_a_single_frame() =>
        Assert.Equal("16/3", Read(1, Encapsulated.Element([], Jpeg(1), Jpeg(2), Jpeg(3))).Frames);

    [Fact]
    public void P04_a_right_offset_table_is_used()
    {
        byte[][] fragments = [Rest(1), Rest(2), Rest(3), Rest(4)];
        var offsets = Encapsulated.Offsets(fragments);
        var (index, frames) = Read(2, Encapsulated.Element([offsets[0], offsets[3]], fragments));
        Assert.Equal(("basic offset table", "24/3 60/1"), (index.How, frames));
    }

    [Theory]
    [InlineData(0u, 7u)]
    [InlineData(0u, 99999u)]
    [InlineData(0u, uint.MaxValue)]
    [InlineData(12u, 0u)]
    [InlineData(0u, 0u)]
    public void P05_a_wrong_offset_table_is_flagged_and_not_used(uint first, uint second)
    {
        var (index, frames) = Read(2, Encapsulated.Element([first, second], Jpeg(1), Rest(1), Jpeg(2)));
        Assert.Equal("24/2 50/1", frames);
        Assert.Contains(index.Flags, f => f.Contains("offset table", StringComparison.Ordinal));
    }

    [Fact]
    public void P06_an_extended_offset_table_is_used()
    {
        byte[][] fragments = [Rest(1), Rest(2), Rest(3)];
        byte[] table = [.. BitConverter.GetBytes(0L), .. BitConverter.GetBytes((long)Encapsulated.Offsets(fragments)[2])];
        var more = new DataSet().SetBytes(new DicomTag(0x7FE0, 0x0001), Vr.OV, table);
        var (index, frames) = Read(2, Encapsulated.Element([], fragments), more: more);
        Assert.Equal(("extended offset table", "16/2 40/1"), (index.How, frames));
    }

    [Fact]
    public void P07_a_second_delimiter_at_the_end_changes_nothing()
    {
        byte[] twice = [.. Encapsulated.Element([], Jpeg(1), Jpeg(2)), .. Elements.SequenceEnd];
        var (index, frames) = Read(2, twice);
        Assert.Equal("16/1 30/1", frames);
        Assert.Empty(index.Flags);
    }

    [Fact]
    public void A_delimiter_inside_a_fragment_is_only_bytes() =>
        Assert.Equal("16/1 36/1", Read(2, Encapsulated.Element([], [1, 2, .. Elements.SequenceEnd, 3, 4], [5, 6])).Frames);

    [Theory]
    [InlineData(5, 2)]
    [InlineData(1, 1)]
    [InlineData(0, 2)]
    public void P21_never_more_frames_than_are_there_or_were_announced(int announced, int there)
    {
        var (index, _) = Read(announced, Encapsulated.Element([], Jpeg(1), Jpeg(2)));
        Assert.Equal(there, index.Frames);
        Assert.Equal(announced == 5, index.Flags.Count > 0);
    }

    [Fact]
    public void P23_pixel_data_that_is_cut_keeps_its_whole_fragments()
    {
        var whole = Encapsulated.Unfinished([], Jpeg(1), Jpeg(2));
        foreach (var (cut, frames) in new[] { (0, 2), (1, 1), (6, 1), (13, 1), (15, 0) })
        {
            var (index, _) = Read(0, whole[..^cut]);
            Assert.Equal(frames, index.Frames);
            Assert.NotEmpty(index.Flags);
        }
    }

    [Fact]
    public void H08_a_table_of_more_entries_than_frames_is_not_read()
    {
        var (index, frames) = Read(2, Encapsulated.Element(new uint[1000], Jpeg(1), Jpeg(2)));
        Assert.Equal("4016/1 4030/1", frames);
        Assert.Contains(index.Flags, f => f.Contains("1000 entries", StringComparison.Ordinal));
    }

    [Fact]
    public void H10_empty_fragments_are_passed_over() =>
        Assert.Equal("24/1 46/1", Read(2, Encapsulated.Element([], [], Jpeg(1), [], Jpeg(2))).Frames);

    [Fact]
    public void Rle_has_one_fragment_a_frame_however_many_were_announced() =>
        Assert.Equal(3, Read(0, Encapsulated.Element([], [1, 0], [2, 0], [3, 0]), TransferSyntax.Rle).Index.Frames);
}
