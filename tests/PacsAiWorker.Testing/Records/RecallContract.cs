using Microsoft.EntityFrameworkCore;
using PacsAiWorker.Records;
using PacsAiWorker.Records.Audit;
using PacsAiWorker.Records.Queries;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Stores;
using PacsAiWorker.Records.Work;
using Xunit;

namespace PacsAiWorker.Testing.Records;

/// <summary>A package is recalled over a site where it flagged, passed, failed and was passed over.</summary>
public abstract class RecallContract(IEmptyDatabases databases) : RecordsContract(databases)
{
    private const string Person = "person:x", Old = "aaaaaaaaaaaaaaaa", New = "bbbbbbbbbbbbbbbb", Other = "cccccccccccccccc", Views = "dddddddddddddddd";
    private static readonly DateTime Now = new(2026, 11, 22, 10, 0, 0, DateTimeKind.Utc);

    private RecallStore Store => new(Database, Work);

    private static readonly string[] Studies = ["flagged", "passed", "failed", "passed over", "of another", "before", "only seen"];

    private static string Uid(string study) => $"1.2.{Array.IndexOf(Studies, study) + 3}";

    /// <summary>One image a study; the first flagged, reported and unread, the second not flagged and read.</summary>
    private async Task SiteAsync()
    {
        foreach (var study in Studies)
        {
            await CommitAsync(Received(Uid(study), Uid(study) + ".1"));
        }

        await Database.WriteAsync(async t =>
        {
            t.Context.AddRange(Model(Old, "kidney", "1.0.0"), Model(New, "kidney", "2.0.0"), Model(Other, "liver", "1.0.0"), Model(Views, "views", "1.0.0", isRouter: true));
            foreach (var study in await t.Context.Studies.ToListAsync())
            {
                (study.State, study.PriorityReason, study.FirstReceivedAt, study.LastReceivedAt) = (StudyStates.Complete, "s", Now.AddHours(-1), Now.AddHours(-1));
                var image = await t.Context.Instances.SingleAsync(i => i.StudyId == study.Id);
                (image.Outcome, image.OutcomeAt) = (Outcomes.Scored, Now);
                switch (Studies[int.Parse(study.StudyInstanceUid[4..], null) - 3])
                {
                    case "flagged":
                        study.Priority = Priorities.High;
                        Say(t, study, image, Old, "kidney", 0.9, DeliveryStates.Stored);
                        Say(t, study, image, Other, "liver", 0.1, DeliveryStates.Pending);
                        t.Context.Add(Score(image, Views, "views", null));
                        t.Context.Add(new PriorityNoticeRow { Id = Guid.CreateVersion7(), StudyId = study.Id, Priority = Priorities.High, State = NoticeStates.Pending, Message = [1], CreatedAt = Now, ChangedAt = Now });
                        break;
                    case "passed":
                        study.ReadAt = Now;
                        Say(t, study, image, Old, "kidney", 0.1, DeliveryStates.Pending);
                        break;
                    case "failed":
                        (image.Outcome, image.OutcomeReason, image.MeantFor) = (Outcomes.NotScored, "corrupt", Old);
                        break;
                    case "passed over":
                        (image.Outcome, image.OutcomeReason) = (Outcomes.NotScored, "view unknown");
                        break;
                    case "before":
                        (image.Outcome, image.OutcomeReason, study.FirstReceivedAt, study.LastReceivedAt) = (Outcomes.NotScored, "view unknown", Now.AddDays(-9), Now.AddDays(-9));
                        break;
                    case "only seen":
                        t.Context.Add(Score(image, Old, "kidney", 0.9));
                        break;
                    default:
                        Say(t, study, image, Other, "liver", 0.9, DeliveryStates.Stored);
                        break;
                }
            }

            await t.Context.SaveChangesAsync();
            await ExecuteAsync(t, "UPDATE work SET state = 'done'");
        }, None);
    }

    private async Task<RecallRow> RecallAsync(string identity = Old) => await Store.ReadAsync(Assert.Single(await Store.RecallAsync([identity], "wrong threshold", Person, Now, None)).Id, None);

    /// <summary>Withdraws all that is left, as the worker does.</summary>
    private async Task WithdrawAsync(RecallRow recall, bool hasSuccessor, bool hasRoom = true) =>
        await Database.WriteAsync(async t => await AuditChain.AppendAsync(t, await Store.WithdrawAsync(t, recall, await Store.NextAsync(recall.Id, 100, None), hasSuccessor, hasRoom, Now, None), Now, None), None);

