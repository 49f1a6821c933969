using System.Collections.Concurrent;
using Microsoft.EntityFrameworkCore;
using PacsAiWorker.Dicom.Dimse;
using PacsAiWorker.Pipeline.Receiving;
using PacsAiWorker.Records;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Stores;
using PacsAiWorker.Records.Work;
using PacsAiWorker.Spool;
using PacsAiWorker.Tests.Inference;

namespace PacsAiWorker.Tests.Pipeline.Receiving;

/// <summary>The service over a real log and a real database; a phantom cart sends, the clock is set ahead.</summary>
public sealed class RetentionTests
{
    private static readonly string[] NoReportDue =
        ["UPDATE work SET state = 'done', lease_owner = NULL, lease_until = NULL", "UPDATE study SET state = 'complete'", "UPDATE instance SET outcome = 'not scored', outcome_reason = 'no model applies'"];

    [Fact]
    public async Task A_segment_that_nothing_needs_goes_at_its_age_with_its_file_and_its_rows_say_when()
    {
        await using var line = await ReceivedAsync(NoReportDue);
        var file = Assert.Single(Directory.GetFiles(line.Root, "*.seg"));
        Assert.Equal(0, await Retention(line, 29).RunAsync(default));
        Assert.True(File.Exists(file));

        Assert.Equal(1, await Retention(line, 31).RunAsync(default));
        Assert.False(File.Exists(file));
        Assert.All(await line.RowsAsync(2), r => Assert.NotNull(r.PurgedAt));
        await using var context = line.Database.Open();
        Assert.Empty(context.SpoolSegments);
        Assert.Equal(["purged", "segment dropped"], await context.Audit.OrderByDescending(a => a.Seq).Take(2).Select(a => a.Action).Reverse().ToListAsync());
    }

    [Fact]
    public async Task Days_of_zero_keep_for_ever()
    {
        await using var line = await ReceivedAsync(NoReportDue);
        Assert.Equal(0, await Retention(line, 100_000, keepDays: 0).RunAsync(default));
        Assert.Single(Directory.GetFiles(line.Root, "*.seg"));
    }

    [Fact]
    public async Task One_image_with_parked_work_keeps_its_segment_until_a_person_gives_it_up()
    {
        await using var line = await ReceivedAsync(
            [.. NoReportDue, "UPDATE work SET state = 'parked' WHERE kind = 'score' AND id = (SELECT max(id) FROM work WHERE kind = 'score')"]);
        Assert.Equal(0, await Retention(line, 1000).RunAsync(default));
        Assert.Equal(SegmentHold.Parked, (await LookAsync(line, 1000)).Hold);
        Assert.All(await line.RowsAsync(2), r => Assert.Null(r.PurgedAt));

        await using var context = line.Database.Open();
        await new WorkDesk(line.Database, TimeProvider.System).DiscardAsync(context.Work.Single(w => w.State == WorkStates.Parked).Id, "why", "me", default);
        Assert.Equal(0, await Retention(line, 29).RunAsync(default));
        Assert.Equal(1, await Retention(line, 31).RunAsync(default));
    }

    [Fact]
    public async Task A_record_without_a_row_keeps_its_segment_until_a_person_discards_it()
    {
        await using var line = await ReceivedAsync(NoReportDue);
        var location = line.Records()[0].Location.ToString();
        await line.Database.WriteAsync(t => Task.FromResult(t.Context.SpoolProblems.Add(new SpoolProblemRow { Location = location, Reason = "x", At = DateTime.UtcNow })), default);
        Assert.Equal(0, await Retention(line, 31).RunAsync(default));
        Assert.Equal(SegmentHold.Problem, (await LookAsync(line, 31)).Hold);
        await new SpoolStore(line.Database).DiscardProblemAsync(location, "seen", "me", DateTime.UtcNow, default);
        Assert.Equal(1, await Retention(line, 31).RunAsync(default));
    }

    [Fact]
    public async Task What_rows_have_not_followed_to_its_end_is_kept()
    {
        await using var line = await ReceivedAsync([.. NoReportDue, "UPDATE spool_segment SET recorded_bytes = recorded_bytes - 512"]);
        Assert.Equal(0, await Retention(line, 31).RunAsync(default));
        Assert.Equal(SegmentHold.Open, (await LookAsync(line, 31)).Hold);
    }

