using PacsAiWorker.Spool;
using Xunit.Abstractions;

namespace PacsAiWorker.Tests.Spool;

/// <summary>Power cuts: a model of the disk, the real log and the real recovery.</summary>
public sealed class SpoolCrashTests(ITestOutputHelper output) : IDisposable
{
    private const int Scenarios = 60;
    private const int StatesAStep = 12;

    private readonly SpoolFolder _folder = new();
    private readonly Dictionary<SpoolLocation, byte[]> _sealed = [];
    private readonly HashSet<SpoolLocation> _acknowledged = [];
    private int _states;
    private int _torn;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Whatever_a_power_cut_leaves_every_acknowledged_file_is_whole_and_nothing_half_written_is_taken_for_one()
    {
        for (var seed = 0; seed < Scenarios; seed++)
        {
            Run(new Random(seed));
        }

        output.WriteLine($"{_states} states, {_torn} records taken out that were written and not on the disk");
        Assert.True(_states >= 10_000, $"only {_states} states");
        Assert.True(_torn > 100, $"only {_torn} torn records: the states are too tame");
    }

    private void Run(Random random)
    {
        using var log = _folder.Open(spares: 0);
        var lane = log.Lease();
        SpoolFolder.Write(lane, SpoolFolder.Body(100)); // makes the segment, whose name is durable from then on
        lane.Sync();
        var segment = Assert.Single(log.Segments(), s => s.Durable > 4096);
        _sealed.Clear();
        _acknowledged.Clear();
        var disk = new CrashStates(segment.Path);
        for (var step = 0; step < 16; step++)
        {
            Step(random, lane, disk);
            for (var i = 0; i < StatesAStep; i++)
            {
                Check(random, segment.Id, disk.Draw(random));
            }
        }

        lane.Dispose();
        log.Dispose();
        Directory.Delete(_folder.Root, recursive: true);
    }

    /// <summary>A transfer that is given up half-way, one that is sealed, or a sync, which acknowledges all that was sealed.</summary>
    private void Step(Random random, Lane lane, CrashStates disk)
    {
        var body = SpoolFolder.Body(random.Next(1, 9000), random.Next());
        switch (random.Next(4))
        {
            case 0:
                var given = lane.Begin(Guid.NewGuid(), "HEAD"u8);
                disk.Look();
                given.Write([body]);
                disk.Look();
                break;
            case 1 or 2:
                var writer = lane.Begin(Guid.NewGuid(), "HEAD"u8);
                foreach (var piece in body.Chunk(3000))
                {
                    writer.Write([piece]);
                    disk.Look();
                }

                var location = writer.Seal("note"u8.ToArray(), DateTime.UnixEpoch);
                _sealed[location] = [.. "HEAD"u8, .. body];
                disk.Look();
                break;
            default:
                lane.Sync();
                disk.Synced();
                _acknowledged.UnionWith(_sealed.Keys);
                break;
        }
    }

    private void Check(Random random, Guid segment, byte[] state)
    {
        _states++;
        using var after = new SpoolFolder();
        Directory.CreateDirectory(after.Root);
        var path = SpoolLog.PathOf(after.Root, segment);
        File.WriteAllBytes(path, state);
        using var log = after.Open();
        var found = log.Settle(Assert.Single(log.Segments()));
        _torn += found.Torn.Count;

        // The recovery itself may be cut off: a second one finds the same.
        if (random.Next(10) == 0)
        {
            Assert.Equal(found.Records, log.Settle(Assert.Single(log.Segments())).Records);
        }

        Assert.Empty(found.Damaged);
        var kept = after.Records().Where(h => !h.Erased).Select(h => h.Location).ToHashSet();
        Assert.Superset(_acknowledged, kept);
        Assert.All(kept.Where(_sealed.ContainsKey), location => Assert.Equal(_sealed[location], after.Read(location)));
        Assert.All(kept.Where(l => !_sealed.ContainsKey(l)), location => Assert.Equal(4096 + RecordHead.Bytes, location.Offset));
    }
}
