using PacsAiWorker.Spool;

namespace PacsAiWorker.Tests.Spool;

public sealed class SpoolLogTests : IDisposable
{
    private readonly SpoolFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_record_is_found_with_its_bytes_its_checksum_and_its_note()
    {
        using var log = _folder.Open();
        using var lane = log.Lease();
        var body = SpoolFolder.Body(70_000);
        var id = Guid.NewGuid();
        var location = SpoolFolder.Write(lane, body, id);
        lane.Sync();

        var segment = Assert.Single(log.Segments());
        var head = Assert.Single(SpoolFolder.Records(segment));
        Assert.Equal((id, location, 4), (head.Id, head.Location, head.PrefixLength));
        Assert.Equal([.. "HEAD"u8, .. body], _folder.Read(location));
        using var reader = SegmentReader.Open(segment);
        Assert.True(reader.IsWhole(head));
    }

    [Fact]
    public void What_is_not_synced_is_not_followed()
    {
        using var log = _folder.Open();
        using var lane = log.Lease();
        SpoolFolder.Write(lane, SpoolFolder.Body(10));
        Assert.Empty(SpoolFolder.Records(Assert.Single(log.Segments())));
        lane.Sync();
        Assert.Single(SpoolFolder.Records(Assert.Single(log.Segments())));
    }

    [Fact]
    public void One_sync_covers_all_that_was_sealed()
    {
        using var log = _folder.Open();
        using var lane = log.Lease();
        for (var i = 0; i < 5; i++)
        {
            SpoolFolder.Write(lane, SpoolFolder.Body(1000 * i, i));
        }

        lane.Sync();
        Assert.Equal(5, SpoolFolder.Records(Assert.Single(log.Segments())).Count);
    }

    [Fact]
    public void A_transfer_that_is_given_up_leaves_its_place_to_the_next_and_is_never_taken_for_a_record()
    {
        using var log = _folder.Open();
        using var lane = log.Lease();
        SpoolFolder.Write(lane, SpoolFolder.Body(5000));

        // The given-up transfer is long, and holds the heads of another log: what a peer may send to deceive us.
        var stranger = new byte[RecordHead.Bytes];
        var position = 4096 * 4;
        new RecordHead(Guid.NewGuid(), Guid.NewGuid(), position, 0, 10, 4, DateTime.UnixEpoch) { Checksum = new byte[16] }.Write(stranger);
        lane.Begin(Guid.NewGuid(), "HEAD"u8).Write([.. Enumerable.Repeat((ReadOnlyMemory<byte>)stranger, 200)]);
        SpoolFolder.Write(lane, SpoolFolder.Body(100));
        lane.Sync();
        Assert.Equal([5004L, 104L], _folder.Records().Select(r => r.Length));
    }

    [Fact]
    public void Transfers_side_by_side_have_segments_of_their_own_and_a_lane_comes_back()
    {
        using var log = _folder.Open();
        var (a, b) = (log.Lease(), log.Lease());
        Assert.NotEqual(SpoolFolder.Write(a, SpoolFolder.Body(10)).Segment, SpoolFolder.Write(b, SpoolFolder.Body(10)).Segment);
        a.Sync();
        a.Dispose();
        using var again = log.Lease();
        Assert.Same(a, again);
        b.Dispose();
    }

    [Fact]
    public void A_full_segment_is_followed_by_a_new_one_and_a_long_record_stays_whole()
    {
        using var log = _folder.Open();
        using var lane = log.Lease();
        var location = SpoolFolder.Write(lane, SpoolFolder.Body(3 * SpoolFolder.SegmentBytes));
        var next = SpoolFolder.Write(lane, SpoolFolder.Body(10));
        lane.Sync();
        Assert.NotEqual(location.Segment, next.Segment);
        Assert.All(log.Segments(), s => Assert.Single(SpoolFolder.Records(s)));
    }

    [Fact]
    public void Closing_gives_back_what_was_not_used_and_an_unused_segment_goes()
    {
        using (var log = _folder.Open())
        {
            using var lane = log.Lease();
            SpoolFolder.Write(lane, SpoolFolder.Body(10));
            lane.Sync();
            using var unused = log.Lease();
            unused.Begin(Guid.NewGuid(), "HEAD"u8);
        }

        Assert.Equal(3 * 4096L - 4096, new FileInfo(Assert.Single(SpoolLog.List(_folder.Root)).Path).Length);
    }

    [Fact]
    public void Segments_are_made_of_prepared_files()
    {
        using (var log = _folder.Open(spares: 1))
        {
            using var lane = log.Lease();
            SpoolFolder.Write(lane, SpoolFolder.Body(10));
            Assert.True(SpinWait.SpinUntil(() => Directory.GetFiles(_folder.Root, "*.spare").Length == 1, TimeSpan.FromSeconds(30)));
        }

        using (var log = _folder.Open(spares: 1))
        {
            using var lane = log.Lease();
            var location = SpoolFolder.Write(lane, SpoolFolder.Body(10));
            Assert.Equal(SpoolFolder.SegmentBytes, new FileInfo(log.PathOf(location.Segment)).Length);
        }
    }

