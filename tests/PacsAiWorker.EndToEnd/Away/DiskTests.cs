using PacsAiWorker.Dicom.Dimse;
using PacsAiWorker.EndToEnd.Line;
using PacsAiWorker.EndToEnd.Phantoms;
using PacsAiWorker.EndToEnd.Servers;
using Xunit;

namespace PacsAiWorker.EndToEnd.Away;

[Collection(Lanes.Away)]
public sealed class DiskTests(TestServers servers)
{
    [Fact]
    public async Task A_full_disk_is_answered_A700_leaves_no_partial_file_and_passes_when_there_is_room_again()
    {
        using var folder = new TempFolder("disk");
        var files = (await PhantomMaker.MakeAsync(folder["images"], 4, 12, 51, "--plain")).Select(p => p.PartTen).ToList();
        await using var disk = await SmallDisk.MountAsync(folder.Folder("disk"), "size=8m");
        await using var line = await Installation.NewAsync(servers, Road.Embedded, new Dictionary<string, object?>
        {
            ["Data:Directory"] = disk.Path,
            ["Spool:Watermark:Percent"] = 100,
            ["Spool:Watermark:ReserveGiB"] = 0,
        });

        // The database lies elsewhere: only the spool's disk is full.
        line.With(new Dictionary<string, object?> { ["Database:ConnectionString"] = line.Records.ConnectionString });
        await line.StartAllAsync();
        var answers = files.Select(f => Cart.Store(line.DicomPort, f)).ToList();
        Assert.Contains(answers, a => a.Status == DimseStatus.OutOfResources);
        Assert.All(answers, a => Assert.True(a.Status is DimseStatus.Success or DimseStatus.OutOfResources, a.ToString()));
        var kept = answers.Count(a => a.IsSuccess);
        await line.WaitUntilRecordedAsync();
        Assert.Equal(kept, await line.Rows.CountAsync("instance"));
        Assert.Equal(kept, SpoolPlaces.All(line.Spool).Count);
        Assert.Contains("no space left on the disk", line.AllLogs, StringComparison.Ordinal);

        await disk.RemountAsync("size=64m");
        Assert.All(files, f => Assert.True(Cart.Store(line.DicomPort, f).IsSuccess));
        await line.WaitUntilIdleAsync();
        Assert.Equal(files.Count, await line.Rows.CountAsync("instance WHERE outcome = 'scored'"));
    }

