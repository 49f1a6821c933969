using System.Text;
using Microsoft.EntityFrameworkCore;
using PacsAiWorker.Pipeline;
using PacsAiWorker.Pipeline.Work;
using PacsAiWorker.Pipeline.Worklist;
using PacsAiWorker.Pipeline.Worklist.Hl7;
using PacsAiWorker.Records;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Stores;
using PacsAiWorker.Records.Work;

namespace PacsAiWorker.Tests.Pipeline.Worklist;

public sealed class NotifyHandlerTests : NotifyBench
{
    [Fact]
    public async Task A_rise_is_told_and_what_was_told_stands_in_the_rows()
    {
        var (handler, work) = await RaisedAsync();
        await ApplyAsync(Assert.IsType<WorkVerdict.Done>(await handler.HandleAsync(work, default)).Effect);
        var notice = await NoticeAsync();
        Assert.Equal((NoticeStates.Acknowledged, "A", "AA", 1), (notice.State, notice.Letter, notice.Answer, notice.Attempts));
        Assert.Equal(notice.Message, Assert.Single(Ris.Received));
        Assert.Equal(OruBuilder.ControlId(Study.StudyInstanceUid, 1, Priorities.High), notice.ControlId);

        // A second wake-up of the same work says nothing again.
        await handler.HandleAsync(work, default);
        Assert.Single(Ris.Received);
    }

