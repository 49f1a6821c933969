using System.Diagnostics;
using System.Text;
using PacsAiWorker.EndToEnd.Line;
using PacsAiWorker.EndToEnd.Phantoms;
using PacsAiWorker.EndToEnd.Servers;
using PacsAiWorker.Pipeline.Receiving;
using PacsAiWorker.Spool;
using Xunit;
using Xunit.Abstractions;

namespace PacsAiWorker.EndToEnd.Kill;

[Collection(Lanes.Kill)]
public sealed class RestartTests(TestServers servers, ITestOutputHelper output)
{
    private const int Waiting = 100_000;

    [Fact]
    public async Task A_receiver_with_100000_images_that_wait_for_their_rows_receives_before_it_has_written_them()
    {
        using var folder = new TempFolder("restart");
        var file = (await PhantomMaker.MakeAsync(folder["images"], 1, 1, 81, "--small", "--plain"))[0].PartTen;
        await using var line = await Installation.NewAsync(servers, Road.Embedded);
        Fill(line.Spool, file);

        var begun = Stopwatch.GetTimestamp();
        await line.StartWorkerAsync();
        Assert.True(Cart.Store(line.DicomPort, file).IsSuccess);
        output.WriteLine($"{Stopwatch.GetElapsedTime(begun).TotalSeconds:0.0} s from the start of the process to the first answer (debug build), {await line.Rows.CountAsync("instance")} rows by then");
        Assert.InRange(await line.Rows.CountAsync("instance"), 0, Waiting / 2);
        await Until.HoldsAsync("rows are being written", async () => await line.Rows.CountAsync("instance") > 1000, () => Task.FromResult(line.AllLogs));
        await line.Worker.KillAsync();
    }

    /// <summary>The spool as a killed receiver leaves it: headers without pixels, each of an instance of its own.</summary>
    private static void Fill(string spool, PartTen file)
    {
        var whole = File.ReadAllBytes(file.Path);
        var dataSet = whole[file.DataSetOffset..];
        dataSet = dataSet[..dataSet.AsSpan().IndexOf((ReadOnlySpan<byte>)[0xE0, 0x7F, 0x10, 0x00])];
        var uid = dataSet.AsSpan().IndexOf(Encoding.ASCII.GetBytes(file.SopInstance)) + file.SopInstance.Length - 6;
        var note = new ReceivedNote("US1", Installation.AeTitle, file.TransferSyntax, "site", 2, 60).ToBytes();

        // Never closed, as after a kill.
        var log = new SpoolLog(spool, new SpoolSizes(64 << 20, 0));
        var lane = log.Lease();
        for (var i = 0; i < Waiting; i++)
        {
            Encoding.ASCII.GetBytes($"{100_000 + i}", dataSet.AsSpan(uid));
            var record = lane.Begin(Guid.CreateVersion7(), whole.AsSpan(0, file.DataSetOffset));
            record.Write([dataSet]);
            record.Seal(note, DateTime.UtcNow);
        }

        lane.Sync();
    }
}
