using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using PacsAiWorker.Records.Queries;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Stores;
using Xunit;

namespace PacsAiWorker.Testing.Records;

/// <summary>What is absent is seen, and no longer once it came or a person has settled it.</summary>
public abstract class AbsenceContract(IEmptyDatabases databases) : RecordsContract(databases)
{
    private static readonly AbsenceLimits Limits = new(TimeSpan.FromHours(2), TimeSpan.FromHours(1), TimeSpan.FromHours(1));
    private static readonly DateTime Now = new(DateTime.UtcNow.Ticks / TimeSpan.TicksPerSecond * TimeSpan.TicksPerSecond, DateTimeKind.Utc);

    private ExpectedStore Store => new(Database);

    private Task<IReadOnlyList<AbsentLine>> RunAsync(DateTime? now = null) => AbsenceQuery.RunAsync(Database, now ?? Now, Limits, None);

    private static ExpectedStudyRow Expected(string step, DateTime at, string study = "", string accession = "") => new()
    {
        KeyDigest = ExpectedStudyRow.KeyOf(study, accession, step),
        AccessionDigest = accession.Length > 0 ? OrderContextRow.DigestOf(accession) : "",
        StudyInstanceUid = study,
        StationAe = "US1",
        ScheduledAt = at,
    };

    private Task ListAsync(DateTime now, params ExpectedStudyRow[] listed) => Store.WriteAsync(listed, isWhole: true, now, None);

    private Task StepAsync(string state, DateTime at, params string[] images) => Database.WriteAsync(async t =>
    {
        t.Context.Add(new PerformedStepRow { SopInstanceUid = "1.9", State = state, StudyInstanceUid = "1.2.3", CallingAe = "US1", Images = JsonSerializer.Serialize(images), CreatedAt = at, ChangedAt = at });
        await t.Context.SaveChangesAsync();
    }, None);

    [Fact]
    public async Task A_scheduled_study_is_absent_when_its_time_is_long_over_and_is_here_by_its_UID_or_its_order()
    {
        await ListAsync(Now.AddHours(-5), Expected("S1", Now.AddHours(-3), study: "1.2.3"), Expected("S2", Now.AddHours(-3), accession: "A2"), Expected("S3", Now.AddHours(-1), study: "1.2.5"));
        Assert.Equal(["1.2.3", null], (await RunAsync()).Select(a => a.StudyInstanceUid).OrderDescending());
        Assert.All(await RunAsync(), a => Assert.Equal(AbsenceKinds.Study, a.Kind));
        var byOrder = Received("1.7", "1.7.1");
        byOrder.Identity.AccessionNumber = "A2";
        await CommitAsync(byOrder);
        Assert.Equal("1.2.3", Assert.Single(await RunAsync()).StudyInstanceUid);
        await CommitAsync(Received("1.2.3", "1.2.3.1"));
        Assert.Empty(await RunAsync());
    }

    [Fact]
    public async Task A_step_that_left_the_list_before_its_time_is_expected_no_more_and_one_that_left_it_after_stays()
    {
        await ListAsync(Now.AddHours(-5), Expected("S1", Now.AddHours(-4), study: "1.2.3"), Expected("S2", Now.AddHours(-3), study: "1.2.4"));
        await ListAsync(Now.AddHours(-3.5));
        var line = Assert.Single(await RunAsync());
        Assert.Equal(("1.2.3", Now.AddHours(-4)), (line.StudyInstanceUid, line.Since));
    }

    [Fact]
    public async Task A_step_that_is_moved_is_late_at_its_new_time_and_a_cancelled_order_is_not_expected()
    {
        await ListAsync(Now.AddHours(-5), Expected("S1", Now.AddHours(-4), study: "1.2.3", accession: "A1"));
        await ListAsync(Now.AddHours(-4.5), Expected("S1", Now.AddHours(3), study: "1.2.3", accession: "A1"));
        Assert.Empty(await RunAsync());
        Assert.Single(await RunAsync(Now.AddHours(6)));
        await Database.WriteAsync(async t =>
        {
            t.Context.Add(new OrderContextRow { AccessionDigest = OrderContextRow.DigestOf("A1"), Status = "CA", ChangedAt = Now });
            await t.Context.SaveChangesAsync();
        }, None);
        Assert.Empty(await RunAsync(Now.AddHours(6)));
    }

    [Theory]
    [InlineData(StepStates.Completed, 1)]
    [InlineData(StepStates.InProgress, 1)]
    [InlineData(StepStates.Discontinued, 0)]
    public async Task Objects_that_a_modality_says_it_made_and_that_are_not_here_are_seen(string state, int lines)
    {
        await CommitAsync(Received("1.2.3", "1.2.3.1"));
        await StepAsync(state, Now.AddHours(-2), "1.2.3.1", "1.2.3.2");
        Assert.Equal(lines, (await RunAsync()).Count(a => a is { Kind: AbsenceKinds.Images, StudyInstanceUid: "1.2.3" } && a.What.StartsWith("1 of 2", StringComparison.Ordinal)));
        Assert.Empty(await RunAsync(Now.AddHours(-1.5)));
    }

