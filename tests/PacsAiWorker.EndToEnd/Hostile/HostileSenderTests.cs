using System.Diagnostics;
using PacsAiWorker.Dicom.Dimse;
using PacsAiWorker.EndToEnd.Line;
using PacsAiWorker.EndToEnd.Phantoms;
using PacsAiWorker.EndToEnd.Servers;
using Xunit;
using Xunit.Abstractions;

namespace PacsAiWorker.EndToEnd.Hostile;

/// <summary>One worker and its PACS for the tests that only send.</summary>
public sealed class HostileRun(TestServers servers) : IAsyncLifetime
{
    internal Installation Line { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Line = await Installation.NewAsync(servers, Road.Embedded);
        await Line.StartAllAsync();
    }

    public async Task DisposeAsync() => await Line.DisposeAsync();
}

[Collection(Lanes.Alone)]
public sealed class HostileSenderTests(TestServers servers, HostileRun run, ITestOutputHelper output) : IClassFixture<HostileRun>
{
    private const int Rounds = 3;
    private const int MostRiseKiB = 64 * 1024;
    private const int Slack = 24;

    [Fact]
    public async Task Under_attack_an_honest_sender_is_answered_memory_stays_bounded_and_nothing_is_stuck_afterwards()
    {
        using var folder = new TempFolder("attack");
        var studies = await FreshStudies.PrepareAsync(folder.Folder("made"), 10, 30);
        await using var line = await Installation.NewAsync(servers, Road.Distributed);
        await line.MigrateAsync();

        // Only the receiver: scoring would share its processors with both sides of the comparison, and not evenly.
        await using var worker = await line.StartRolesAsync("receive");
        await worker.WaitUntilReadyAsync();
        var first = Fresh();
        Send(line.DicomPort, first, null);
        var sent = first.Count;
        await line.WaitUntilRecordedAsync();

        var before = ProcessFigures.Of(worker.Id);
        var peak = before;
        var unfinished = new List<string>();
        var (calm, attacked) = (0.0, 0.0);
        for (var round = 0; round < Rounds; round++)
        {
            calm = Math.Max(calm, Send(line.DicomPort, Fresh(), null));
            sent += 3 * first.Count;
            await line.WaitUntilRecordedAsync();
            if (round == 0)
            {
                before = peak = ProcessFigures.Of(worker.Id);
            }

            using (var attack = new Attack(line.DicomPort, first[0]))
            {
                // What is being sent as it begins is answered; how fast, while thousands connect within a second, is said and not judged.
                var opening = Send(line.DicomPort, Fresh(), Look);
                await attack.Opened;

                // Somebody who comes only now gets in: of those who say nothing one has to go.
                attacked = Math.Max(attacked, Send(line.DicomPort, Fresh(), Look));
                output.WriteLine($"{opening:0} a second while it opened; held {attack.Held}, {ProcessFigures.Of(worker.Id)}");
                Assert.True(attack.Held.Slow >= 50, $"Most of the attack was turned away before it began: {attack.Held}.");
                unfinished.AddRange(attack.Unfinished);
            }

            // Segments without records go as the attackers do: what is on the disk is counted after that.
            await Until.HoldsAsync("threads and descriptors are given back",
                () => ProcessFigures.Of(worker.Id) is var now && now.Threads <= before.Threads + Slack && now.Descriptors <= before.Descriptors + Slack,
                () => $"{before} -> {ProcessFigures.Of(worker.Id)}\n{worker.Log}");
            await line.WaitUntilRecordedAsync();
        }

        // Attackers and sender share the processors with the worker: what share of its rate is left is said and not judged.
        output.WriteLine($"calm {calm:0} a second, under attack {attacked:0}: {attacked / calm:0.00}; {before}, at the peak {peak}");
        Assert.True(peak.AnonymousKiB - before.AnonymousKiB <= MostRiseKiB, $"{before} -> {peak}");

        Assert.True(Cart.Store(line.DicomPort, Fresh()[0]).IsSuccess);
        sent++;
        await line.WaitUntilRecordedAsync();
        var rows = (await line.Rows.QueryAsync("SELECT sop_instance_uid AS sop FROM instance")).Select(r => r.Text("sop")).ToHashSet();
        Assert.Equal(sent, rows.Count);
        Assert.DoesNotContain(unfinished, rows.Contains);
        Assert.Equal(rows.Count, SpoolPlaces.All(line.Spool).Count);
        (await line.CommandAsync("status")).Succeeded();
        Assert.Equal(0, await worker.StopAsync());

        IReadOnlyList<PartTen> Fresh() => [.. studies.Next(folder.Folder("sent")).Select(p => p.PartTen)];

        void Look()
        {
            var now = ProcessFigures.Of(worker.Id);
            peak = new ProcessFigures(Math.Max(peak.AnonymousKiB, now.AnonymousKiB), Math.Max(peak.Threads, now.Threads), Math.Max(peak.Descriptors, now.Descriptors));
        }
    }