    [Fact]
    public void The_next_start_appends_to_new_segments_and_finds_the_end_of_the_old()
    {
        // Not closed: as a process leaves it that was killed.
        var first = _folder.Open();
        var lane = first.Lease();
        var location = SpoolFolder.Write(lane, SpoolFolder.Body(10_000));
        lane.Begin(Guid.NewGuid(), "HEAD"u8).Write([SpoolFolder.Body(100_000)]);

        using var second = _folder.Open();
        var old = Assert.Single(second.Segments());
        Assert.Null(old.Durable);
        var found = second.Settle(old);
        Assert.Equal((1, 0, 0), (found.Records, found.Torn.Count, found.Damaged.Count));
        Assert.Equal(found.End, new FileInfo(old.Path).Length);
        Assert.Equal(found.End, Assert.Single(second.Segments()).Durable);
        using var next = second.Lease();
        Assert.NotEqual(location.Segment, SpoolFolder.Write(next, SpoolFolder.Body(10)).Segment);
        Assert.Equal(found with { Torn = [], Damaged = [] }, second.Settle(old) with { Torn = [], Damaged = [] });
    }

    [Fact]
    public void A_record_at_the_end_whose_bytes_never_reached_the_disk_is_taken_out_and_the_ones_before_it_stay()
    {
        var log = _folder.Open();
        var lane = log.Lease();
        var kept = SpoolFolder.Write(lane, SpoolFolder.Body(10_000));
        lane.Sync();
        var torn = SpoolFolder.Write(lane, SpoolFolder.Body(20_000, 2));
        _folder.Damage(torn, 8000, "lost");

        using var next = _folder.Open();
        var found = next.Settle(Assert.Single(next.Segments()));
        Assert.Equal((1, torn), (found.Records, Assert.Single(found.Torn)));
        Assert.Equal([kept], SpoolFolder.Records(Assert.Single(next.Segments())).Where(h => !h.Erased).Select(h => h.Location));
    }

    [Fact]
    public void Damage_in_the_middle_hides_nothing_that_comes_after_it()
    {
        var log = _folder.Open();
        var lane = log.Lease();
        var locations = new List<SpoolLocation>();
        for (var i = 0; i < 3; i++)
        {
            locations.Add(SpoolFolder.Write(lane, SpoolFolder.Body(10_000, i)));
            lane.Sync();
        }

        _folder.Damage(locations[1], -RecordHead.Bytes, "rotten");

        using var next = _folder.Open();
        var found = next.Settle(Assert.Single(next.Segments()));
        Assert.Equal((2, 0, 1), (found.Records, found.Torn.Count, found.Damaged.Count));
        Assert.Equal([locations[0], locations[2]], _folder.Records().Select(h => h.Location));
    }

    [Fact]
    public void An_erased_file_is_gone_from_the_disk_and_its_neighbours_stay()
    {
        using var log = _folder.Open();
        using var lane = log.Lease();
        var secret = SpoolFolder.Write(lane, SpoolFolder.Body(50_000));
        var other = SpoolFolder.Write(lane, SpoolFolder.Body(50_000, 2));
        lane.Sync();
        SpoolLog.Erase(_folder.Root, secret);

        Assert.All(_folder.Read(secret), b => Assert.Equal(0, b));
        Assert.Equal([true, false], _folder.Records().Select(h => h.Erased));
        Assert.Equal(SpoolFolder.Body(50_000, 2), _folder.Read(other)[4..]);
        Assert.Throws<InvalidDataException>(() => SpoolLog.Erase(_folder.Root, other with { Offset = other.Offset + 4096 }));
    }

    [Fact]
    public void A_segment_that_is_written_cannot_be_dropped_and_another_can()
    {
        using var log = _folder.Open();
        using var lane = log.Lease();
        var full = SpoolFolder.Write(lane, SpoolFolder.Body(2 * SpoolFolder.SegmentBytes));
        var open = SpoolFolder.Write(lane, SpoolFolder.Body(10));
        Assert.Throws<InvalidOperationException>(() => log.Drop(open.Segment));
        log.Drop(full.Segment);
        Assert.Equal([open.Segment], log.Segments().Select(s => s.Id));
    }

    [Fact]
    public void A_file_that_is_no_segment_is_refused_by_name()
    {
        using var log = _folder.Open();
        var path = log.PathOf(Guid.NewGuid());
        File.WriteAllText(path, "not a segment");
        var error = Assert.Throws<InvalidDataException>(() => SpoolFolder.Records(Assert.Single(SpoolLog.List(_folder.Root))));
        Assert.Contains(Path.GetFileName(path), error.Message, StringComparison.Ordinal);
    }
}
