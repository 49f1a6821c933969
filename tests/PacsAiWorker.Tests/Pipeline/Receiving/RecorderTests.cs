using Microsoft.EntityFrameworkCore;
using PacsAiWorker.Records.Audit;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Spool;

namespace PacsAiWorker.Tests.Pipeline.Receiving;

public sealed class RecorderTests
{
    [Fact]
    public async Task The_same_instance_twice_has_one_row_that_counts_it()
    {
        await using var line = await ReceivingLine.StartAsync();
        Assert.True(line.Store(ReceivingLine.Phantom()).IsSuccess);
        Assert.True(line.Store(ReceivingLine.Phantom()).IsSuccess);
        await ReceivingLine.PollAsync(() => line.Database.Open().Instances.Single().Duplicates == 1, () => line.RowsAsync(1), "the duplicate");
    }

    [Fact]
    public async Task An_image_whose_bytes_were_lost_is_whole_again_when_it_comes_again()
    {
        await using var line = await ReceivingLine.StartAsync();
        line.Store(ReceivingLine.Phantom());
        var lost = Assert.Single(await line.RowsAsync(1));
        await line.RestartAsync();
        File.Delete(line.Log.PathOf(lost.Segment!.Value));

        Assert.True(line.Store(ReceivingLine.Phantom()).IsSuccess);
        await ReceivingLine.PollAsync(() => line.Database.Open().Instances.Single().Duplicates == 1, () => line.RowsAsync(1), "the duplicate");
        var row = Assert.Single(await line.RowsAsync(1));
        Assert.Equal(ReceivingLine.Phantom().DataSetBytes, line.Bytes(row)[^ReceivingLine.Phantom().DataSetBytes.Length..]);
    }

    [Fact]
    public async Task What_was_acknowledged_and_not_recorded_before_a_restart_is_recorded_after_it_once()
    {
        await using var line = await ReceivingLine.StartAsync();
        await line.StopRecorderAsync();
        for (var i = 0; i < 3; i++)
        {
            Assert.True(line.Store(ReceivingLine.Phantom(i)).IsSuccess);
        }

        await line.RestartAsync();
        Assert.Equal(3, (await line.RowsAsync(3)).Count);
        await line.RestartAsync();
        Assert.True(line.Store(ReceivingLine.Phantom(0)).IsSuccess);
        await ReceivingLine.PollAsync(() => line.Database.Open().Instances.Any(r => r.Duplicates > 0), () => Task.CompletedTask, "the duplicate");
        Assert.Equal(1, (await line.RowsAsync(3)).Sum(r => r.Duplicates));
    }

    [Fact]
    public async Task Rows_that_are_deleted_are_written_again_from_the_log_alone()
    {
        await using var line = await ReceivingLine.StartAsync();
        for (var i = 0; i < 3; i++)
        {
            Assert.True(line.Store(ReceivingLine.Phantom(i)).IsSuccess);
        }

        var before = await line.RowsAsync(3);
        await line.StopRecorderAsync();
        await line.Database.WriteAsync(t => t.Context.Database.ExecuteSqlRawAsync(
            "DELETE FROM work; DELETE FROM outbox; DELETE FROM instance; DELETE FROM patient_identity; DELETE FROM study; DELETE FROM spool_segment"), default);
        await line.RestartAsync();

        var after = await line.RowsAsync(3);
        Assert.Equal(before.Select(r => (r.Id, r.File, r.Digest, r.SopInstanceUid, r.ReceivedAt, r.IdentityDigest)), after.Select(r => (r.Id, r.File, r.Digest, r.SopInstanceUid, r.ReceivedAt, r.IdentityDigest)));
        await using var context = line.Database.Open();
        Assert.Equal(3, (await context.Studies.SingleAsync()).InstanceCount);
        Assert.Equal(3, await context.Work.CountAsync(w => w.Kind == WorkKinds.Score));
        Assert.Null(await AuditChain.FirstBrokenAsync(line.Database, default));
    }

