using System.Text;
using Microsoft.EntityFrameworkCore;
using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Dicom.Dimse;
using PacsAiWorker.Pipeline;
using PacsAiWorker.Pipeline.Work;
using PacsAiWorker.Pipeline.Worklist;
using PacsAiWorker.Pipeline.Worklist.Hl7;
using PacsAiWorker.Records;
using PacsAiWorker.Records.Queries;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Schema;
using PacsAiWorker.Records.Stores;
using PacsAiWorker.Records.Work;
using PacsAiWorker.Tests.Records;

namespace PacsAiWorker.Tests.Pipeline.Worklist;

/// <summary>A study whose priority rose, and a receiver on loopback.</summary>
public sealed class NotifyHandlerTests : IAsyncLifetime
{
    private readonly ScriptedRis _ris = new();
    private readonly StudyRow _study = Rows.Study();
    private RecordsDatabase _database = null!;
    private MwlOptions _mwl = new();
    private readonly List<INoticeChannel> _others = [];

    public async Task InitializeAsync()
    {
        _database = new RecordsDatabase(await SqliteFile.NewAsync());
        await new SchemaMigrator(_database).MigrateAsync(default);
    }

    public async Task DisposeAsync()
    {
        await _ris.DisposeAsync();
        _database.Dispose();
        await SqliteFile.RemoveAsync(_database);
    }

    [Fact]
    public async Task A_rise_is_told_and_what_was_told_stands_in_the_rows()
    {
        var (handler, work) = await RaisedAsync();
        await ApplyAsync(Assert.IsType<WorkVerdict.Done>(await handler.HandleAsync(work, default)).Effect);
        var notice = await NoticeAsync();
        Assert.Equal((NoticeStates.Acknowledged, "A", "AA", 1), (notice.State, notice.Letter, notice.Answer, notice.Attempts));
        Assert.Equal(notice.Message, Assert.Single(_ris.Received));
        Assert.Equal(OruBuilder.ControlId(_study.StudyInstanceUid, 1, Priorities.High), notice.ControlId);

        // A second wake-up of the same work says nothing again.
        await handler.HandleAsync(work, default);
        Assert.Single(_ris.Received);
    }

