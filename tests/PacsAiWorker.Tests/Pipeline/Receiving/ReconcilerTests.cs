using Microsoft.EntityFrameworkCore;
using PacsAiWorker.Pipeline.Receiving;

namespace PacsAiWorker.Tests.Pipeline.Receiving;

public sealed class ReconcilerTests
{
    [Fact]
    public async Task A_whole_file_without_a_row_is_adopted_with_its_sender()
    {
        await using var line = await ReceivingLine.StartAsync();
        line.Orphan(ReceivingLine.Phantom());
        Assert.Equal(new Reconciled(1, 0, 0, 0), await line.ReconcileAsync());

        await using var context = line.Database.Open();
        var row = await context.Instances.SingleAsync();
        Assert.Equal(("reconcile", "US1"), (row.Source, row.CallingAe));
        Assert.Equal(new Reconciled(0, 0, 0, 0), await line.ReconcileAsync());
    }

    [Fact]
    public async Task An_adopted_file_and_the_same_instance_over_the_wire_are_equal()
    {
        await using var line = await ReceivingLine.StartAsync();
        line.Store(ReceivingLine.Phantom());
        line.Orphan(ReceivingLine.Phantom());
        Assert.Equal(new Reconciled(0, 1, 0, 0), await line.ReconcileAsync());
        Assert.Single(line.Files(Spool.Whole));
    }

    [Fact]
    public async Task Partial_files_go_and_unreadable_ones_are_set_aside()
    {
        await using var line = await ReceivingLine.StartAsync();
        await File.WriteAllTextAsync(line.Spool.PathOf("00/half.part"), "half");
        await File.WriteAllTextAsync(line.Spool.PathOf("00/0123456789abcdef0123456789abcdef.dcm"), "not DICOM");
        Assert.Equal(new Reconciled(0, 0, 1, 1), await line.ReconcileAsync());
        Assert.Equal(line.Spool.SetAside, Path.GetDirectoryName(Assert.Single(line.Files(Spool.Whole))));
        Assert.Equal(new Reconciled(0, 0, 0, 0), await line.ReconcileAsync());
    }
}
