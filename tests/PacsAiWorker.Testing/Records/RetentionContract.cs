using Microsoft.EntityFrameworkCore;
using PacsAiWorker.Records;
using PacsAiWorker.Records.Audit;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Stores;
using PacsAiWorker.Records.Work;
using Xunit;

namespace PacsAiWorker.Testing.Records;

public abstract class RetentionContract(IEmptyDatabases databases) : RecordsContract(databases)
{
    private static readonly Guid Segment = Guid.CreateVersion7();

    private RetentionStore Store => new(Database);

    private ReportStore Reports => new(Database, Work);

    private CommitmentStore Commitment => new(Database, Work);

    private DestinationDesk Destinations => new(Database, TimeProvider.System);

    private WorkDesk Desk => new(Database, TimeProvider.System);

    [Fact]
    public async Task A_new_image_is_unscored_work_of_an_open_study()
    {
        await ReceiveAsync("1.2", "1.2.3");
        var study = await StandingAsync();
        Assert.Equal((StudyStates.Open, 1, 10, 1, 1, 2), (study.State, study.Images, study.Bytes, study.InUse, study.Unscored, study.Moving));
        Assert.Equal((0, 0, 0, false), (study.Parked, study.Reports, study.GivenUp, study.VerdictGivenUp));
    }

    [Fact]
    public async Task Images_of_a_study_in_other_segments_count_for_it_but_not_for_this_segment()
    {
        await ReceiveAsync("1.2", "1.2.3");
        await ReceiveAsync("1.2", "1.2.4", Guid.CreateVersion7());
        var study = await StandingAsync();
        Assert.Equal((1, 2, 2), (study.Images, study.InUse, study.Unscored));
    }

    [Fact]
    public async Task Content_that_was_set_aside_alone_is_no_image_in_use()
    {
        await ReceiveAsync("1.2", "1.2.3", Guid.CreateVersion7());
        await ReceiveAsync("1.3", "1.2.3", content: "b");
        var study = await StandingAsync();
        Assert.Equal((1, 0, 0, 0), (study.Images, study.InUse, study.Unscored, study.Moving));
    }

    [Fact]
    public async Task Parked_scoring_waits_for_a_person_and_is_given_up_by_one()
    {
        await ReceiveAsync("1.2", "1.2.3");
        var work = await ClaimOneAsync();
        await Database.WriteAsync(t => Work.ParkAsync(t, work, "lost", "gone", None), None);
        Assert.Equal((1, 1, 0), ((await StandingAsync()).Parked, (await StandingAsync()).Unscored, (await StandingAsync()).GivenUp));
        await Desk.DiscardAsync(work.Id, "why", "me", None);
        Assert.Equal((0, 0, 1), ((await StandingAsync()).Parked, (await StandingAsync()).Unscored, (await StandingAsync()).GivenUp));
    }

    [Fact]
    public async Task A_verdict_that_a_person_discarded_is_given_up()
    {
        await ReceiveAsync("1.2", "1.2.3");
        await Database.WriteAsync(t => ExecuteAsync(t, "UPDATE work SET state = 'parked' WHERE kind = 'study'"), None);
        await using var context = Database.Open();
        await Desk.DiscardAsync((await context.Work.SingleAsync(w => w.Kind == WorkKinds.Study)).Id, "identity conflict", "me", None);
        Assert.True((await StandingAsync()).VerdictGivenUp);
    }

    [Theory]
    [InlineData(WorkKinds.Report)]
    [InlineData(WorkKinds.Explain)] // its heat maps come first
    public async Task A_result_that_reports_is_due_until_its_report_is_written_or_given_up(string kind)
    {
        var result = await DecidedAsync(ModelStages.Report);
        Assert.Equal(1, (await StandingAsync()).ReportsMissing);
        await Database.WriteAsync(t => Work.EnqueueAsync(t, new NewWork(kind, result.ToString(), result, 2), None), None);
        Assert.Equal((1, 1), ((await StandingAsync()).ReportsMissing, (await StandingAsync()).Moving));
        await Database.WriteAsync(t => ExecuteAsync(t, "UPDATE work SET state = 'cancelled' WHERE kind IN ('report', 'explain')"), None);
        Assert.Equal((0, 1), ((await StandingAsync()).ReportsMissing, (await StandingAsync()).GivenUp));
    }