    private async Task<Dictionary<string, RecallStudyLine>> LinesAsync(RecallRow recall) =>
        (await RecallQuery.StudiesAsync(Database, new RecallFilter(recall.Id), None)).ToDictionary(l => Studies[int.Parse(l.StudyInstanceUid[4..], null) - 3]);

    private async Task<StudyRow> StudyAsync(string study)
    {
        await using var context = Database.Open();
        return await context.Studies.AsNoTracking().SingleAsync(s => s.StudyInstanceUid == Uid(study));
    }

    /// <summary>The study is decided again.</summary>
    /// <param name="isWhole">False: one of its images still waits.</param>
    private Task DecideAsync(string study, double probability, bool isWhole = true, string stage = ModelStages.Prioritise) => Database.WriteAsync(async t =>
    {
        var row = await t.Context.Studies.SingleAsync(s => s.StudyInstanceUid == Uid(study));
        row.State = StudyStates.Complete;
        await t.Context.Instances.Where(i => i.StudyId == row.Id).ExecuteUpdateAsync(set => set.SetProperty(i => i.Outcome, isWhole ? Outcomes.Scored : null));
        var result = Result(row, New, "kidney", probability, Priorities.High);
        result.Stage = stage;
        await AuditChain.AppendAsync(t, await RecallStore.SettleAsync(t, row, [result], Now, None), Now, None);
    }, None);