    [Fact]
    public async Task A_step_whose_objects_are_all_here_is_settled_and_an_old_one_is_removed()
    {
        await StepAsync(StepStates.Completed, Now.AddHours(-2), "1.2.3.1");
        Assert.Equal(0, await Store.SettleAsync(Now, None));
        await CommitAsync(Received("1.2.3", "1.2.3.1"));
        Assert.Equal(1, await Store.SettleAsync(Now, None));
        Assert.Equal(0, await Store.SettleAsync(Now, None));
        await using (var context = Database.Open())
        {
            Assert.Equal(Now, (await context.PerformedSteps.SingleAsync()).AllHereAt);
        }

        await Store.SettleAsync(Now.AddDays(100), None);
        await using var after = Database.Open();
        Assert.Empty(await after.PerformedSteps.ToListAsync());
    }

    [Fact]
    public async Task What_a_person_dismissed_is_absent_no_more_and_that_is_audited()
    {
        await StepAsync(StepStates.Completed, Now.AddHours(-2), "1.2.3.1");
        var subject = Assert.Single(await RunAsync()).Subject;
        Assert.False(await Store.DismissAsync("step:1.2.99", "x", "person:x", Now, None));
        Assert.False(await Store.DismissAsync("destination:pacs", "x", "person:x", Now, None));
        Assert.True(await Store.DismissAsync(subject, "never sent", "person:x", Now, None));
        Assert.Empty(await RunAsync());
        var entry = Assert.Single(await AuditQuery.RunAsync(Database, new AuditFilter(Action: "absence dismissed"), None));
        Assert.Equal(("person:x", subject), (entry.Actor, entry.Subject));
    }

    [Fact]
    public async Task A_destination_that_took_nothing_for_an_hour_though_something_waits_is_named_and_one_that_takes_is_not()
    {
        var delivery = await WaitingAsync(Now.AddHours(-2));
        var line = Assert.Single(await RunAsync());
        Assert.Equal((AbsenceKinds.Destination, "destination:pacs"), (line.Kind, line.Subject));
        Assert.Empty(await RunAsync(Now.AddHours(-1.5)));
        await Database.WriteAsync(t => ExecuteAsync(t, "UPDATE work SET state = 'parked' WHERE kind = 'deliver'"), None);
        Assert.Empty(await RunAsync());
        await Database.WriteAsync(t => ExecuteAsync(t, "UPDATE work SET state = 'ready' WHERE kind = 'deliver'"), None);
        await Database.WriteAsync(async t =>
        {
            var other = await t.Context.Deliveries.AsNoTracking().SingleAsync(d => d.Id == delivery);
            (other.Id, other.State, other.StoredAt, other.ReportId) = (Guid.CreateVersion7(), DeliveryStates.Stored, Now.AddMinutes(-10), await ReportAsync(t.Context, "1.2.8"));
            t.Context.Add(other);
            await t.Context.SaveChangesAsync();
        }, None);
        Assert.Empty(await RunAsync());
    }

    [Fact]
    public async Task An_information_system_that_answers_nothing_for_an_hour_is_named()
    {
        await CommitAsync(Received("1.2.3", "1.2.3.1"));
        await Database.WriteAsync(async t =>
        {
            var study = await t.Context.Studies.SingleAsync();
            t.Context.Add(new PriorityNoticeRow { Id = Guid.CreateVersion7(), StudyId = study.Id, Priority = Priorities.High, State = NoticeStates.Pending, CreatedAt = Now, ChangedAt = Now, SentAt = Now.AddHours(-2) });
            await t.Context.SaveChangesAsync();
            await Work.EnqueueAsync(t, NoticeStore.WorkOf(study, Priorities.High), None);
        }, None);
        Assert.Equal(AbsenceKinds.Receiver, Assert.Single(await RunAsync()).Kind);
        await Database.WriteAsync(t => ExecuteAsync(t, "UPDATE priority_notice SET state = 'acknowledged'"), None);
        Assert.Empty(await RunAsync());
    }

    private async Task<Guid> WaitingAsync(DateTime since)
    {
        await CommitAsync(Received("1.2.3", "1.2.3.1"));
        return await Database.WriteAsync(async t =>
        {
            var delivery = new DeliveryRow { Id = Guid.CreateVersion7(), ReportId = await ReportAsync(t.Context, "1.2.7"), Destination = "pacs", State = DeliveryStates.Pending, CreatedAt = since };
            t.Context.Add(delivery);
            await t.Context.SaveChangesAsync();
            await Work.EnqueueAsync(t, new PacsAiWorker.Records.Work.NewWork(WorkKinds.Deliver, $"{delivery.Id}", delivery.Id, 2, Lane: "pacs"), None);
            return delivery.Id;
        }, None);
    }

    private static async Task<Guid> ReportAsync(PacsAiWorker.Records.RecordsContext context, string uid)
    {
        var result = new ResultRow
        {
            Id = Guid.CreateVersion7(),
            StudyId = (await context.Studies.SingleAsync()).Id,
            Revision = 1,
            ModelId = "m",
            ModelVersion = "1.0.0",
            ModelSha256 = "a",
            ModelIdentity = uid,
            Stage = ModelStages.Report,
            InputDigest = "a",
            Inputs = "[]",
            NotScored = "{}",
            Aggregation = "max",
            Priority = Priorities.High,
            Sentence = "s",
            RunStartedAt = Now,
            DecidedAt = Now,
        };
        var report = new ReportRow { Id = Guid.CreateVersion7(), ResultId = result.Id, SopClassUid = "1.2", SopInstanceUid = uid, SeriesInstanceUid = "1.2.8", Content = [], Sha256 = "a", CreatedAt = Now };
        context.AddRange(result, report);
        return report.Id;
    }
}