    [Fact]
    public async Task A_result_that_only_observes_is_no_report_due()
    {
        await DecidedAsync(ModelStages.Observe);
        Assert.Equal((StudyStates.Complete, 0, 0), ((await StandingAsync()).State, (await StandingAsync()).ReportsMissing, (await StandingAsync()).Reports));
    }

    [Fact]
    public async Task A_report_without_destination_is_unaddressed()
    {
        await ReportAsync();
        Assert.Equal((1, 1, 0), ((await StandingAsync()).Reports, (await StandingAsync()).Unaddressed, (await StandingAsync()).Undelivered));
    }

    [Fact]
    public async Task A_delivery_is_owed_until_it_is_stored()
    {
        await ReportAsync("pacs");
        Assert.Equal((1, 0, 1), ((await StandingAsync()).Reports, (await StandingAsync()).Unaddressed, (await StandingAsync()).Undelivered));
        await StoredAsync("pacs");
        Assert.Equal((0, 0), ((await StandingAsync()).Undelivered, (await StandingAsync()).GivenUp));
    }

    [Fact]
    public async Task Where_a_destination_promises_to_keep_what_it_stored_a_delivery_is_owed_until_it_has()
    {
        await ReportAsync("pacs");
        await StoredAsync("pacs");
        await AskAsync("pacs");
        Assert.Equal((1, 0, 0), ((await StandingAsync()).Undelivered, (await StandingAsync()).Moving, (await StandingAsync()).GivenUp));

        await Database.WriteAsync(t => ExecuteAsync(t, "UPDATE work SET state = 'parked' WHERE kind = 'commit'; UPDATE delivery SET commitment = 'failed'"), None);
        Assert.Equal((1, 1), ((await StandingAsync()).Undelivered, (await StandingAsync()).Parked));
        await Database.WriteAsync(t => ExecuteAsync(t, "UPDATE work SET state = 'cancelled' WHERE kind = 'commit'"), None);
        Assert.Equal((0, 0, 1), ((await StandingAsync()).Undelivered, (await StandingAsync()).Parked, (await StandingAsync()).GivenUp));

        await Database.WriteAsync(t => ExecuteAsync(t, "UPDATE work SET state = 'done' WHERE kind = 'commit'; UPDATE delivery SET commitment = 'committed'"), None);
        Assert.Equal((0, 0), ((await StandingAsync()).Undelivered, (await StandingAsync()).GivenUp));
    }

    [Fact]
    public async Task A_report_in_another_SOP_class_is_one_with_the_first_when_it_is_asked_whether_it_has_a_destination()
    {
        await ReportAsync("pacs");
        await Database.WriteAsync(async t =>
        {
            var first = await t.Context.Reports.SingleAsync();
            var other = new ReportRow { Id = Guid.CreateVersion7(), ResultId = first.ResultId, SopClassUid = "other", SopInstanceUid = "2.25.2", SeriesInstanceUid = "", Content = [1], Sha256 = "", CreatedAt = DateTime.UtcNow };
            Assert.True(await Reports.WriteAsync(t, other, ["pacs"], 2, None));
            await t.Context.Deliveries.ExecuteUpdateAsync(s => s.SetProperty(d => d.ReportId, other.Id));
        }, None);
        Assert.Equal((0, 0, 1), ((await StandingAsync()).Unaddressed, (await StandingAsync()).ReportsMissing, (await StandingAsync()).Undelivered));
    }

    [Fact]
    public async Task A_retired_destination_owes_no_promise_either()
    {
        await ReportAsync("dead");
        await StoredAsync("dead");
        await AskAsync("dead");
        Assert.Equal(("dead", 1, 0, 1), (await Destinations.ListAsync(None)).Select(l => (l.Name, l.Stored, l.Committed, l.Uncommitted)).Single());
        Assert.Equal(0, await Destinations.RetireAsync("dead", "switched off", "me", None));
        Assert.Equal((0, 1), ((await StandingAsync()).Undelivered, (await StandingAsync()).GivenUp));
        await using var context = Database.Open();
        Assert.Equal(WorkStates.Cancelled, (await context.Work.SingleAsync(w => w.Kind == WorkKinds.Commit)).State);
    }

