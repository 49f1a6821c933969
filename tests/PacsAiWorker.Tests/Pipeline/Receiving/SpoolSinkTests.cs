using Microsoft.EntityFrameworkCore;
using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Dicom.Dimse;
using PacsAiWorker.Dicom.Files;
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

        await using var context = line.Database.Open();
        var row = await context.Instances.SingleAsync();
        var kept = await File.ReadAllBytesAsync(line.Spool.PathOf(row.File));
        using var file = Part10File.Open(line.Spool.PathOf(row.File));
        Assert.Equal(phantom.DataSetBytes, kept[(int)file.DataSetOffset..]);
        Assert.Equal(("US1", phantom.SopInstanceUid, phantom.TransferSyntaxUid), (file.Meta.SourceAe, file.Meta.SopInstanceUid, file.Meta.TransferSyntaxUid));
        Assert.Equal(phantom.DataSetBytes.Length, row.DataSetBytes);
        Assert.Empty(line.Files(Spool.Partial));
    }

    [Fact]
    public async Task The_same_instance_twice_is_accepted_and_kept_once()
    {
        await using var line = await ReceivingLine.StartAsync();
        Assert.True(line.Store(ReceivingLine.Phantom()).IsSuccess);
        Assert.True(line.Store(ReceivingLine.Phantom()).IsSuccess);
        Assert.Single(line.Files(Spool.Whole));
    }

    [Fact]
    public async Task A_file_that_was_lost_is_restored_when_the_instance_comes_again()
    {
        await using var line = await ReceivingLine.StartAsync();
        line.Store(ReceivingLine.Phantom());
        var file = Assert.Single(line.Files(Spool.Whole));
        File.Delete(file);
        Assert.True(line.Store(ReceivingLine.Phantom()).IsSuccess);
        Assert.Equal([file], line.Files(Spool.Whole));
    }

    [Fact]
    public void Control_characters_of_a_header_reach_no_row()
    {
        var header = ReceivedHeader.From(new DataSet().SetBytes(Tags.PatientID, Vr.LO, "12\u00003\u0007"u8.ToArray()).SetBytes(Tags.Modality, Vr.CS, "U\0S "u8.ToArray()));
        Assert.Equal("123", header.Identity().PatientId);
        Assert.Equal("US", header.Row(Guid.Empty, "", "", "", 0, "", "", "").Modality);
    }

    [Fact]
    public async Task Different_UIDs_in_command_and_data_set_are_A900H_and_nothing_is_kept()
    {
        await using var line = await ReceivingLine.StartAsync();
        Assert.Equal(DimseStatus.DataSetMismatch, line.Store(ReceivingLine.Phantom(), "1.2.3.4").Status);
        Assert.Empty(line.Files(".*"));
    }

    [Fact]
    public async Task A_data_set_without_its_UIDs_is_C000H_and_names_what_is_missing()
    {
        await using var line = await ReceivingLine.StartAsync();
        var phantom = ReceivingLine.Phantom();
        var response = line.Store(phantom with { DataSetBytes = phantom.DataSetBytes[..200] });
        Assert.Equal(DimseStatus.CannotUnderstand, response.Status);
        Assert.Contains("Study Instance UID", response.ErrorComment, StringComparison.Ordinal);
        Assert.Empty(line.Files(".*"));
    }

    [Fact]
    public async Task An_association_that_breaks_leaves_nothing()
    {
        await using var line = await ReceivingLine.StartAsync();
        var sink = line.Begin(ReceivingLine.Phantom());
        sink.Write([new byte[1000]]);
        sink.Abandon("cable pulled");
        Assert.Empty(line.Files(".*"));
    }

    [Fact]
    public async Task Without_a_database_the_answer_is_A700H_and_the_whole_file_waits_for_the_next_start()
    {
        await using var line = await ReceivingLine.StartAsync();
        await line.Database.WriteAsync(t => t.Context.Database.ExecuteSqlRawAsync("ALTER TABLE instance RENAME TO instance_away"), default);
        Assert.Equal(DimseStatus.OutOfResources, line.Store(ReceivingLine.Phantom()).Status);
        Assert.NotNull(line.Health.JournalDown);
        Assert.Single(line.Files(Spool.Whole));

        await line.Database.WriteAsync(t => t.Context.Database.ExecuteSqlRawAsync("ALTER TABLE instance_away RENAME TO instance"), default);
        Assert.Equal(1, (await line.ReconcileAsync()).Adopted);
    }

    [Fact]
    public async Task A_spool_that_cannot_be_written_is_A700H()
    {
        await using var line = await ReceivingLine.StartAsync();
        foreach (var shard in Directory.GetDirectories(line.Spool.Root))
        {
            Directory.Delete(shard);
        }

        Assert.Equal(DimseStatus.OutOfResources, line.Store(ReceivingLine.Phantom()).Status);
    }
}