    /// <summary>A PACS that takes no Comprehensive 3D SR has the report in another class, under another UID.</summary>
    [Fact]
    public async Task Of_the_reports_of_one_result_the_message_names_the_one_that_a_PACS_stored()
    {
        var (handler, work) = await RaisedAsync();
        await Database.WriteAsync(async t =>
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
        Assert.Contains("|1.2.33.1|", Encoding.UTF8.GetString(Assert.Single(Ris.Received)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_attempt_whose_answer_was_lost_is_repeated_with_the_same_bytes_and_control_id()
    {
        Ris.Script = (_, _) => Task.FromResult(false);
        var (handler, work) = await RaisedAsync();
        var retry = Assert.IsType<WorkVerdict.Retry>(await handler.HandleAsync(work, default));
        Assert.Equal("ris unreachable", retry.Reason);
        // The worker dies here: its effect is never written. Whoever claims the work next knows nothing but the rows.
        Ris.Script = async (id, stream) =>
        {
            await stream.WriteAsync(Mllp.Wrap(ScriptedRis.Answer("AA", id)));
            return true;
        };
        await ApplyAsync(Assert.IsType<WorkVerdict.Done>(await Handler().HandleAsync(work, default)).Effect);
        Assert.Equal(2, Ris.Received.Count);
        Assert.Equal(Ris.Received.First(), Ris.Received.Last());
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
        Assert.Single(Ris.Received.Select(m => Encoding.UTF8.GetString(m)).Distinct());

        // A person had it tried again: five more times.
        work.Attempts = 1;
        await ApplyAsync(Assert.IsType<WorkVerdict.Retry>(await handler.HandleAsync(work, default)).Effect!);
        Assert.Equal(1, (await NoticeAsync()).Refusals);
    }

    [Fact]
    public async Task A_study_whose_images_disagree_about_the_patient_is_not_told_though_one_of_them_is_not_kept_any_more()
    {
        var (handler, work) = await RaisedAsync();
        await Database.WriteAsync(async t =>
        {
            var (one, other) = (Rows.Instance(Study, 1), Rows.Instance(Study, 2));
            (one.IdentityDigest, other.IdentityDigest, other.PurgedAt) = ("a", "b", Rows.Time);
            t.Context.Instances.AddRange(one, other);
            await t.Context.SaveChangesAsync();
        }, default);
        Assert.Equal(SilenceCodes.Conflict, await SilentAsync(handler, work));
        Assert.Empty(Ris.Received);
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
        var sent = Ris.Received.Select(m => Hl7Message.Parse(m)).ToList();
        Assert.Equal([2, 1], sent.Select(m => m.All("OBX").Count(o => o.Text(3) == "TRIAGE_PRIORITY")));
        Assert.Equal(OruBuilder.ControlId(Study.StudyInstanceUid, 1, Priorities.High, 1), sent[1].ControlId);
    }

    [Fact]
    public async Task A_rise_of_a_package_that_was_suspended_is_told_once_it_is_resumed()
    {
        var (handler, work) = await RaisedAsync(queue: true);
        await SuspendAsync();
        Assert.Equal(SilenceCodes.Suspended, await SilentAsync(handler, work));
        await Database.WriteAsync(t => t.Context.Database.ExecuteSqlRawAsync("UPDATE work SET state = 'done'"), default);
        await new ModelStore(Database).ResumeAsync([Rows.Sha], "mended", "person:x", Rows.Time, default);
        await using var context = Database.Open();
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
        await using var context = Database.Open();
        var next = await context.Work.AsNoTracking().SingleAsync();
        Assert.Equal($"{Study.Id}:{Priorities.Elevated}", next.DedupeKey);
        await ApplyAsync(Assert.IsType<WorkVerdict.Done>(await handler.HandleAsync(next, default)).Effect);
        Assert.Equal("A", Hl7Message.Parse(Assert.Single(Ris.Received)).Find("OBR")!.Text(5));
    }

    [Fact]
    public async Task A_result_that_was_withdrawn_is_not_told_and_what_another_package_found_is()
    {
        var (handler, work) = await RaisedAsync();
        await OtherAsync(Priorities.Elevated);
        await Database.WriteAsync(t => t.Context.Results.Where(r => r.Priority == Priorities.High)
            .ExecuteUpdateAsync(s => s.SetProperty(r => r.WithdrawnAt, Rows.Time).SetProperty(r => r.WithdrawnWhy, "rejected: Rejected for Quality Reasons (113001)")), default);
        // What takes its report back is no result to tell of.
        await Database.WriteAsync(async t =>
        {
            var withdrawal = await t.Context.Results.AsNoTracking().SingleAsync(r => r.Priority == Priorities.High);
            (withdrawal.Withdraws, withdrawal.Id, withdrawal.Revision, withdrawal.WithdrawnAt, withdrawal.Probability, withdrawal.IsPositive, withdrawal.Priority) = (withdrawal.Id, Guid.NewGuid(), withdrawal.Revision + 1, null, null, false, Priorities.NotEvaluated);
            await t.Context.Results.AddAsync(withdrawal);
        }, default);
        Assert.Equal(SilenceCodes.Withdrawn, await SilentAsync(handler, work));
        Assert.Empty(Ris.Received);
        await using var context = Database.Open();
        var next = await context.Work.AsNoTracking().SingleAsync();
        Assert.Equal($"{Study.Id}:{Priorities.Elevated}", next.DedupeKey);
        await ApplyAsync(Assert.IsType<WorkVerdict.Done>(await handler.HandleAsync(next, default)).Effect);
        Assert.Single(Hl7Message.Parse(Assert.Single(Ris.Received)).All("OBX"), o => o.Text(3) == "TRIAGE_PRIORITY");
    }

    [Fact]
    public async Task A_list_that_cannot_be_asked_is_asked_again_where_the_receiver_may_lower_and_no_longer_once_the_study_is_too_old()
    {
        Mwl = new MwlOptions { AeTitle = "LIST", Host = "127.0.0.1", Port = 1 };
        var (_, work) = await RaisedAsync();
        var handler = Handler(raiseOnly: false);
        for (var i = 0; i < 2; i++)
        {
            Assert.Equal("worklist away", Assert.IsType<WorkVerdict.Postpone>(await handler.HandleAsync(work, default)).Reason);
        }

        await Database.WriteAsync(t => t.Context.Database.ExecuteSqlRawAsync("UPDATE patient_identity SET study_date = '20200101'"), default);
        Assert.Equal(SilenceCodes.TooOld, await SilentAsync(handler, work));
        Assert.Empty(Ris.Received);
    }

    [Fact]
    public async Task A_lower_rise_that_was_not_sent_yet_gives_way_to_a_higher_one()
    {
        var (handler, work) = await RaisedAsync();
        await Database.WriteAsync(async t => (await t.Context.Studies.SingleAsync()).Priority = Priorities.Critical, default);
        await ApplyAsync(Assert.IsType<WorkVerdict.Done>(await handler.HandleAsync(work, default)).Effect);
        Assert.Equal((NoticeStates.Silent, SilenceCodes.Superseded), ((await NoticeAsync()).State, (await NoticeAsync()).ReasonCode));
        Assert.Empty(Ris.Received);
    }

    [Fact]
    public async Task While_a_lower_one_is_on_the_wire_the_higher_one_waits_so_that_the_last_to_arrive_is_the_highest()
    {
        var (handler, work) = await RaisedAsync();
        await Database.WriteAsync(t => t.Context.Database.ExecuteSqlRawAsync(
            "INSERT INTO work (id, kind, dedupe_key, subject, tier, state, not_before, attempts, max_attempts, lease_owner, lease_until, fence, created_at, changed_at) SELECT {0}, 'notify', 'other', id, 1, 'leased', '2026-01-01', 1, 8, 'x', '2099-01-01', 1, '2026-01-01', '2026-01-01' FROM study",
            Guid.NewGuid()), default);
        Assert.Equal("in order", Assert.IsType<WorkVerdict.Postpone>(await handler.HandleAsync(work, default)).Reason);
        Assert.Empty(Ris.Received);
    }

    [Fact]
    public async Task A_study_that_is_read_or_too_old_or_of_a_phantom_for_another_machine_is_not_told()
    {
        var (handler, work) = await RaisedAsync();
        await Database.WriteAsync(async t => t.Context.Orders.Add(new OrderContextRow { AccessionDigest = OrderContextRow.DigestOf("ACC1"), ReadState = ReadStates.Read, ReadAt = Rows.Time, ChangedAt = Rows.Time }), default);
        Assert.Equal(SilenceCodes.Read, await SilentAsync(handler, work));
        await Database.WriteAsync(t => t.Context.Database.ExecuteSqlRawAsync("DELETE FROM order_context; UPDATE patient_identity SET study_date = '20200101'"), default);
        Assert.Equal(SilenceCodes.TooOld, await SilentAsync(handler, work));
        await Database.WriteAsync(t => t.Context.Database.ExecuteSqlRawAsync("UPDATE patient_identity SET study_date = NULL, patient_id = 'PHANTOM-1'"), default);
        Assert.Equal(SilenceCodes.Test, await SilentAsync(Handler("192.0.2.1"), work));
        Assert.Empty(Ris.Received);
    }

    [Fact]
    public async Task A_notice_that_was_held_back_after_an_attempt_says_nothing_of_it_once_it_is_told()
    {
        var (handler, work) = await RaisedAsync();
        Answering("AE");
        await ApplyAsync(Assert.IsType<WorkVerdict.Retry>(await handler.HandleAsync(work, default)).Effect!);
        var stops = new StopStore(Database);
        await stops.StopAsync("the list jumps", "person:x", Rows.Time, default);
        Assert.Equal(SilenceCodes.Stopped, await SilentAsync(handler, work));
        await stops.ResumeAsync("mended", "person:x", Rows.Time, default);
        Answering("AA");
        await ApplyAsync(Assert.IsType<WorkVerdict.Done>(await handler.HandleAsync(work, default)).Effect);
        var notice = await NoticeAsync();
        Assert.Equal((NoticeStates.Acknowledged, "", "", 2), (notice.State, notice.ReasonCode, notice.Reason, notice.Attempts));
        Assert.Single(Ris.Received.Select(m => Encoding.UTF8.GetString(m)).Distinct());
    }

    [Fact]
    public async Task A_modality_worklist_that_cannot_be_asked_holds_nothing_up()
    {
        Mwl = new MwlOptions { AeTitle = "LIST", Host = "127.0.0.1", Port = 1 };
        var (handler, work) = await RaisedAsync();
        Assert.IsType<WorkVerdict.Done>(await handler.HandleAsync(work, default));
        Assert.Single(Ris.Received);
    }

    [Fact]
    public async Task What_a_package_that_only_observes_found_stays_out_of_the_message()
    {
        var (handler, work) = await RaisedAsync(ModelStages.Observe);
        await handler.HandleAsync(work, default);
        var text = Encoding.UTF8.GetString(Assert.Single(Ris.Received));
        Assert.DoesNotContain("OBX", text, StringComparison.Ordinal);
    }
}