    [Fact]
    public async Task A_question_is_answered_once_whichever_report_comes_first_and_wakes_its_work()
    {
        await ReportAsync("pacs");
        await StoredAsync("pacs");
        await AskAsync("pacs");
        var standing = Assert.Single(await Commitment.FindAsync("2.25.7", None));
        Assert.Equal([standing.Delivery.Id], (await Commitment.PutAsync(standing, "2.25.7", DateTime.UtcNow, None)).Select(s => s.Delivery.Id));
        Assert.True(await Database.WriteAsync(t => CommitmentStore.AskedAsync(t, standing.Delivery.Id, "2.25.7", DateTime.UtcNow, None), None));
        await Database.WriteAsync(t => ExecuteAsync(t, $"UPDATE work SET not_before = {Database.NowPlus(TimeSpan.FromHours(1))} WHERE kind = 'commit'"), None);
        Assert.Empty(await Work.ClaimAsync(WorkKinds.Commit, "me", TimeSpan.FromMinutes(1), 1, None));

        var audit = new AuditEvent("commitment committed", "report:1", standing.StudyId, new { });
        async Task<int> AnswerAsync(bool isCommitted) => (await Commitment.AnswerAsync("2.25.7", [new CommitmentWord(standing.Delivery.Id, isCommitted, "", audit)], DateTime.UtcNow, None)).Count;
        Assert.Equal(1, await AnswerAsync(true));
        Assert.Equal(0, await AnswerAsync(true));
        Assert.Equal(0, await AnswerAsync(false));
        Assert.False(await Database.WriteAsync(t => CommitmentStore.AskedAsync(t, standing.Delivery.Id, "2.25.7", DateTime.UtcNow, None), None));
        await ClaimOneAsync(WorkKinds.Commit);
        var delivery = (await Commitment.FindAsync("2.25.7", None))[0].Delivery;
        Assert.Equal(CommitmentStates.Committed, delivery.Commitment);
        Assert.NotNull(delivery.CommittedAt);
    }

    [Fact]
    public async Task A_delivery_whose_work_was_discarded_is_given_up()
    {
        await ReportAsync("pacs");
        await Database.WriteAsync(t => ExecuteAsync(t, "UPDATE work SET state = 'cancelled' WHERE kind = 'deliver'; UPDATE delivery SET state = 'refused'"), None);
        Assert.Equal((0, 1), ((await StandingAsync()).Undelivered, (await StandingAsync()).GivenUp));
    }

    [Fact]
    public async Task A_retired_destination_owes_nothing_and_what_it_took_stays()
    {
        await ReportAsync("dead", "alive");
        await StoredAsync("alive");
        Assert.Equal(1, await Destinations.RetireAsync("dead", "switched off", "me", None));
        Assert.Equal(0, await Destinations.RetireAsync("alive", "switched off", "me", None));

        Assert.Equal((0, 1), ((await StandingAsync()).Undelivered, (await StandingAsync()).GivenUp));
        Assert.Equal([("alive", 1, 0, 0), ("dead", 0, 0, 1)], (await Destinations.ListAsync(None)).Select(l => (l.Name, l.Stored, l.Waiting, l.Retired)));
        await using var context = Database.Open();
        Assert.Equal(WorkStates.Cancelled, (await context.Work.SingleAsync(w => w.Kind == WorkKinds.Deliver && w.State != WorkStates.Done)).State);
        var study = (await context.Studies.SingleAsync()).Id;
        Assert.Equal(("me", study), await context.Audit.Where(a => a.Action == "delivery retired").Select(a => new ValueTuple<string, Guid>(a.Actor, a.StudyId!.Value)).SingleAsync());
        Assert.Null(await AuditChain.FirstBrokenAsync(Database, None));
    }