    /// <summary>A PACS that takes no Comprehensive 3D SR has the report in another class, under another UID.</summary>
    [Fact]
    public async Task Of_the_reports_of_one_result_the_message_names_the_one_that_a_PACS_stored()
    {
        var (handler, work) = await RaisedAsync();
        await _database.WriteAsync(async t =>
        {
            var result = (await t.Context.Results.SingleAsync()).Id;
            foreach (var uid in new[] { "1.2.34", "1.2.33" })
            {
                var report = new ReportRow { Id = Guid.CreateVersion7(), ResultId = result, SopClassUid = uid, SopInstanceUid = uid + ".1", SeriesInstanceUid = "1.2", Content = [], Sha256 = "", CreatedAt = Rows.Time };
                t.Context.Add(report);
                t.Context.Add(new DeliveryRow { Id = Guid.CreateVersion7(), ReportId = report.Id, Destination = "pacs", State = uid == "1.2.33" ? DeliveryStates.Stored : DeliveryStates.Pending, CreatedAt = Rows.Time });
            }

            await t.Context.SaveChangesAsync();
        }, default);
        Assert.IsType<WorkVerdict.Done>(await handler.HandleAsync(work, default));
        Assert.Contains("|1.2.33.1|", Encoding.UTF8.GetString(Assert.Single(_ris.Received)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_attempt_whose_answer_was_lost_is_repeated_with_the_same_bytes_and_control_id()
    {
        _ris.Script = (_, _) => Task.FromResult(false);
        var (handler, work) = await RaisedAsync();
        var retry = Assert.IsType<WorkVerdict.Retry>(await handler.HandleAsync(work, default));
        Assert.Equal("ris unreachable", retry.Reason);
        // The worker dies here: its effect is never written. Whoever claims the work next knows nothing but the rows.
        _ris.Script = async (id, stream) =>
        {
            await stream.WriteAsync(Mllp.Wrap(ScriptedRis.Answer("AA", id)));
            return true;
        };
        await ApplyAsync(Assert.IsType<WorkVerdict.Done>(await Handler().HandleAsync(work, default)).Effect);
        Assert.Equal(2, _ris.Received.Count);
        Assert.Equal(_ris.Received.First(), _ris.Received.Last());
    }

    [Fact]
    public async Task An_error_is_tried_again_and_a_refusal_five_times_then_a_person_has_to_look()
    {
        var (handler, work) = await RaisedAsync();
        Answering("AE");
        var retry = Assert.IsType<WorkVerdict.Retry>(await handler.HandleAsync(work, default));
        Assert.Equal(TimeSpan.FromMinutes(1), retry.Longest);
        await ApplyAsync(retry.Effect!);
        Answering("AR");
        for (var i = 0; i < 4; i++)
        {
            work.Attempts++;
            await ApplyAsync(Assert.IsType<WorkVerdict.Retry>(await handler.HandleAsync(work, default)).Effect!);
        }

        work.Attempts++;
        var park = Assert.IsType<WorkVerdict.Park>(await handler.HandleAsync(work, default));
        Assert.Contains("work retry", park.Detail, StringComparison.Ordinal);
        await ApplyAsync(park.Effect!);
        Assert.Equal((NoticeStates.Refused, 6, 5), ((await NoticeAsync()).State, (await NoticeAsync()).Attempts, (await NoticeAsync()).Refusals));
        Assert.Single(_ris.Received.Select(m => Encoding.UTF8.GetString(m)).Distinct());

        // A person had it tried again: five more times.
        work.Attempts = 1;
        await ApplyAsync(Assert.IsType<WorkVerdict.Retry>(await handler.HandleAsync(work, default)).Effect!);
        Assert.Equal(1, (await NoticeAsync()).Refusals);
    }

    [Fact]
    public async Task A_study_whose_images_disagree_about_the_patient_is_not_told_though_one_of_them_is_not_kept_any_more()
    {
        var (handler, work) = await RaisedAsync();
        await _database.WriteAsync(async t =>
        {
            var (one, other) = (Rows.Instance(_study, 1), Rows.Instance(_study, 2));
            (one.IdentityDigest, other.IdentityDigest, other.PurgedAt) = ("a", "b", Rows.Time);
            t.Context.Instances.AddRange(one, other);
            await t.Context.SaveChangesAsync();
        }, default);
        Assert.Equal(SilenceCodes.Conflict, await SilentAsync(handler, work));
        Assert.Empty(_ris.Received);
    }

    [Fact]
    public async Task A_suspended_package_stays_out_of_a_message_that_was_written_before_and_the_new_one_has_an_id_of_its_own()
    {
        var (handler, work) = await RaisedAsync();
        await OtherAsync(Priorities.High);
        Answering("AE");
        await ApplyAsync(Assert.IsType<WorkVerdict.Retry>(await handler.HandleAsync(work, default)).Effect!);
        await SuspendAsync();
        Answering("AA");
        await ApplyAsync(Assert.IsType<WorkVerdict.Done>(await handler.HandleAsync(work, default)).Effect);
        var sent = _ris.Received.Select(m => Hl7Message.Parse(m)).ToList();
        Assert.Equal([2, 1], sent.Select(m => m.All("OBX").Count(o => o.Text(3) == "TRIAGE_PRIORITY")));
        Assert.Equal(OruBuilder.ControlId(_study.StudyInstanceUid, 1, Priorities.High, 1), sent[1].ControlId);
    }

    [Fact]
    public async Task A_rise_of_a_package_that_was_suspended_is_told_once_it_is_resumed()
    {
        var (handler, work) = await RaisedAsync(queue: true);
        await SuspendAsync();
        Assert.Equal(SilenceCodes.Suspended, await SilentAsync(handler, work));
        await _database.WriteAsync(t => t.Context.Database.ExecuteSqlRawAsync("UPDATE work SET state = 'done'"), default);
        await new ModelStore(_database).ResumeAsync([Rows.Sha], "mended", "person:x", Rows.Time, default);
        await using var context = _database.Open();
        Assert.Equal(WorkStates.Ready, (await context.Work.SingleAsync()).State);
        await ApplyAsync(Assert.IsType<WorkVerdict.Done>(await handler.HandleAsync(work, default)).Effect);
        Assert.Equal(NoticeStates.Acknowledged, (await NoticeAsync()).State);
    }

    [Fact]
    public async Task What_another_package_found_is_told_though_a_suspended_one_found_more()
    {
        var (handler, work) = await RaisedAsync();
        await OtherAsync(Priorities.Elevated);
        await SuspendAsync();
        Assert.Equal(SilenceCodes.Suspended, await SilentAsync(handler, work));
        await using var context = _database.Open();
        var next = await context.Work.AsNoTracking().SingleAsync();
        Assert.Equal($"{_study.Id}:{Priorities.Elevated}", next.DedupeKey);
        await ApplyAsync(Assert.IsType<WorkVerdict.Done>(await handler.HandleAsync(next, default)).Effect);
        Assert.Equal("A", Hl7Message.Parse(Assert.Single(_ris.Received)).Find("OBR")!.Text(5));
    }

    [Fact]
    public async Task A_result_that_was_withdrawn_is_not_told_and_what_another_package_found_is()
    {
        var (handler, work) = await RaisedAsync();
        await OtherAsync(Priorities.Elevated);
        await _database.WriteAsync(t => t.Context.Results.Where(r => r.Priority == Priorities.High)
            .ExecuteUpdateAsync(s => s.SetProperty(r => r.WithdrawnAt, Rows.Time).SetProperty(r => r.WithdrawnWhy, "rejected: Rejected for Quality Reasons (113001)")), default);
        // What takes its report back is no result to tell of.
        await _database.WriteAsync(async t =>
        {
            var withdrawal = await t.Context.Results.AsNoTracking().SingleAsync(r => r.Priority == Priorities.High);
            (withdrawal.Withdraws, withdrawal.Id, withdrawal.Revision, withdrawal.WithdrawnAt, withdrawal.Probability, withdrawal.IsPositive, withdrawal.Priority) = (withdrawal.Id, Guid.NewGuid(), withdrawal.Revision + 1, null, null, false, Priorities.NotEvaluated);
            await t.Context.Results.AddAsync(withdrawal);
        }, default);
        Assert.Equal(SilenceCodes.Withdrawn, await SilentAsync(handler, work));
        Assert.Empty(_ris.Received);
        await using var context = _database.Open();
        var next = await context.Work.AsNoTracking().SingleAsync();
        Assert.Equal($"{_study.Id}:{Priorities.Elevated}", next.DedupeKey);
        await ApplyAsync(Assert.IsType<WorkVerdict.Done>(await handler.HandleAsync(next, default)).Effect);
        Assert.Single(Hl7Message.Parse(Assert.Single(_ris.Received)).All("OBX"), o => o.Text(3) == "TRIAGE_PRIORITY");
    }

    [Fact]
    public async Task A_person_s_raise_is_told_though_what_a_machine_said_was_withdrawn()
    {
        var (handler, work) = await RaisedAsync();
        await _database.WriteAsync(t => t.Context.Results.ExecuteUpdateAsync(s => s.SetProperty(r => r.WithdrawnAt, Rows.Time)), default);
        await _database.WriteAsync(async t => (await t.Context.Studies.SingleAsync()).Priority = Priorities.Routine, default);
        await new OverrideStore(_database, new WorkTable(_database)).RaiseAsync(_study.StudyInstanceUid, Priorities.High, "in pain", "person:x", DateTime.UtcNow, default);
        await handler.HandleAsync(work, default);
        Assert.Single(_ris.Received);
    }

    [Fact]
    public async Task A_list_that_cannot_be_asked_is_asked_again_where_the_receiver_may_lower_and_no_longer_once_the_study_is_too_old()
    {
        _mwl = new MwlOptions { AeTitle = "LIST", Host = "127.0.0.1", Port = 1 };
        var (_, work) = await RaisedAsync();
        var handler = Handler(raiseOnly: false);
        for (var i = 0; i < 2; i++)
        {
            Assert.Equal("worklist away", Assert.IsType<WorkVerdict.Postpone>(await handler.HandleAsync(work, default)).Reason);
        }

        await _database.WriteAsync(t => t.Context.Database.ExecuteSqlRawAsync("UPDATE patient_identity SET study_date = '20200101'"), default);
        Assert.Equal(SilenceCodes.TooOld, await SilentAsync(handler, work));
        Assert.Empty(_ris.Received);
    }

    [Fact]
    public async Task A_lower_rise_that_was_not_sent_yet_gives_way_to_a_higher_one()
    {
        var (handler, work) = await RaisedAsync();
        await _database.WriteAsync(async t => (await t.Context.Studies.SingleAsync()).Priority = Priorities.Critical, default);
        await ApplyAsync(Assert.IsType<WorkVerdict.Done>(await handler.HandleAsync(work, default)).Effect);
        Assert.Equal((NoticeStates.Silent, SilenceCodes.Superseded), ((await NoticeAsync()).State, (await NoticeAsync()).ReasonCode));
        Assert.Empty(_ris.Received);
    }

    [Fact]
    public async Task While_a_lower_one_is_on_the_wire_the_higher_one_waits_so_that_the_last_to_arrive_is_the_highest()
    {
        var (handler, work) = await RaisedAsync();
        await _database.WriteAsync(t => t.Context.Database.ExecuteSqlRawAsync(
            "INSERT INTO work (id, kind, dedupe_key, subject, tier, state, not_before, attempts, max_attempts, lease_owner, lease_until, fence, created_at, changed_at) SELECT {0}, 'notify', 'other', id, 1, 'leased', '2026-01-01', 1, 8, 'x', '2099-01-01', 1, '2026-01-01', '2026-01-01' FROM study",
            Guid.NewGuid()), default);
        Assert.Equal("in order", Assert.IsType<WorkVerdict.Postpone>(await handler.HandleAsync(work, default)).Reason);
        Assert.Empty(_ris.Received);
    }

    [Fact]
    public async Task A_stop_by_a_person_holds_at_once_stands_on_the_study_and_its_end_lets_the_notice_go()
    {
        var (handler, work) = await RaisedAsync(queue: true);
        var stops = new StopStore(_database);
        await stops.StopAsync("the list jumps", "person:x", Rows.Time, default);
        await ApplyAsync(Assert.IsType<WorkVerdict.Done>(await handler.HandleAsync(work, default)).Effect);
        Assert.Contains("the list jumps", (await NoticeAsync()).Reason, StringComparison.Ordinal);
        Assert.Empty(_ris.Received);
        await _database.WriteAsync(t => t.Context.Database.ExecuteSqlRawAsync("UPDATE work SET state = 'done'"), default);

        Assert.True(await stops.ResumeAsync("mended", "person:x", Rows.Time, default));
        await using var context = _database.Open();
        Assert.Equal(WorkStates.Ready, (await context.Work.SingleAsync()).State);
        await ApplyAsync(Assert.IsType<WorkVerdict.Done>(await handler.HandleAsync(work, default)).Effect);
        Assert.Equal(NoticeStates.Acknowledged, (await NoticeAsync()).State);
        Assert.False(await stops.ResumeAsync("again", "person:x", Rows.Time, default));
    }

    [Theory]
    [InlineData("renal-us-resnet50", "", true)]
    [InlineData("another", "", false)]
    [InlineData("", NoticeChannels.Hl7, true)]
    [InlineData("", NoticeChannels.Ups, false)]
    public async Task A_stop_of_one_package_or_of_one_channel_holds_back_its_own_messages_and_no_others(string model, string channel, bool isHeld)
    {
        var (handler, work) = await RaisedAsync(queue: true);
        var stops = new StopStore(_database);
        await stops.StopAsync("the list jumps", "person:x", Rows.Time, default, model, channel);
        await ApplyAsync(Assert.IsType<WorkVerdict.Done>(await handler.HandleAsync(work, default)).Effect);
        Assert.Equal(isHeld ? 0 : 1, _ris.Received.Count);
        Assert.Equal(isHeld ? SilenceCodes.Stopped : "", (await NoticeAsync()).ReasonCode);
        Assert.Equal(isHeld ? 1 : 0, Assert.Single(await StatusQuery.MessagesStoppedAsync(_database, default)).HeldBack);
        Assert.False(await stops.ResumeAsync("mended", "person:x", Rows.Time, default));

        Assert.True(await stops.ResumeAsync("mended", "person:x", Rows.Time, default, model, channel));
        await ApplyAsync(Assert.IsType<WorkVerdict.Done>(await handler.HandleAsync(work, default)).Effect);
        Assert.Equal(NoticeStates.Acknowledged, (await NoticeAsync()).State);
        Assert.Single(_ris.Received);
    }

    [Fact]
    public async Task A_study_that_is_read_or_too_old_or_of_a_phantom_for_another_machine_is_not_told()
    {
        var (handler, work) = await RaisedAsync();
        await _database.WriteAsync(async t => t.Context.Orders.Add(new OrderContextRow { AccessionDigest = OrderContextRow.DigestOf("ACC1"), ReadState = ReadStates.Read, ReadAt = Rows.Time, ChangedAt = Rows.Time }), default);
        Assert.Equal(SilenceCodes.Read, await SilentAsync(handler, work));
        await _database.WriteAsync(t => t.Context.Database.ExecuteSqlRawAsync("DELETE FROM order_context; UPDATE patient_identity SET study_date = '20200101'"), default);
        Assert.Equal(SilenceCodes.TooOld, await SilentAsync(handler, work));
        await _database.WriteAsync(t => t.Context.Database.ExecuteSqlRawAsync("UPDATE patient_identity SET study_date = NULL, patient_id = 'PHANTOM-1'"), default);
        Assert.Equal(SilenceCodes.Test, await SilentAsync(Handler("192.0.2.1"), work));
        Assert.Empty(_ris.Received);
    }

    [Fact]
    public async Task A_notice_that_was_held_back_after_an_attempt_says_nothing_of_it_once_it_is_told()
    {
        var (handler, work) = await RaisedAsync();
        Answering("AE");
        await ApplyAsync(Assert.IsType<WorkVerdict.Retry>(await handler.HandleAsync(work, default)).Effect!);
        var stops = new StopStore(_database);
        await stops.StopAsync("the list jumps", "person:x", Rows.Time, default);
        Assert.Equal(SilenceCodes.Stopped, await SilentAsync(handler, work));
        await stops.ResumeAsync("mended", "person:x", Rows.Time, default);
        Answering("AA");
        await ApplyAsync(Assert.IsType<WorkVerdict.Done>(await handler.HandleAsync(work, default)).Effect);
        var notice = await NoticeAsync();
        Assert.Equal((NoticeStates.Acknowledged, "", "", 2), (notice.State, notice.ReasonCode, notice.Reason, notice.Attempts));
        Assert.Single(_ris.Received.Select(m => Encoding.UTF8.GetString(m)).Distinct());
    }

    [Fact]
    public async Task A_modality_worklist_that_cannot_be_asked_holds_nothing_up()
    {
        _mwl = new MwlOptions { AeTitle = "LIST", Host = "127.0.0.1", Port = 1 };
        var (handler, work) = await RaisedAsync();
        Assert.IsType<WorkVerdict.Done>(await handler.HandleAsync(work, default));
        Assert.Single(_ris.Received);
    }

    [Fact]
    public async Task What_a_package_that_only_observes_found_stays_out_of_the_message()
    {
        var (handler, work) = await RaisedAsync(ModelStages.Observe);
        await handler.HandleAsync(work, default);
        var text = Encoding.UTF8.GetString(Assert.Single(_ris.Received));
        Assert.DoesNotContain("OBX", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_person_lowered_is_not_told_and_what_another_package_found_is()
    {
        var (handler, work) = await RaisedAsync();
        await OtherAsync(Priorities.Elevated);
        await LowerAsync(Rows.Model().ModelId);
        Assert.Equal(SilenceCodes.Overridden, await SilentAsync(handler, work));
        await using var context = _database.Open();
        var next = await context.Work.AsNoTracking().SingleAsync();
        Assert.Equal($"{_study.Id}:{Priorities.Elevated}", next.DedupeKey);
        await ApplyAsync(Assert.IsType<WorkVerdict.Done>(await handler.HandleAsync(next, default)).Effect);
        var told = Hl7Message.Parse(Assert.Single(_ris.Received));
        Assert.Equal("A", told.Find("OBR")!.Text(5));
        Assert.Single(told.All("OBX"), o => o.Text(3) == "TRIAGE_PRIORITY");
    }

    [Fact]
    public async Task A_study_that_a_person_lowered_after_it_was_told_is_told_again_when_something_new_raises_it()
    {
        var (handler, work) = await RaisedAsync();
        await ApplyAsync(Assert.IsType<WorkVerdict.Done>(await handler.HandleAsync(work, default)).Effect);
        await LowerAsync(Rows.Model().ModelId);
        await handler.HandleAsync(work, default);
        Assert.Single(_ris.Received);

        // Another package says it now, and the study rises as before.
        await OtherAsync(Priorities.High);
        await _database.WriteAsync(async t => (await t.Context.Studies.SingleAsync()).Priority = Priorities.High, default);
        await ApplyAsync(Assert.IsType<WorkVerdict.Done>(await handler.HandleAsync(work, default)).Effect);
        Assert.Equal(2, _ris.Received.Select(m => Hl7Message.Parse(m).ControlId).Distinct().Count());
        await handler.HandleAsync(work, default);
        Assert.Equal(2, _ris.Received.Count);
    }

    [Fact]
    public async Task A_person_s_raise_is_told_under_the_same_rule_with_a_set_of_its_own()
    {
        var (_, work) = await RaisedAsync(ModelStages.Observe);
        await _database.WriteAsync(async t => (await t.Context.Studies.SingleAsync()).Priority = Priorities.Routine, default);
        await new OverrideStore(_database, new WorkTable(_database)).RaiseAsync(_study.StudyInstanceUid, Priorities.High, "in pain", "person:x", DateTime.UtcNow, default);
        Assert.Equal(SilenceCodes.Unknown, await SilentAsync(Handler(raiseOnly: false), work));
        await ApplyAsync(Assert.IsType<WorkVerdict.Done>(await Handler().HandleAsync(work, default)).Effect);
        var text = Encoding.UTF8.GetString(Assert.Single(_ris.Received));
        Assert.Contains("TRIAGE_PRIORITY^Triage priority^99PACSAI|1|TP2^High^99PACSAI|||AA|||P|||", text, StringComparison.Ordinal);
        Assert.DoesNotContain("person:x", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_rise_makes_a_work_item_too_and_a_higher_one_raises_the_same_item_that_nobody_has_begun()
    {
        await using var ups = new ScriptedUps();
        var (handler, work) = await RaisedAsync(ups);
        await handler.HandleAsync(work, default);
        var item = await UpsWorkAsync(Priorities.High);
        ups.Answer = _ => DimseStatus.ProcessingFailure;
        await ApplyAsync(Assert.IsType<WorkVerdict.Retry>(await handler.HandleAsync(item, default)).Effect!);
        ups.Answer = _ => DimseStatus.DuplicateInstance;
        await ApplyAsync(Assert.IsType<WorkVerdict.Done>(await handler.HandleAsync(item, default)).Effect);
        var created = ups.Received.ToList();
        Assert.All(created, c => Assert.Equal((CommandField.NCreateRq, SopClasses.UnifiedProcedureStepPush), (c.Field, c.AffectedSopClassUid)));
        var uid = Assert.Single(created.Select(c => c.AffectedSopInstanceUid).Distinct());

        await OtherAsync(Priorities.Critical);
        await _database.WriteAsync(async t => (await t.Context.Studies.SingleAsync()).Priority = Priorities.Critical, default);
        ups.Answer = _ => DimseStatus.Success;
        work.DedupeKey = $"{_study.Id}:{Priorities.Critical}";
        await handler.HandleAsync(work, default);
        await ApplyAsync(Assert.IsType<WorkVerdict.Done>(await handler.HandleAsync(await UpsWorkAsync(Priorities.Critical), default)).Effect);
        var set = ups.Received.Last();
        Assert.Equal((CommandField.NSetRq, uid), (set.Field, set.RequestedSopInstanceUid));
        await using var context = _database.Open();
        Assert.Equal(2, await context.Notices.CountAsync(n => n.Channel == NoticeChannels.Ups && n.State == NoticeStates.Acknowledged));
    }

    [Fact]
    public async Task A_work_item_that_somebody_has_begun_is_not_touched_and_the_reason_stands_on_the_study()
    {
        await using var ups = new ScriptedUps();
        var (handler, work) = await RaisedAsync(ups);
        await handler.HandleAsync(work, default);
        await ApplyAsync(Assert.IsType<WorkVerdict.Done>(await handler.HandleAsync(await UpsWorkAsync(Priorities.High), default)).Effect);
        ups.Answer = _ => 0xC301;
        await OtherAsync(Priorities.Critical);
        await _database.WriteAsync(async t => (await t.Context.Studies.SingleAsync()).Priority = Priorities.Critical, default);
        work.DedupeKey = $"{_study.Id}:{Priorities.Critical}";
        await handler.HandleAsync(work, default);
        await ApplyAsync(Assert.IsType<WorkVerdict.Done>(await handler.HandleAsync(await UpsWorkAsync(Priorities.Critical), default)).Effect);
        await using var context = _database.Open();
        var notice = await context.Notices.SingleAsync(n => n.Channel == NoticeChannels.Ups && n.Priority == Priorities.Critical);
        Assert.Equal((NoticeStates.Silent, SilenceCodes.Taken), (notice.State, notice.ReasonCode));
        Assert.StartsWith("Not told:", notice.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_work_item_waits_for_no_answer_of_the_other_receiver_and_obeys_the_same_rule()
    {
        await using var ups = new ScriptedUps();
        var (handler, work) = await RaisedAsync(ups);
        _ris.Script = (_, _) => Task.FromResult(false);
        Assert.IsType<WorkVerdict.Retry>(await handler.HandleAsync(work, default));
        await SuspendAsync();
        await ApplyAsync(Assert.IsType<WorkVerdict.Done>(await handler.HandleAsync(await UpsWorkAsync(Priorities.High), default)).Effect);
        Assert.Empty(ups.Received);
        await using var context = _database.Open();
        Assert.Equal(SilenceCodes.Suspended, (await context.Notices.SingleAsync(n => n.Channel == NoticeChannels.Ups)).ReasonCode);
    }

    private async Task<(NotifyHandler Handler, WorkRow Work)> RaisedAsync(ScriptedUps ups)
    {
        _others.Add(new UpsChannel(new UpsOptions { Enabled = true, AeTitle = "UPS", Host = "127.0.0.1", Port = ups.Port, RaiseOnly = true }, new Hl7Options(), "PACSAI", TimeZoneInfo.Utc, TimeProvider.System, new KeptLog<UpsChannel>()));
        return await RaisedAsync();
    }

    private async Task<WorkRow> UpsWorkAsync(string priority)
    {
        await using var context = _database.Open();
        var work = await context.Work.AsNoTracking().SingleAsync(w => w.DedupeKey == $"{_study.Id}:ups:{priority}");
        work.Attempts = 1;
        return work;
    }

    private Task<OverrideOutcome> LowerAsync(string model) =>
        new OverrideStore(_database, new WorkTable(_database)).LowerAsync(_study.StudyInstanceUid, model, null, "artefact", "person:x", DateTime.UtcNow, default);

    private async Task<string> SilentAsync(NotifyHandler handler, WorkRow work)
    {
        await ApplyAsync(Assert.IsType<WorkVerdict.Done>(await handler.HandleAsync(work, default)).Effect);
        return (await NoticeAsync()).ReasonCode;
    }

    private void Answering(string code) => _ris.Script = async (id, stream) =>
    {
        await stream.WriteAsync(Mllp.Wrap(ScriptedRis.Answer(code, id)));
        return true;
    };

    private Task<int> SuspendAsync() => new ModelStore(_database).SuspendAsync([Rows.Sha], "wrong threshold", "person:x", Rows.Time, default);

    /// <summary>A second package flagged the study too.</summary>
    private Task OtherAsync(string priority) => _database.WriteAsync(async t =>
    {
        var model = Rows.Model();
        (model.Identity, model.ModelId, model.PositivePriority, model.Stage) = ("other", "other", priority, ModelStages.Prioritise);
        var result = Rows.Result(_study, model, [Rows.Score(Guid.NewGuid(), 0.8)], 2);
        (result.Id, result.RunId, result.Study, result.Priority) = (Guid.NewGuid(), Guid.NewGuid(), null, priority);
        t.Context.Models.Add(model);
        t.Context.Results.Add(result);
        await t.Context.SaveChangesAsync();
    }, default);

    private NotifyHandler Handler(string host = "127.0.0.1", bool raiseOnly = true) => new(
        new NoticeReceivers([new Hl7Channel(new Hl7Options { Enabled = true, Host = host, Port = _ris.Port, RaiseOnly = raiseOnly }, TimeZoneInfo.Utc, TimeProvider.System, new KeptLog<Hl7Channel>()), .. _others], TimeZoneInfo.Utc, "PACSAI"),
        new NoticeStore(_database), new WorkTable(_database), new OrderLookup(_mwl, "PACSAI", TimeProvider.System, new KeptLog<OrderLookup>()),
        new InboundDesk(_database, new InboundStore(new WorkTable(_database)), new StudyTimes(TimeSpan.Zero, TimeSpan.FromHours(1)), TimeProvider.System), new SpoolFiles(Path.GetTempPath()), TimeProvider.System, new KeptLog<NotifyHandler>());

    private async Task<(NotifyHandler Handler, WorkRow Work)> RaisedAsync(string stage = ModelStages.Prioritise, bool queue = false)
    {
        (_study.Priority, _study.PriorityReason, _study.FirstReceivedAt) = (Priorities.High, "1 of 2 images above threshold", TimeProvider.System.GetUtcNow().UtcDateTime);
        var model = Rows.Model();
        (model.PositivePriority, model.Stage) = (Priorities.High, stage);
        var result = Rows.Result(_study, model, [Rows.Score(Guid.NewGuid(), 0.9)], 2);
        result.Priority = Priorities.High;
        await _database.WriteAsync(async t =>
        {
            t.Context.Models.Add(model);
            t.Context.Results.Add(result);
            t.Context.Identities.Add(new PatientIdentityRow { StudyId = _study.Id, PatientId = "PID-1", PatientName = "Doe^Jane", AccessionNumber = "ACC1" });
            await t.Context.SaveChangesAsync();
            if (queue)
            {
                await PriorityRise.TellAsync(t, new WorkTable(_database), _study, default);
            }
        }, default);
        return (Handler(), new WorkRow { Id = Guid.NewGuid(), Kind = WorkKinds.Notify, DedupeKey = $"{_study.Id}:{Priorities.High}", Subject = _study.Id, State = WorkStates.Leased, Attempts = 1 });
    }

    private async Task ApplyAsync(WorkEffect effect) => await _database.WriteAsync(t => effect(t, default), default);

    private async Task<PriorityNoticeRow> NoticeAsync()
    {
        await using var context = _database.Open();
        return await context.Notices.AsNoTracking().SingleAsync();
    }
}