    [Fact]
    public async Task A_recall_stops_the_package_for_good_and_lists_what_it_flagged_and_what_it_did_not_and_what_it_passed_over()
    {
        await SiteAsync();
        var recall = await RecallAsync();
        var lines = await LinesAsync(recall);
        Assert.Equal([("failed", RecallKinds.NotScored), ("flagged", RecallKinds.Flagged), ("only seen", RecallKinds.Flagged), ("passed", RecallKinds.NotFlagged), ("passed over", RecallKinds.Unrouted)],
            lines.OrderBy(l => l.Key, StringComparer.Ordinal).Select(l => (l.Key, l.Value.Kind)));
        Assert.Equal(["passed"], lines.Where(l => l.Value.WasRead).Select(l => l.Key));
        Assert.Equal(["report r1: pacs stored"], lines["flagged"].Reports);
        Assert.Equal(0, await new ModelStore(Database).ResumeAsync([Old], "please", Person, Now, None));
        var model = Assert.Single(await new ModelStore(Database).SuspendedAsync(None));
        Assert.Equal("kidney 1.0.0 was recalled on 2026-11-22: wrong threshold", model.SuspensionText);
        Assert.Empty(await Store.RecallAsync([Old], "again", Person, Now, None));
        Assert.Equal(recall.Id, (await ClaimOneAsync(WorkKinds.Recall)).Subject);
        Assert.Equal((Person, true), (Assert.Single(await AuditQuery.RunAsync(Database, new AuditFilter(Action: "model recalled"), None)) is var entry ? entry.Actor : "", entry!.Detail.Contains("\"studies\":5", StringComparison.Ordinal)));
        Assert.Contains(await SilenceQuery.RunAsync(Database, Now, None), s => s.Text.Contains("kidney 1.0.0 is recalled: wrong threshold", StringComparison.Ordinal) && s.Text.Contains("5 studies of its recall are not closed", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_it_said_is_withdrawn_with_a_report_that_says_so_and_nothing_of_other_packages_is()
    {
        await SiteAsync();
        var recall = await RecallAsync();
        await WithdrawAsync(recall, hasSuccessor: false);
        var study = await StudyAsync("flagged");
        Assert.Equal((StudyStates.Complete, 2, Priorities.High), (study.State, study.Revision, study.Priority));
        Assert.Equal("s; kidney 1.0.0 was recalled on 2026-11-22: wrong threshold", study.PriorityReason);
        await using var context = Database.Open();
        var results = await context.Results.AsNoTracking().Where(r => r.StudyId == study.Id).OrderBy(r => r.Revision).ThenBy(r => r.ModelId).ToListAsync();
        Assert.Equal([("kidney", true, null), ("liver", false, null), ("kidney", false, results[0].Id)], results.Select(r => (r.ModelId, r.WithdrawnAt is not null, r.Withdraws)));
        var last = results[^1];
        Assert.Equal((null, false, Priorities.NotEvaluated, ModelStages.Report), (last.Probability, last.IsPositive, last.Priority, last.Stage));
        Assert.StartsWith("WITHDRAWN: what kidney 1.0.0 said", last.Sentence, StringComparison.Ordinal);
        Assert.Equal(last.Id, (await ClaimOneAsync(WorkKinds.Report)).Subject);
        Assert.Equal([(DeliveryStates.Stored, 1), (DeliveryStates.Pending, 1)],
            (await context.Deliveries.Where(d => d.Report!.Result!.StudyId == study.Id).Select(d => d.State).ToListAsync()).GroupBy(s => s).OrderByDescending(g => g.Key).Select(g => (g.Key, g.Count())));

        Assert.Null((await context.Notices.SingleAsync()).Message);

        // A report that had not left stays here, and needs no other that takes it back; nobody says that it was stored.
        var read = await StudyAsync("passed");
        Assert.Equal(DeliveryStates.Withheld, (await context.Deliveries.SingleAsync(d => d.Report!.Result!.StudyId == read.Id)).State);
        Assert.All((await LinesAsync(recall)).Values, l => Assert.Equal((true, ScoredAgain.NoSuccessor), (l.IsForPerson, l.ScoredAgain)));
        Assert.Empty(await Store.NextAsync(recall.Id, 100, None));
        Assert.Null(await AuditChain.FirstBrokenAsync(Database, None));
    }

    [Fact]
    public async Task Studies_are_scored_again_where_a_successor_is_in_use_those_that_nobody_read_before_those_that_are_read()
    {
        await SiteAsync();
        var recall = await RecallAsync();
        Assert.Equal((await StudyAsync("passed")).Id, (await Store.NextAsync(recall.Id, 100, None))[^1]);
        await WithdrawAsync(recall, hasSuccessor: true);
        Assert.Equal((StudyStates.Open, 3), (await StudyAsync("flagged") is var study ? study.State : "", study!.Revision));
        await using var context = Database.Open();
        var again = await context.Work.Where(w => w.Kind == WorkKinds.Score && w.State == WorkStates.Ready)
            .Join(context.Instances, w => w.Subject, i => i.Id, (w, i) => new { w.Tier, i.Study!.StudyInstanceUid, i.Outcome }).ToListAsync();
        Assert.Equal(5, again.Count);
        Assert.All(again, a => Assert.Equal((null, a.StudyInstanceUid == Uid("passed") ? 3 : 2), (a.Outcome, (int)a.Tier)));
        Assert.Equal(Uid("passed"), (await AuditQuery.RunAsync(Database, new AuditFilter(Action: "recalled"), None))[^1].StudyInstanceUid);

        // The old scores stay beside the new ones: a package that scored an image before says the same again.
        var image = await context.Instances.AsNoTracking().SingleAsync(i => i.StudyId == study.Id);
        await Database.WriteAsync(t => new ScoreStore(Database, Work).WriteAsync(t, image.Id, new InstanceOutcome(Outcomes.Scored, null, null, 1, 1, 1, Now), [Score(image, Other, "liver", 0.1), Score(image, New, "kidney", 0.9)], (TimeSpan.Zero, Cap), None), None);
        Assert.Equal([Old, New, Other, Views], await context.Scores.Where(s => s.InstanceId == image.Id).Select(s => s.ModelIdentity).OrderBy(s => s).ToListAsync());
    }

    [Fact]
    public async Task The_worker_closes_a_line_where_the_new_verdict_stands_and_a_person_one_that_was_read_under_another()
    {
        await SiteAsync();
        var recall = await RecallAsync();
        var read = (await StudyAsync("passed")).Id;
        Assert.False(await Store.CloseAsync(recall.Id, read, "looked at it", Person, Now, None));
        await WithdrawAsync(recall, hasSuccessor: true);
        await DecideAsync("flagged", 0.1);
        await DecideAsync("passed", 0.9);
        var lines = await LinesAsync(recall);
        Assert.Equal(("worker", "the new verdict stands", "not flagged by kidney 2.0.0: s"), (lines["flagged"].ClosedBy, lines["flagged"].ClosedWhy, lines["flagged"].Verdict));
        Assert.Equal((null, "flagged by kidney 2.0.0: s"), (lines["passed"].ClosedAt, lines["passed"].Verdict));
        Assert.True(await Store.CloseAsync(recall.Id, read, "looked at it", Person, Now, None));
        Assert.False(await Store.CloseAsync(recall.Id, read, "again", Person, Now, None));
        Assert.Equal([("worker", Uid("flagged")), (Person, Uid("passed"))], (await AuditQuery.RunAsync(Database, new AuditFilter(Action: "recall line closed"), None)).Select(a => (a.Actor, a.StudyInstanceUid!)));
        var line = Assert.Single(await RecallQuery.RunAsync(Database, None));
        Assert.Equal((5, 2, 0, false), (line.Studies, line.Closed, line.Waiting, line.IsClosed));
        Assert.Equal([RecallKinds.Flagged, RecallKinds.NotScored, RecallKinds.Unrouted], (await RecallQuery.StudiesAsync(Database, new RecallFilter(recall.Id, IsOpen: true), None)).Select(l => l.Kind).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_verdict_on_a_part_of_the_images_or_of_a_package_on_trial_closes_no_line()
    {
        await SiteAsync();
        var recall = await RecallAsync();
        await WithdrawAsync(recall, hasSuccessor: true);
        await DecideAsync("flagged", 0.1, isWhole: false);
        Assert.Equal((null, "not flagged by kidney 2.0.0: s"), (await LinesAsync(recall))["flagged"] is var line ? (line.ClosedAt, line.Verdict) : default);
        await DecideAsync("flagged", 0.1, stage: ModelStages.Observe);
        Assert.Null((await LinesAsync(recall))["flagged"].ClosedAt);
        await DecideAsync("flagged", 0.1);
        Assert.NotNull((await LinesAsync(recall))["flagged"].ClosedAt);
    }

    [Fact]
    public async Task While_many_are_scored_again_what_was_said_of_the_others_is_withdrawn_at_once_and_their_turn_comes()
    {
        await SiteAsync();
        var recall = await RecallAsync();
        await WithdrawAsync(recall, hasSuccessor: true, hasRoom: false);
        Assert.All((await LinesAsync(recall)).Values, l => Assert.Equal((Now, ScoredAgain.Later), (l.WithdrawnAt!.Value, l.ScoredAgain)));
        Assert.Equal(0, await Store.BeingScoredAsync(recall.Id, None));
        var later = await Store.LaterAsync(recall.Id, 100, None);
        Assert.Equal((await StudyAsync("passed")).Id, later[^1]);
        await Database.WriteAsync(t => Store.ScoreLaterAsync(t, recall, [later[0]], true, None), None);
        Assert.Equal(1, await Store.BeingScoredAsync(recall.Id, None));
        Assert.Equal(later.Skip(1), await Store.LaterAsync(recall.Id, 100, None));
        await Database.WriteAsync(t => Store.ScoreLaterAsync(t, recall, [.. later.Skip(1)], false, None), None);
        Assert.Equal(later.Count - 1, (await LinesAsync(recall)).Values.Count(l => l.ScoredAgain == ScoredAgain.NoSuccessor));
    }

    [Fact]
    public async Task A_report_that_never_left_is_not_taken_back_in_the_PACS_and_an_open_study_keeps_a_revision_for_its_verdict()
    {
        await SiteAsync();
        await Database.WriteAsync(t => ExecuteAsync(t, $"UPDATE study SET state = 'open' WHERE study_instance_uid = '{Uid("flagged")}'"), None);
        var recall = await RecallAsync();
        await WithdrawAsync(recall, hasSuccessor: false);
        await using var context = Database.Open();
        Assert.False(await context.Results.AnyAsync(r => r.Study!.StudyInstanceUid == Uid("passed") && r.Withdraws != null));
        var study = await StudyAsync("flagged");
        Assert.Equal(study.Revision - 1, (await context.Results.SingleAsync(r => r.StudyId == study.Id && r.Withdraws != null)).Revision);
    }

    [Fact]
    public async Task What_was_on_its_way_when_the_package_was_recalled_is_listed_a_little_later()
    {
        await SiteAsync();
        var recall = await RecallAsync();
        await Database.WriteAsync(async t => t.Context.Add(Score(await t.Context.Instances.SingleAsync(i => i.Study!.StudyInstanceUid == Uid("of another")), Old, "kidney", 0.1)), None);
        var events = await Database.WriteAsync(t => RecallStore.ListAgainAsync(t, recall, Now.AddSeconds(10), None), None);
        Assert.Equal("recall listed", Assert.Single(events).Action);
        Assert.Equal(RecallKinds.NotFlagged, (await LinesAsync(recall))["of another"].Kind);
        Assert.Equal(Now.AddSeconds(10), (await Store.ReadAsync(recall.Id, None)).ListedAt);
        Assert.Empty(await Database.WriteAsync(t => RecallStore.ListAgainAsync(t, recall, Now, None), None));
    }

    [Fact]
    public async Task A_person_ends_a_recall_and_what_was_withdrawn_stays_withdrawn()
    {
        await SiteAsync();
        var recall = await RecallAsync();
        await WithdrawAsync(recall, hasSuccessor: false);
        Assert.Equal(1, await Store.EndAsync([Old], "it was the other one", Person, Now, None));
        Assert.Equal(0, await Store.EndAsync([Old], "again", Person, Now, None));
        Assert.Empty(await new ModelStore(Database).SuspendedAsync(None));
        Assert.All((await LinesAsync(recall)).Values, l => Assert.Equal("the recall was ended: it was the other one", l.ClosedWhy));
        await using var context = Database.Open();
        Assert.Equal(2, await context.Results.CountAsync(r => r.ModelIdentity == Old && r.WithdrawnAt != null));
        Assert.Single(await Store.RecallAsync([Old], "it was this one", Person, Now, None));
    }

    [Fact]
    public async Task Of_a_recalled_view_router_every_study_that_it_looked_at_is_listed_by_what_others_then_said()
    {
        await SiteAsync();
        var lines = await LinesAsync(await RecallAsync(Views));
        Assert.Equal([("flagged", RecallKinds.Flagged), ("passed over", RecallKinds.Unrouted)], lines.OrderBy(l => l.Key, StringComparer.Ordinal).Select(l => (l.Key, l.Value.Kind)));
        var recall = await Store.ReadAsync((await RecallQuery.RunAsync(Database, None))[0].Id, None);
        await WithdrawAsync(recall, hasSuccessor: true);
        Assert.All((await LinesAsync(recall)).Values, l => Assert.Equal((ScoredAgain.Router, true, false), (l.ScoredAgain, l.IsForPerson, l.HasResult)));
        Assert.Equal(StudyStates.Complete, (await StudyAsync("flagged")).State);
    }

    private static void Say(RecordsTransaction t, StudyRow study, InstanceRow image, string identity, string model, double probability, string delivery)
    {
        var result = Result(study, identity, model, probability, Priorities.High);
        var report = new ReportRow { Id = Guid.CreateVersion7(), ResultId = result.Id, SopClassUid = "1.2.840.10008.5.1.4.1.1.88.34", SopInstanceUid = $"{study.StudyInstanceUid}.9.{model.Length}", SeriesInstanceUid = "1.2", Content = [], Sha256 = "", CreatedAt = Now };
        t.Context.AddRange(result, report, Score(image, identity, model, probability),
            new DeliveryRow { Id = Guid.CreateVersion7(), ReportId = report.Id, Destination = "pacs", State = delivery, CreatedAt = Now, StoredAt = delivery == DeliveryStates.Stored ? Now : null });
    }

    private static ModelRow Model(string identity, string id, string version, bool isRouter = false) => new()
    {
        Identity = identity,
        ModelId = id,
        Version = version,
        Sha256 = identity,
        Manufacturer = "m",
        Family = "CNN",
        Aggregation = "max",
        Threshold = 0.5,
        PositivePriority = Priorities.High,
        Stage = ModelStages.Prioritise,
        StageSince = Now.AddDays(-1),
        Classes = isRouter ? """[{"id":"long axis","isPositive":false}]""" : """[{"id":"none","isPositive":false},{"id":"stone","isPositive":true}]""",
    };

    private static ResultRow Result(StudyRow study, string identity, string model, double probability, string priority) => new()
    {
        Id = Guid.CreateVersion7(),
        StudyId = study.Id,
        Revision = study.Revision,
        ModelId = model,
        ModelVersion = identity == New ? "2.0.0" : "1.0.0",
        ModelSha256 = identity,
        ModelIdentity = identity,
        Stage = ModelStages.Prioritise,
        InputDigest = "a",
        Inputs = "[]",
        NotScored = "{}",
        Aggregation = "max",
        Probability = probability,
        IsPositive = probability > 0.5,
        Priority = probability > 0.5 ? priority : Priorities.Routine,
        Sentence = "s",
        RunStartedAt = Now,
        DecidedAt = Now,
    };

    /// <param name="probability">Null of a router, which finds nothing.</param>
    private static ScoreRow Score(InstanceRow image, string identity, string model, double? probability) => new()
    {
        Id = Guid.CreateVersion7(),
        InstanceId = image.Id,
        StudyId = image.StudyId,
        ModelId = model,
        ModelVersion = "1.0.0",
        ModelSha256 = identity,
        ModelIdentity = identity,
        ClassIds = """["none","stone"]""",
        Logits = "[0,0]",
        Probabilities = "[0.5,0.5]",
        PredictedClass = "none",
        PositiveProbability = probability ?? 0,
        Threshold = 0.5,
        IsPositive = probability > 0.5,
        CropSource = "region",
        Preprocessing = "v1",
        Runtime = "r",
        InputSha256 = "a",
        ScoredAt = Now,
    };
}