    [Fact]
    public async Task A_delivery_that_runs_while_its_destination_is_retired_cannot_be_written_any_more()
    {
        await ReportAsync("dead");
        var work = await ClaimOneAsync(WorkKinds.Deliver);
        Assert.Equal(1, await Destinations.RetireAsync("dead", "switched off", "me", None));
        await Assert.ThrowsAsync<LeaseLostException>(() => Database.WriteAsync(async t =>
        {
            await DeliveryStore.WriteAsync(t, work.Subject, DeliveryStates.Pending, null, "away", DateTime.UtcNow, None);
            await Work.FinishAsync(t, work, None);
        }, None));
        await using var context = Database.Open();
        Assert.Equal(DeliveryStates.Retired, (await context.Deliveries.SingleAsync()).State);
    }

    [Fact]
    public async Task The_last_activity_is_the_latest_of_image_verdict_and_work()
    {
        await ReceiveAsync("1.2", "1.2.3");
        var time = new DateTime(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc);
        await SetTimesAsync(time, time);
        Assert.Equal(time, (await StandingAsync()).LastActivity);
        await SetTimesAsync(time, time.AddDays(1));
        Assert.Equal(time.AddDays(1), (await StandingAsync()).LastActivity);
    }

    [Fact]
    public async Task Purging_says_so_in_rows_and_audit_once_per_study()
    {
        await ReceiveAsync("1.2", "1.2.3");
        await ReceiveAsync("1.2", "1.2.4");
        await ReceiveAsync("1.3", "1.3.3");
        Assert.True(await Store.PurgeAsync(Segment, _ => true, DateTime.UtcNow, None));
        Assert.True(await Store.PurgeAsync(Segment, _ => false, DateTime.UtcNow, None));

        Assert.Empty(await Store.StandingsAsync(Segment, None));
        await using var context = Database.Open();
        Assert.False(await context.Instances.AnyAsync(i => i.PurgedAt == null));
        Assert.Equal(2, await context.Audit.CountAsync(a => a.Action == "purged" && a.StudyId != null));
        Assert.Null(await AuditChain.FirstBrokenAsync(Database, None));
        Assert.NotNull(await new SpoolStore(Database).PurgedAtAsync("1.2", None));
    }

    [Fact]
    public async Task Nothing_is_purged_when_one_study_may_not_go()
    {
        await ReceiveAsync("1.2", "1.2.3");
        await ReceiveAsync("1.3", "1.3.3");
        Assert.False(await Store.PurgeAsync(Segment, s => s.Study == Guid.Empty, DateTime.UtcNow, None));
        Assert.Equal(2, (await Store.StandingsAsync(Segment, None)).Count);
        await using var context = Database.Open();
        Assert.False(await context.Audit.AnyAsync(a => a.Action == "purged"));
    }

    [Fact]
    public async Task A_forgotten_segment_has_no_mark_and_one_audit_entry()
    {
        await ReceiveAsync("1.2", "1.2.3");
        Assert.Equal(512, (await Store.MarksAsync(None))[Segment].RecordedBytes);
        await Store.ForgetAsync(Segment, 512, DateTime.UtcNow, None);
        await Store.ForgetAsync(Segment, 512, DateTime.UtcNow, None);
        Assert.Empty(await Store.MarksAsync(None));
        await using var context = Database.Open();
        Assert.Equal($"segment:{Segment}", (await context.Audit.SingleAsync(a => a.Action == "segment dropped")).Subject);
    }

    [Fact]
    public async Task What_came_is_summed_from_a_time_on()
    {
        Assert.Equal((0, null), await Store.ReceivedAsync(DateTime.UnixEpoch, None));
        await ReceiveAsync("1.2", "1.2.3");
        await ReceiveAsync("1.2", "1.2.4");
        var (bytes, first) = await Store.ReceivedAsync(DateTime.UtcNow.AddDays(-1), None);
        Assert.Equal(20, bytes);
        Assert.NotNull(first);
        Assert.Equal((0, null), await Store.ReceivedAsync(DateTime.UtcNow.AddDays(1), None));
    }