    [Fact]
    public async Task Below_the_watermark_associations_are_refused_for_now_and_readiness_says_why()
    {
        await using var line = await Installation.NewAsync(servers, Road.Embedded, new Dictionary<string, object?> { ["Spool:Watermark:ReserveGiB"] = 1_000_000 });
        await line.StartWorkerAsync();
        var result = await Dcmtk.EchoAsync(line.DicomPort, "US1");
        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains("Local Limit Exceeded", result.All, StringComparison.OrdinalIgnoreCase);
        var ready = await line.Worker.GetAsync("health/ready");
        Assert.Equal(503, ready.Status);
        Assert.Contains("Spool:Watermark:ReserveGiB", ready.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_disk_that_fails_to_sync_is_answered_A700_keeps_nothing_and_ends_all_receiving_until_a_restart()
    {
        using var folder = new TempFolder("sync");
        var files = (await PhantomMaker.MakeAsync(folder["images"], 1, 2, 52, "--plain")).Select(p => p.PartTen).ToList();
        await using var line = await Installation.NewAsync(servers, Road.Embedded);
        await line.StartWorkerAsync();
        await line.Worker.WaitUntilReadyAsync();
        await using (var strace = Child.Start(Tool.Find("/usr/bin/strace", "strace"), ["-f", "-p", $"{line.Worker.Id}", "-e", "trace=fsync,fdatasync", "-e", "inject=fsync,fdatasync:error=EIO"]))
        {
            await Until.HoldsAsync("strace holds the worker", () => strace.Log.Contains("attached", StringComparison.Ordinal), () => strace.Log);
            Assert.Equal(DimseStatus.OutOfResources, Cart.Store(line.DicomPort, files[0]).Status);
            await strace.StopAsync();
        }

        Assert.Equal(0, await line.Rows.CountAsync("instance"));
        Assert.Contains("Local Limit Exceeded", (await Dcmtk.EchoAsync(line.DicomPort, "US1")).All, StringComparison.OrdinalIgnoreCase);
        var ready = await line.Worker.GetAsync("health/ready");
        Assert.Equal(503, ready.Status);
        Assert.Contains("the spool could not be synced", ready.Text, StringComparison.Ordinal);

        await line.Worker.StopAsync();
        await line.StartWorkerAsync();
        Assert.True(Cart.Store(line.DicomPort, files[0]).IsSuccess);
    }

    [Theory]
    [InlineData("pwrite64")]
    public async Task A_disk_that_fails_to_write_is_answered_A700_records_nothing_and_receiving_goes_on_afterwards(string call)
    {
        using var folder = new TempFolder("write");
        var files = (await PhantomMaker.MakeAsync(folder["images"], 1, 3, 53, "--small", "--plain")).Select(p => p.PartTen).ToList();
        await using var line = await Installation.NewAsync(servers, Road.Embedded);
        await line.StartWorkerAsync();
        await line.Worker.WaitUntilReadyAsync();

        // The first instance makes the segment; one association sends all, so that it is the only one.
        using var client = Cart.Connect(line.DicomPort, [.. files.Select(Cart.ContextOf).DistinctBy(c => (c.AbstractSyntax, c.TransferSyntaxes[0]))]);
        Assert.True(Store(0).IsSuccess);
        await line.WaitUntilRecordedAsync();
        var segment = Assert.Single(Directory.EnumerateFiles(line.Spool, "*.seg"));
        await using (var strace = Child.Start(Tool.Find("/usr/bin/strace", "strace"), ["-f", "-p", $"{line.Worker.Id}", "-P", segment, "-e", $"trace={call}", "-e", $"inject={call}:error=EIO"]))
        {
            await Until.HoldsAsync("strace holds the worker", () => strace.Log.Contains("attached", StringComparison.Ordinal), () => strace.Log);
            Assert.Equal(DimseStatus.OutOfResources, Store(1).Status);
            Assert.Equal(DimseStatus.OutOfResources, Store(2).Status);
            await strace.StopAsync();
            Assert.Contains("EIO", strace.Log, StringComparison.Ordinal);
        }

        Assert.Single(SpoolPlaces.All(line.Spool));
        Assert.Equal(200, (await line.Worker.GetAsync("health/ready")).Status);
        Assert.True(Store(1).IsSuccess);
        Assert.True(Cart.Store(line.DicomPort, files[2]).IsSuccess);
        client.Release();
        await line.WaitUntilRecordedAsync();
        Assert.Equal(files.Select(f => f.Digest).Order(), (await line.Rows.QueryAsync("SELECT file FROM instance")).Select(r => line.Kept(r.Text("file")).Digest).Order());

        DimseResponse Store(int number) => client.Store(files[number].SopClass, files[number].SopInstance, files[number].TransferSyntax, files[number].DataSet);
    }

    [Fact]
    public async Task A_spool_that_became_read_only_is_answered_A700_and_passes_by_itself_when_it_can_be_written_again()
    {
        using var folder = new TempFolder("readonly");
        var file = (await PhantomMaker.MakeAsync(folder["images"], 1, 1, 54, "--small", "--plain"))[0].PartTen;
        await using var line = await Installation.NewAsync(servers, Road.Embedded);
        await using var disk = await SmallDisk.MountAsync(Directory.CreateDirectory(line.Spool).FullName, "size=256m");
        await line.StartWorkerAsync();
        await line.Worker.WaitUntilReadyAsync();

        // Before the first image no segment is open, which would hold the mount.
        await disk.RemountAsync("ro");
        Assert.Equal(DimseStatus.OutOfResources, Cart.Store(line.DicomPort, file).Status);
        Assert.Equal(DimseStatus.OutOfResources, Cart.Store(line.DicomPort, file).Status);
        Assert.Empty(SpoolPlaces.All(line.Spool));
        Assert.Equal(0, await line.Rows.CountAsync("instance"));

        await disk.RemountAsync("rw");
        Assert.True(Cart.Store(line.DicomPort, file).IsSuccess);
        await line.WaitUntilRecordedAsync();
        Assert.Equal(file.Digest, line.Kept(Assert.Single(await line.Rows.QueryAsync("SELECT file FROM instance")).Text("file")).Digest);
        await line.Worker.StopAsync();
    }

    /// <summary>A file system in memory of a few megabytes; mounting needs root.</summary>
    private sealed class SmallDisk : IAsyncDisposable
    {
        private SmallDisk(string path) => Path = path;

        public string Path { get; }

        public static async Task<SmallDisk> MountAsync(string path, string size)
        {
            Assert.True(Environment.IsPrivilegedProcess, "This test mounts a small tmpfs and needs root: run eng/test as root, or eng/test --fast without the servers.");
            (await Tool.RunAsync("/bin/mount", ["-t", "tmpfs", "-o", size, "tmpfs", path])).Succeeded();
            return new SmallDisk(path);
        }

        public async Task RemountAsync(string size) => (await Tool.RunAsync("/bin/mount", ["-o", $"remount,{size}", Path])).Succeeded();

        public async ValueTask DisposeAsync() => (await Tool.RunAsync("/bin/umount", ["-l", Path])).Succeeded();
    }
}