    [Fact]
    public async Task While_the_database_is_away_images_are_acknowledged_and_their_rows_follow_when_it_is_back()
    {
        await using var line = await ReceivingLine.StartAsync();
        await line.Database.WriteAsync(t => t.Context.Database.ExecuteSqlRawAsync("ALTER TABLE instance RENAME TO instance_away"), default);
        Assert.True(line.Store(ReceivingLine.Phantom()).IsSuccess);
        await ReceivingLine.PollAsync(() => line.Health.RowsWait is not null, () => Task.CompletedTask, "the recorder to notice");
        Assert.Null(line.Health.Fault);

        await line.Database.WriteAsync(t => t.Context.Database.ExecuteSqlRawAsync("ALTER TABLE instance_away RENAME TO instance"), default);
        Assert.Single(await line.RowsAsync(1));
        await ReceivingLine.PollAsync(() => line.Health.RowsWait is null, () => Task.CompletedTask, "the recorder to be well");
    }

    [Fact]
    public async Task A_row_that_the_database_does_not_take_is_set_aside_by_name_and_its_neighbours_go_on()
    {
        await using var line = await ReceivingLine.StartAsync();
        await line.StopRecorderAsync();
        var refused = ReceivingLine.Phantom(1);
        await line.Database.WriteAsync(t => t.Context.Database.ExecuteSqlRawAsync(
            $"CREATE TRIGGER refuse BEFORE INSERT ON instance WHEN new.sop_instance_uid = '{refused.SopInstanceUid}' BEGIN SELECT RAISE(ABORT, 'never'); END"), default);
        for (var i = 0; i < 3; i++)
        {
            Assert.True(line.Store(ReceivingLine.Phantom(i)).IsSuccess);
        }

        await line.RecordAsync();
        await ReceivingLine.PollAsync(() => line.Database.Open().SpoolProblems.Any(), () => Task.CompletedTask, "the record set aside");
        var rows = await line.RowsAsync(2);
        Assert.DoesNotContain(rows, r => r.SopInstanceUid == refused.SopInstanceUid);
        await using var context = line.Database.Open();
        var problem = await context.SpoolProblems.SingleAsync();
        Assert.Contains("never", problem.Reason, StringComparison.Ordinal);
        Assert.Contains(line.Records(), r => r.Location == SpoolLocation.Parse(problem.Location));
    }

    [Fact]
    public async Task A_study_is_held_while_the_association_that_sent_to_it_is_open_and_let_go_after_its_last_row()
    {
        await using var line = await ReceivingLine.StartAsync();
        await line.StopRecorderAsync();
        var session = line.Session();
        ReceivingLine.Store(session, ReceivingLine.Phantom(0));
        await line.RecordAsync();
        await line.RowsAsync(1);
        Assert.Equal("arriving", await StudyWaitsForAsync(line));

        // The association has ended, and what it sent last has no row yet: still held.
        await line.StopRecorderAsync();
        ReceivingLine.Store(session, ReceivingLine.Phantom(1));
        session.Dispose();
        Assert.Equal("arriving", await StudyWaitsForAsync(line));

        await line.RecordAsync();
        string? reason = "";
        await ReceivingLine.PollAsync(() => reason is null, async () => reason = await StudyWaitsForAsync(line), "the study to be let go");
        Assert.Equal(2, (await line.RowsAsync(2)).Count);
    }

    [Fact]
    public async Task What_an_earlier_life_held_is_let_go()
    {
        await using var line = await ReceivingLine.StartAsync();
        using (var session = line.Session())
        {
            ReceivingLine.Store(session, ReceivingLine.Phantom(0));
            await line.RowsAsync(1);
            Assert.Equal("arriving", await StudyWaitsForAsync(line));
            await line.RestartAsync();
        }

        string? reason = "";
        await ReceivingLine.PollAsync(() => reason is null, async () => reason = await StudyWaitsForAsync(line), "the study to be let go");
    }

    private static async Task<string?> StudyWaitsForAsync(ReceivingLine line)
    {
        await using var context = line.Database.Open();
        return (await context.Work.SingleAsync(w => w.Kind == WorkKinds.Study)).ReasonCode;
    }
}