    [Fact]
    public async Task A_file_without_a_row_waits_until_a_person_discards_it()
    {
        var spool = new SpoolStore(Database);
        await Journal.SetAsideAsync("a:1:2", "no UID", new SegmentMark(Segment, 512), None);
        Assert.Equal("a:1:2", Assert.Single(await spool.ProblemsAsync(None)).Location);
        Assert.True(await spool.DiscardProblemAsync("a:1:2", "a test", "me", DateTime.UtcNow, None));
        Assert.False(await spool.DiscardProblemAsync("a:1:2", "a test", "me", DateTime.UtcNow, None));
        Assert.Empty(await Store.ProblemsAsync(None));
        await using var context = Database.Open();
        Assert.Equal("me", (await context.Audit.SingleAsync(a => a.Action == "spool discard")).Actor);
    }

    private async Task<StudyStanding> StandingAsync() => Assert.Single(await Store.StandingsAsync(Segment, None));

    private async Task ReceiveAsync(string study, string sop, Guid? segment = null, string content = "a")
    {
        var received = Received(study, sop, content);
        received.Instance.Segment = segment ?? Segment;
        await Journal.CommitAsync([received], [new SegmentMark(received.Instance.Segment.Value, 512)], _ => true, None);
    }

    /// <summary>A study that is complete, with one result.</summary>
    private async Task<Guid> DecidedAsync(string stage)
    {
        await ReceiveAsync("1.2", "1.2.3");
        var result = Guid.CreateVersion7();
        await Database.WriteAsync(async t =>
        {
            await ExecuteAsync(t, "UPDATE work SET state = 'done'; UPDATE study SET state = 'complete'; UPDATE instance SET outcome = 'scored'");
            t.Context.Results.Add(new ResultRow
            {
                Id = result,
                StudyId = (await t.Context.Studies.SingleAsync()).Id,
                Revision = 1,
                ModelId = "m",
                ModelVersion = "1",
                ModelSha256 = "",
                ModelIdentity = "",
                Stage = stage,
                InputDigest = "",
                Inputs = "[]",
                NotScored = "{}",
                Aggregation = "max",
                Priority = Priorities.Routine,
                Sentence = "",
            });
        }, None);
        return result;
    }

    private async Task ReportAsync(params string[] destinations)
    {
        var result = await DecidedAsync(ModelStages.Report);
        var report = new ReportRow { Id = Guid.CreateVersion7(), ResultId = result, SopClassUid = "", SopInstanceUid = "2.25.1", SeriesInstanceUid = "", Content = [1], Sha256 = "", CreatedAt = DateTime.UtcNow };
        await Database.WriteAsync(t => Reports.WriteAsync(t, report, destinations, 2, None), None);
    }

    private Task StoredAsync(string destination) => Database.WriteAsync(async t =>
    {
        var delivery = (await t.Context.Deliveries.SingleAsync(d => d.Destination == destination)).Id;
        await DeliveryStore.WriteAsync(t, delivery, DeliveryStates.Stored, 0, "0000H", DateTime.UtcNow, None);
        await t.Context.Work.Where(w => w.Subject == delivery).ExecuteUpdateAsync(s => s.SetProperty(w => w.State, WorkStates.Done));
    }, None);

    private Task AskAsync(string destination) => Database.WriteAsync(async t =>
    {
        var delivery = await t.Context.Deliveries.AsNoTracking().SingleAsync(d => d.Destination == destination);
        await Commitment.DueAsync(t, delivery, 2, "2.25.7", DateTime.UtcNow, None);
    }, None);

    private Task SetTimesAsync(DateTime received, DateTime worked) => Database.WriteAsync(async t =>
    {
        await t.Context.Studies.ExecuteUpdateAsync(s => s.SetProperty(r => r.LastReceivedAt, received));
        await t.Context.Work.Where(w => w.Kind == WorkKinds.Study).ExecuteUpdateAsync(s => s.SetProperty(w => w.ChangedAt, worked));
        await t.Context.Work.Where(w => w.Kind != WorkKinds.Study).ExecuteUpdateAsync(s => s.SetProperty(w => w.ChangedAt, received));
    }, None);
}
