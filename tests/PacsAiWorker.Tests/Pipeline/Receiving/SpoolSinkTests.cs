using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Dicom.Dimse;
using PacsAiWorker.Dicom.Files;
using PacsAiWorker.Pipeline;
using PacsAiWorker.Pipeline.Receiving;

namespace PacsAiWorker.Tests.Pipeline.Receiving;

public sealed class SpoolSinkTests
{
    [Fact]
    public async Task The_data_set_is_kept_byte_for_byte_behind_our_own_file_meta_group()
    {
        await using var line = await ReceivingLine.StartAsync();
        var phantom = ReceivingLine.Phantom();
        Assert.True(line.Store(phantom).IsSuccess);

        var row = Assert.Single(await line.RowsAsync(1));
        using var file = Part10File.Open(new SpoolFiles(line.Root).Find(row.File)!.Value);
        Assert.Equal(phantom.DataSetBytes, line.Bytes(row)[(int)file.DataSetOffset..]);
        Assert.Equal(("US1", phantom.SopInstanceUid, phantom.TransferSyntaxUid), (file.Meta.SourceAe, file.Meta.SopInstanceUid, file.Meta.TransferSyntaxUid));
        Assert.Equal(("US1", "PACSAI", "cstore", (long)phantom.DataSetBytes.Length), (row.CallingAe, row.CalledAe, row.Source, row.DataSetBytes));
    }

    [Fact]
    public void Control_characters_of_a_header_reach_no_row()
    {
        var header = ReceivedHeader.From(new DataSet().SetBytes(Tags.PatientID, Vr.LO, "12\u00003\u0007"u8.ToArray()).SetBytes(Tags.Modality, Vr.CS, "U\0S "u8.ToArray()));
        Assert.Equal("123", header.Identity().PatientId);
        Assert.Equal("US", header.Row(Guid.Empty, "", "", "", 0, "", "", "").Modality);
    }

    [Theory]
    [InlineData(null, "STAT", 0)]
    [InlineData(null, "", 2)]
    [InlineData(3, "STAT", 3)]
    public void The_tier_is_that_of_the_caller_else_of_the_order(int? caller, string priority, int tier) =>
        Assert.Equal(tier, ReceivedHeader.From(new DataSet().Set(Tags.RequestedProcedurePriority, priority)).Tier((short?)caller));

    [Fact]
    public async Task Different_UIDs_in_command_and_data_set_are_A900H_and_nothing_is_kept()
    {
        await using var line = await ReceivingLine.StartAsync();
        Assert.Equal(DimseStatus.DataSetMismatch, line.Store(ReceivingLine.Phantom(), "1.2.3.4").Status);
        Assert.Empty(line.Records());
    }

    [Fact]
    public async Task A_data_set_without_its_UIDs_is_C000H_and_names_what_is_missing()
    {
        await using var line = await ReceivingLine.StartAsync();
        var phantom = ReceivingLine.Phantom();
        var response = line.Store(phantom with { DataSetBytes = phantom.DataSetBytes[..200] });
        Assert.Equal(DimseStatus.CannotUnderstand, response.Status);
        Assert.Contains("Study Instance UID", response.ErrorComment, StringComparison.Ordinal);
        Assert.Empty(line.Records());
    }

    [Fact]
    public async Task An_association_that_breaks_leaves_nothing()
    {
        await using var line = await ReceivingLine.StartAsync();
        using var session = line.Session();
        var sink = ReceivingLine.Begin(session, ReceivingLine.Phantom());
        sink.Write([new byte[1000]]);
        sink.Abandon("cable pulled");
        Assert.Empty(line.Records());
    }

    [Fact]
    public async Task One_commit_covers_all_that_an_association_sent_ahead_and_none_is_recorded_before_it()
    {
        await using var line = await ReceivingLine.StartAsync();
        using var session = line.Session();
        for (var i = 0; i < 3; i++)
        {
            var phantom = ReceivingLine.Phantom(i);
            var sink = ReceivingLine.Begin(session, phantom);
            sink.Write([phantom.DataSetBytes]);
            Assert.True(sink.Complete().IsSuccess);
        }

        Assert.Equal(4096, Assert.Single(line.Log.Segments()).Durable);
        Assert.Null(session.Commit());
        Assert.Equal(3, (await line.RowsAsync(3)).Count);
    }

    [Fact]
    public async Task A_spool_that_cannot_be_written_is_A700H()
    {
        await using var line = await ReceivingLine.StartAsync();
        Directory.Delete(line.Root, recursive: true);
        Assert.Equal(DimseStatus.OutOfResources, line.Store(ReceivingLine.Phantom()).Status);
    }

    [Fact]
    public void A_note_fits_its_head_whatever_the_site_is_called()
    {
        var note = new ReceivedNote("A234567890123456", "B234567890123456", new string('1', 64), new string('語', 300), 2, 3600);
        var read = ReceivedNote.Parse(note.ToBytes());
        Assert.Equal(note with { Site = read.Site }, read);
        Assert.StartsWith(read.Site, note.Site, StringComparison.Ordinal);
    }
}