    [Fact]
    public async Task Sixty_four_associations_that_open_one_study_at_once_give_one_study_with_every_image()
    {
        using var folder = new TempFolder("together");
        var files = (await PhantomMaker.MakeAsync(folder["images"], 1, 64, 81, "--small", "--plain")).Select(p => p.PartTen).ToList();
        var line = run.Line;
        var answers = await TogetherAsync(line.DicomPort, files);
        Assert.All(answers, a => Assert.Equal(DimseStatus.Success, a));
        await line.WaitUntilIdleAsync();
        Assert.Equal(64, (await line.Rows.QueryAsync($"SELECT s.instance_count AS n FROM study s WHERE s.id IN (SELECT study_id FROM instance WHERE {Of(files)})")).Single().Number("n"));
        Assert.Equal(files.Select(f => f.SopInstance).Order(), (await line.Rows.QueryAsync($"SELECT sop_instance_uid AS sop FROM instance WHERE outcome = 'scored' AND is_current AND {Of(files)}")).Select(r => r.Text("sop")).Order());
        Assert.Equal(files.Select(f => f.Digest).Order(), (await line.Rows.QueryAsync($"SELECT file FROM instance WHERE {Of(files)}")).Select(r => line.Kept(r.Text("file")).Digest).Order());
    }

    [Fact]
    public async Task One_instance_on_eight_associations_at_once_is_acknowledged_eight_times_and_has_one_row()
    {
        using var folder = new TempFolder("eight");
        var file = (await PhantomMaker.MakeAsync(folder["images"], 1, 1, 82, "--small", "--plain"))[0].PartTen;
        var line = run.Line;
        var answers = await TogetherAsync(line.DicomPort, [.. Enumerable.Repeat(file, 8)]);
        Assert.All(answers, a => Assert.Equal(DimseStatus.Success, a));
        await line.WaitUntilIdleAsync();
        var row = (await line.Rows.QueryAsync($"SELECT duplicates, outcome, file FROM instance WHERE {Of([file])}")).Single();
        Assert.Equal((7L, "scored"), (row.Number("duplicates"), row.Text("outcome")));
        Assert.Equal(file.Digest, line.Kept(row.Text("file")).Digest);
        Assert.Equal(1, await line.Rows.CountAsync($"report p JOIN result r ON r.id = p.result_id JOIN instance i ON i.study_id = r.study_id WHERE i.sop_instance_uid = '{file.SopInstance}'"));
    }

    [Fact]
    public async Task Other_bytes_under_a_known_UID_are_kept_beside_the_first_which_stays_in_use_and_everybody_can_see_it()
    {
        using var folder = new TempFolder("other");
        var file = (await PhantomMaker.MakeAsync(folder["images"], 1, 1, 83, "--small", "--plain"))[0].PartTen;
        var other = file.DataSet;
        other[^1] ^= 0x55;
        var line = run.Line;
        Assert.True(Cart.Store(line.DicomPort, file).IsSuccess);
        Assert.True(Cart.Store(line.DicomPort, file, other).IsSuccess);
        await line.WaitUntilIdleAsync();
        var rows = await line.Rows.QueryAsync($"SELECT is_current, outcome, outcome_reason, file FROM instance WHERE {Of([file])} ORDER BY received_at");
        Assert.Equal([(true, "scored", null), (false, "not scored", "identity conflict")], rows.Select(r => (r.Flag("is_current"), r.Text("outcome"), r["outcome_reason"])));
        Assert.Equal([file.DataSet, other], rows.Select(r => line.Kept(r.Text("file")).DataSet));
        Assert.Contains("conflict", (await line.CommandAsync("audit", "query")).Succeeded().Output, StringComparison.Ordinal);
    }

    private static string Of(IEnumerable<PartTen> files) => $"sop_instance_uid IN ({string.Join(", ", files.Select(f => $"'{f.SopInstance}'"))})";

    /// <summary>Instances a second over one association, each answered 0000H.</summary>
    private static double Send(int port, IReadOnlyList<PartTen> files, Action? look)
    {
        var sent = files.Select(f => (File: f, f.DataSet)).ToList();
        using var client = Cart.Connect(port, [.. files.Select(Cart.ContextOf).DistinctBy(c => (c.AbstractSyntax, c.TransferSyntaxes[0]))]);
        var begun = Stopwatch.GetTimestamp();
        for (var i = 0; i < sent.Count; i++)
        {
            var (file, dataSet) = sent[i];
            Assert.True(client.Store(file.SopClass, file.SopInstance, file.TransferSyntax, dataSet).IsSuccess);
            if (i % 50 == 0)
            {
                look?.Invoke();
            }
        }

        var seconds = Stopwatch.GetElapsedTime(begun).TotalSeconds;
        client.Release();
        return files.Count / seconds;
    }

    /// <summary>Each on an association of its own, all at the same moment; the status of each answer.</summary>
    private static async Task<ushort[]> TogetherAsync(int port, List<PartTen> files)
    {
        using var start = new Barrier(files.Count);
        return await Task.WhenAll(files.Select((file, number) => Task.Factory.StartNew(() =>
        {
            using var sender = RawSender.Open(port);
            Assert.True(sender.Associate($"US{number % 4}", file));
            var request = RawSender.Store(1, file);
            start.SignalAndWait();
            sender.Send(request);
            var (_, status) = sender.Response();
            sender.Release();
            return status;
        }, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
    }
}