    [Fact]
    public async Task A_segment_that_is_open_for_writing_keeps_its_file_and_takes_more()
    {
        await using var line = await ReceivingLine.StartAsync();
        Assert.True(line.Store(ReceivingLine.Phantom()).IsSuccess);
        await line.RowsAsync(1);
        await ExecuteAsync(line, NoReportDue);
        using (var session = line.Session())
        {
            // A transfer is running, in the segment of the first image.
            var phantom = ReceivingLine.Phantom(1);
            var sink = ReceivingLine.Begin(session, phantom);
            sink.Write([phantom.DataSetBytes.AsMemory(..^2)]);
            Assert.Equal(0, await Retention(line, 31).RunAsync(default));
            sink.Write([phantom.DataSetBytes.AsMemory(^2..)]);
            Assert.True(sink.Complete().IsSuccess);
            Assert.Null(session.Commit());
        }

        var rows = await line.RowsAsync(2);
        Assert.Equal(rows[0].Segment, rows[1].Segment);
        Assert.Equal(ReceivingLine.Phantom(1).DataSetBytes, line.Bytes(rows[1])[^ReceivingLine.Phantom(1).DataSetBytes.Length..]);
    }

    [Fact]
    public async Task A_crash_between_rows_and_file_is_made_good_by_the_next_run()
    {
        await using var line = await ReceivedAsync(NoReportDue);
        var segment = (await line.RowsAsync(2))[0].Segment!.Value;
        Assert.True(await new RetentionStore(line.Database).PurgeAsync(segment, _ => true, DateTime.UtcNow, default));
        await RestartAsync(line);
        Assert.Equal(1, await Retention(line, 31).RunAsync(default));
        Assert.Empty(Directory.GetFiles(line.Root, "*.seg"));
        Assert.Equal(2, (await line.RowsAsync(2)).Count);
    }

    [Fact]
    public async Task A_crash_after_the_file_went_is_written_down_by_the_next_run()
    {
        await using var line = await ReceivedAsync(NoReportDue);
        var segment = (await line.RowsAsync(2))[0].Segment!.Value;
        await new RetentionStore(line.Database).PurgeAsync(segment, _ => true, DateTime.UtcNow, default);
        line.Log.Drop(segment);
        Assert.Equal(0, await Retention(line, 31).RunAsync(default));
        Assert.Empty(line.Database.Open().SpoolSegments);
    }

    [Fact]
    public async Task A_file_that_the_disk_lost_is_not_written_down_as_purged()
    {
        await using var line = await ReceivedAsync(NoReportDue);
        File.Delete(Assert.Single(Directory.GetFiles(line.Root, "*.seg")));
        Assert.Equal(0, await Retention(line, 31).RunAsync(default));
        Assert.All(await line.RowsAsync(2), r => Assert.Null(r.PurgedAt));
        Assert.Single(line.Database.Open().SpoolSegments);
    }

    [Fact]
    public async Task After_a_failed_sync_nothing_is_deleted()
    {
        await using var line = await ReceivedAsync(NoReportDue);
        line.Health.Break("the disk");
        Assert.Equal(0, await Retention(line, 31).RunAsync(default));
        Assert.Single(Directory.GetFiles(line.Root, "*.seg"));
    }

    [Fact]
    public async Task An_image_that_comes_again_after_it_was_purged_is_whole_again_for_its_days()
    {
        await using var line = await ReceivedAsync(NoReportDue);
        await Retention(line, 31).RunAsync(default);
        Assert.True(line.Store(ReceivingLine.Phantom()).IsSuccess);
        await ReceivingLine.PollAsync(() => line.Database.Open().Instances.Any(i => i.PurgedAt == null), () => Task.CompletedTask, "the image to be back");
        await RestartAsync(line);
        Assert.Equal(0, await Retention(line, 29).RunAsync(default));
        var back = Assert.Single(await line.RowsAsync(2), r => r.PurgedAt is null);
        Assert.Equal(ReceivingLine.Phantom().DataSetBytes, line.Bytes(back)[^ReceivingLine.Phantom().DataSetBytes.Length..]);
    }

    [Fact]
    public async Task An_image_that_comes_late_finds_its_study_and_is_kept()
    {
        await using var line = await ReceivedAsync(NoReportDue);
        await Retention(line, 31).RunAsync(default);
        Assert.True(line.Store(ReceivingLine.Phantom(2)).IsSuccess);
        await line.RowsAsync(3);
        await RestartAsync(line);
        Assert.Equal(0, await Retention(line, 1000).RunAsync(default));
        await using var context = line.Database.Open();
        Assert.Equal((StudyStates.Open, 2), (context.Studies.Single().State, context.Studies.Single().Revision));
    }

    [Fact]
    public async Task The_first_run_leaves_a_start_alone_and_more_follow_every_hour()
    {
        await using var line = await ReceivedAsync(NoReportDue);
        var clock = new HurriedClock(TimeSpan.FromDays(31));
        using var service = new Retention(line.Log, new RetentionStore(line.Database), new SpoolOptions(), line.Health, clock, new KeptLog<Retention>());
        await service.StartAsync(default);
        await ReceivingLine.PollAsync(() => clock.Waits.Count > 2 && Directory.GetFiles(line.Root, "*.seg").Length == 0, () => Task.CompletedTask, "the segment to go");
        await service.StopAsync(default);
        Assert.Equal([TimeSpan.FromMinutes(5), TimeSpan.FromHours(1), TimeSpan.FromHours(1)], clock.Waits.Take(3));
    }

    [Fact]
    public async Task A_database_that_is_away_does_not_end_the_service()
    {
        await using var line = await ReceivedAsync(NoReportDue);
        await line.StopRecorderAsync();
        await ExecuteAsync(line, ["ALTER TABLE spool_problem RENAME TO away"]);
        var log = new KeptLog<Retention>();
        using var service = new Retention(line.Log, new RetentionStore(line.Database), new SpoolOptions(), line.Health, new HurriedClock(TimeSpan.FromDays(31)), log);
        await service.StartAsync(default);
        await ReceivingLine.PollAsync(() => log.Of(1023).Count > 0, () => Task.CompletedTask, "the failure");
        Assert.Single(Directory.GetFiles(line.Root, "*.seg"));
        await ExecuteAsync(line, ["ALTER TABLE away RENAME TO spool_problem"]);
        await ReceivingLine.PollAsync(() => Directory.GetFiles(line.Root, "*.seg").Length == 0, () => Task.CompletedTask, "the segment to go");
        await service.StopAsync(default);
    }

    /// <summary>Two images whose segment is closed, as after a restart.</summary>
    private static async Task<ReceivingLine> ReceivedAsync(string[] then)
    {
        var line = await ReceivingLine.StartAsync();
        using (var session = line.Session())
        {
            foreach (var instance in new[] { ReceivingLine.Phantom(0), ReceivingLine.Phantom(1) })
            {
                var sink = ReceivingLine.Begin(session, instance);
                sink.Write([instance.DataSetBytes]);
                Assert.True(sink.Complete().IsSuccess);
            }

            Assert.Null(session.Commit());
        }

        await line.RowsAsync(2);
        await RestartAsync(line);
        await ExecuteAsync(line, then);
        return line;
    }

    private static async Task RestartAsync(ReceivingLine line)
    {
        await line.StopRecorderAsync();
        line.Log.Dispose();
        await line.RestartAsync();
    }

    private static Task ExecuteAsync(ReceivingLine line, string[] statements) => line.Database.WriteAsync(async t =>
    {
        foreach (var statement in statements)
        {
            await t.Context.Database.ExecuteSqlRawAsync(statement);
        }
    }, default);

    private static Retention Retention(ReceivingLine line, int inDays, int keepDays = 30) => new(
        line.Log, new RetentionStore(line.Database), new SpoolOptions { Retention = new SpoolOptions.RetentionOptions { Days = keepDays } }, line.Health,
        new FixedClock(DateTimeOffset.UtcNow.AddDays(inDays)), new KeptLog<Retention>());

    private static async Task<SegmentLook> LookAsync(ReceivingLine line, int inDays) => Assert.Single(
        await SpoolSurvey.RunAsync(SpoolLog.List(line.Root), new RetentionStore(line.Database), 30, DateTime.UtcNow.AddDays(inDays), default));

    /// <summary>Ahead of time, and waits for nothing; keeps how long it was asked to wait.</summary>
    private sealed class HurriedClock(TimeSpan ahead) : TimeProvider
    {
        public ConcurrentQueue<TimeSpan> Waits { get; } = [];

        public override DateTimeOffset GetUtcNow() => DateTimeOffset.UtcNow + ahead;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Waits.Enqueue(dueTime);
            return base.CreateTimer(callback, state, TimeSpan.FromMilliseconds(1), period);
        }
    }
}
