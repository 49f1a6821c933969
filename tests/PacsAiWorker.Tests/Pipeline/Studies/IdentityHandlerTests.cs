using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging.Abstractions;
using PacsAiWorker.Demo.Phantoms;
using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Pipeline;
using PacsAiWorker.Pipeline.Studies;
using PacsAiWorker.Pipeline.Work;
using PacsAiWorker.Records;
using PacsAiWorker.Records.Audit;
using PacsAiWorker.Records.Queries;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Stores;
using PacsAiWorker.Records.Work;
using PacsAiWorker.Tests.Pipeline.Receiving;

namespace PacsAiWorker.Tests.Pipeline.Studies;

/// <summary>Versions, copies and rejections of real records, over a real database; the test decides the study in the scorer's place.</summary>
public sealed class IdentityHandlerTests : IAsyncLifetime
{
    private static readonly PhantomInstance Image = ReceivingLine.Phantom();
    private static readonly string Study = Read(Image).GetString(Tags.StudyInstanceUID)!;

    private ReceivingLine _line = null!;
    private WorkTable _table = null!;
    private IdentityStore _store = null!;

    public async Task InitializeAsync()
    {
        _line = await ReceivingLine.StartAsync();
        _table = new WorkTable(_line.Database);
        _store = new IdentityStore(_line.Database, _table);
        Assert.True(_line.Store(Image).IsSuccess);
        await _line.RowsAsync(1);
        await DecideAsync();
    }

    public async Task DisposeAsync() => await _line.DisposeAsync();

    [Fact]
    public async Task A_changed_header_over_the_same_pixels_holds_the_results_and_raises_no_alarm()
    {
        await SendAsync(Changed(Image, s => s.Set(Tags.PatientID, "PHANTOM-9")));
        Assert.Equal([(true, null), (false, SetAsides.Correction)], (await ImagesAsync()).Select(i => (i.IsCurrent, i.SetAside)));
        Assert.Equal(HoldReasons.Correction, (await DoubtAsync()).Single().Reason);
        Assert.Contains("correction awaits confirmation", (await ActionsAsync()));
        Assert.Equal(DeliveryStates.Pending, (await DeliveryAsync()).State);
        Assert.NotNull(await new DeliveryStore(_line.Database, _table).HoldAsync(await ReadDeliveryAsync(), default));
    }

    [Fact]
    public async Task A_correction_that_a_person_takes_is_scored_and_reported_anew_and_what_was_said_of_the_first_is_withdrawn()
    {
        await SendAsync(Changed(Image, s => s.Set(Tags.PatientID, "PHANTOM-9")));
        await ConfirmAsync(Takes.New);
        var images = await ImagesAsync();
        Assert.Equal([(false, SetAsides.Replaced), (true, null)], images.Select(i => (i.IsCurrent, i.SetAside)));
        Assert.Null(images[1].Outcome);
        await using var context = _line.Database.Open();
        Assert.True(await context.Work.AnyAsync(w => w.Kind == WorkKinds.Score && w.Subject == images[1].Id && w.State == WorkStates.Ready));
        Assert.Equal("PHANTOM-9", (await context.Identities.SingleAsync()).PatientId);
        var study = await context.Studies.SingleAsync();
        Assert.Equal((StudyStates.Open, 2, 1), (study.State, study.Revision, study.InstanceCount));
        Assert.Equal("an image was corrected, confirmed by a person", (await context.Results.SingleAsync()).WithdrawnWhy);
        Assert.Equal(DeliveryStates.Withheld, (await DeliveryAsync()).State);
        Assert.Empty(await DoubtAsync());
        Assert.Contains("study confirmed", await ActionsAsync());
        Assert.Null(await AuditChain.FirstBrokenAsync(_line.Database, default));
    }

    [Fact]
    public async Task A_message_that_was_written_under_the_earlier_header_is_not_sent_after_a_correction_was_taken()
    {
        await NoticesAsync();
        await SendAsync(Changed(Image, s => s.Set(Tags.PatientID, "PHANTOM-9")));
        await ConfirmAsync(Takes.New);
        await MessagesAreForgottenAsync();
    }

    [Fact]
    public async Task A_correction_under_another_Study_Instance_UID_holds_both_studies_and_one_answer_frees_both()
    {
        await SendAsync(Changed(Image, s => s.Set(Tags.PatientID, "PHANTOM-9").Set(Tags.StudyInstanceUID, Study + ".5")));
        Assert.Equal(2, (await DoubtAsync()).Count);
        Assert.Equal(1, (await _store.DoubtAsync(Study, default))!.Corrections);
        await ConfirmAsync(Takes.New);
        Assert.Equal([(false, SetAsides.Replaced), (true, null)], (await ImagesAsync()).Select(i => (i.IsCurrent, i.SetAside)));
        Assert.Empty(await DoubtAsync());
    }

    [Fact]
    public async Task A_version_whose_pixels_are_not_compared_yet_is_not_taken_and_the_answer_waits_for_it()
    {
        var bytes = Image.DataSetBytes.ToArray();
        bytes[^1] ^= 0x55;
        Assert.True(_line.Store(Image with { DataSetBytes = bytes }).IsSuccess);
        await _line.RowsAsync(2);
        await _store.AskAsync(Study, Takes.New, "looked at it", "somebody", DateTime.UtcNow, default);
        await using var context = _line.Database.Open();
        var work = (await context.Work.AsNoTracking().ToListAsync()).Single(w => w.DedupeKey.StartsWith(IdentityStore.ConfirmKey, StringComparison.Ordinal));
        Assert.Equal("awaiting", Assert.IsType<WorkVerdict.Postpone>(await Handler().HandleAsync(work, default)).Reason);
        await RunAllAsync();
        Assert.Equal([(true, null), (false, SetAsides.Conflict)], (await ImagesAsync()).Select(i => (i.IsCurrent, i.SetAside)));
        Assert.NotNull((await context.Confirmations.SingleAsync()).AnsweredAt);
    }

    [Theory]
    [InlineData(Takes.New)]
    [InlineData(Takes.First)]
    public async Task A_version_that_came_after_a_person_answered_waits_for_an_answer_of_its_own(string take)
    {
        await SendAsync(Changed(Image, s => s.Set(Tags.PatientID, "PHANTOM-9")));
        await _store.AskAsync(Study, take, "looked at another one", "somebody", DateTime.UtcNow.AddHours(-1), default);
        await RunAllAsync();
        Assert.Equal([(true, null), (false, SetAsides.Correction)], (await ImagesAsync()).Select(i => (i.IsCurrent, i.SetAside)));
        Assert.Single(await DoubtAsync());
    }

    [Fact]
    public async Task A_person_who_keeps_the_first_lets_its_results_go()
    {
        await SendAsync(Changed(Image, s => s.Set(Tags.PatientID, "PHANTOM-9")));
        await _line.Database.WriteAsync(t => t.Context.Work.Where(w => w.Kind == WorkKinds.Deliver).ExecuteUpdateAsync(s => s.SetProperty(w => w.NotBefore, DateTime.UtcNow.AddHours(1))), default);
        await ConfirmAsync(Takes.First);
        Assert.Equal([(true, null), (false, SetAsides.Declined)], (await ImagesAsync()).Select(i => (i.IsCurrent, i.SetAside)));
        Assert.Empty(await DoubtAsync());
        await using var context = _line.Database.Open();
        Assert.True((await context.Work.SingleAsync(w => w.Kind == WorkKinds.Deliver)).NotBefore < DateTime.UtcNow.AddMinutes(1));
        Assert.Equal(1, (await context.Studies.SingleAsync()).Revision);
    }

    [Theory]
    [InlineData("PHANTOM-9", true)]
    [InlineData("PHANTOM-8", false)]
    public async Task An_update_of_the_information_system_confirms_a_correction_that_says_the_same(string told, bool taken)
    {
        await SendAsync(Changed(Image, s => s.Set(Tags.PatientID, "PHANTOM-9")));
        await _line.Database.WriteAsync(async t => await new InboundStore(_table).ReconcileAsync(
            t, new ReconciledIdentityRow { StudyId = (await t.Context.Studies.SingleAsync()).Id, PatientId = told, Source = "ADT^A40", At = DateTime.UtcNow }, TimeSpan.FromHours(1), default), default);
        await RunAllAsync();
        Assert.Equal(taken, (await ImagesAsync())[1].IsCurrent);
        Assert.Equal(taken ? 0 : 1, (await DoubtAsync()).Count);
    }

    [Fact]
    public async Task A_correction_that_says_what_the_information_system_said_before_needs_no_person()
    {
        await _line.Database.WriteAsync(async t => await new InboundStore(_table).ReconcileAsync(
            t, new ReconciledIdentityRow { StudyId = (await t.Context.Studies.SingleAsync()).Id, PatientId = "PHANTOM-9", Source = "ADT^A40", At = DateTime.UtcNow }, TimeSpan.FromHours(1), default), default);
        await SendAsync(Changed(Image, s => s.Set(Tags.PatientID, "PHANTOM-9")));
        Assert.True((await ImagesAsync())[1].IsCurrent);
        Assert.Empty(await DoubtAsync());
    }

    [Fact]
    public async Task Other_pixels_under_a_known_UID_leave_the_first_in_use_hold_nothing_and_stand_in_the_status_until_a_person_answers()
    {
        var bytes = Image.DataSetBytes.ToArray();
        bytes[^1] ^= 0x55;
        await SendAsync(Image with { DataSetBytes = bytes });
        Assert.Equal([(true, null), (false, SetAsides.Conflict)], (await ImagesAsync()).Select(i => (i.IsCurrent, i.SetAside)));
        Assert.Empty(await DoubtAsync());
        Assert.Contains("pixel conflict", await ActionsAsync());
        var line = Assert.Single(await DoubtQuery.RunAsync(_line.Database, default));
        Assert.Contains("other pixels", line.What, StringComparison.Ordinal);
        await ConfirmAsync(Takes.First);
        Assert.Empty(await DoubtQuery.RunAsync(_line.Database, default));
    }

    [Fact]
    public async Task A_rejected_image_is_out_of_use_and_the_result_that_it_went_into_is_withdrawn()
    {
        await SendAsync(Note("113038", [Image.SopInstanceUid]));
        var image = (await ImagesAsync()).Single(i => i.SopInstanceUid == Image.SopInstanceUid);
        Assert.Equal((false, SetAsides.Rejected, Outcomes.Scored), (image.IsCurrent, image.SetAside, image.Outcome));
        await using var context = _line.Database.Open();
        Assert.Equal("rejected: Incorrect Modality Worklist Entry (113038)", (await context.Results.SingleAsync()).WithdrawnWhy);
        Assert.Equal(DeliveryStates.Withheld, (await DeliveryAsync()).State);
        Assert.Equal(StudyStates.Open, (await context.Studies.SingleAsync()).State);
        Assert.Contains("image rejected", await ActionsAsync());
        Assert.Empty(await DefectQuery.RunAsync(_line.Database, DateTime.UtcNow, TimeSpan.FromHours(2), null, default));
    }

    [Fact]
    public async Task A_message_that_speaks_of_a_rejected_image_is_written_anew()
    {
        await NoticesAsync();
        await SendAsync(Note("113038", [Image.SopInstanceUid]));
        await MessagesAreForgottenAsync();
    }

    [Fact]
    public async Task A_copy_of_a_rejected_image_is_an_image_of_its_own_again()
    {
        var copy = await SendCopyAsync();
        Assert.Equal((false, Outcomes.Copy), (await CopyAsync() is var linked ? (linked.IsCurrent, linked.Outcome) : default));
        await SendAsync(Note("113001", [Image.SopInstanceUid]));
        var revived = await CopyAsync();
        Assert.Equal((true, null, null, null), (revived.IsCurrent, revived.Outcome, revived.SetAside, revived.CopyOf));
        await using var context = _line.Database.Open();
        Assert.True(await context.Work.AnyAsync(w => w.Kind == WorkKinds.Score && w.Subject == revived.Id && w.State == WorkStates.Ready));

        async Task<InstanceRow> CopyAsync() => (await ImagesAsync()).Single(i => i.SopInstanceUid == copy.SopInstanceUid);
    }

    [Fact]
    public async Task A_copy_of_a_rejected_image_stays_aside_where_a_correction_of_it_is_in_use()
    {
        var copy = await SendCopyAsync();
        await _line.Database.WriteAsync(t => t.Context.Instances.ExecuteUpdateAsync(s => s.SetProperty(i => i.PixelDigest, (string?)null)), default);
        await SendAsync(Changed(copy, s => s.Set(Tags.PatientID, "PHANTOM-9")));
        await ConfirmAsync(Takes.New);
        await SendAsync(Note("113001", [Image.SopInstanceUid]));
        Assert.Equal([(false, SetAsides.Copy), (true, null)], (await ImagesAsync()).Where(i => i.SopInstanceUid == copy.SopInstanceUid).Select(i => (i.IsCurrent, i.SetAside)));
    }

    [Fact]
    public async Task An_image_that_comes_after_the_note_that_rejects_it_is_never_in_use()
    {
        await SendAsync(Note("113001", [Image.SopInstanceUid + ".8"]));
        await SendAsync(Changed(Image, s => s.Set(Tags.SOPInstanceUID, Image.SopInstanceUid + ".8")) with { SopInstanceUid = Image.SopInstanceUid + ".8" });
        var late = (await ImagesAsync()).Single(i => i.SopInstanceUid == Image.SopInstanceUid + ".8");
        Assert.Equal((false, SetAsides.Rejected, Outcomes.Rejected), (late.IsCurrent, late.SetAside, late.Outcome));
    }

    [Theory]
    [InlineData("SOMEBODY ELSE")]
    [InlineData("")]
    public async Task A_note_about_another_patient_changes_nothing_and_is_written_down(string patient)
    {
        await SendAsync(Note("113001", [Image.SopInstanceUid, Image.SopInstanceUid + ".8"], patient));
        await SendAsync(Changed(Image, s => s.Set(Tags.SOPInstanceUID, Image.SopInstanceUid + ".8")) with { SopInstanceUid = Image.SopInstanceUid + ".8" });
        Assert.All((await ImagesAsync()).Where(i => i.SopInstanceUid.StartsWith(Image.SopInstanceUid, StringComparison.Ordinal)), i => Assert.True(i.IsCurrent));
        Assert.Contains("rejection note", await ActionsAsync());
        Assert.Equal(2, (await ActionsAsync()).Count(a => a == "rejection in doubt"));
    }

    [Fact]
    public async Task An_image_that_comes_while_the_note_that_rejects_it_is_followed_is_out_of_use()
    {
        Assert.True(_line.Store(Note("113001", [Image.SopInstanceUid + ".8"])).IsSuccess);
        await _line.RowsAsync(2);
        var work = Assert.Single(await _table.ClaimAsync(WorkKinds.Identity, "test", TimeSpan.FromMinutes(5), 1, default));
        var verdict = await Handler().HandleAsync(work, default);
        Assert.True(_line.Store(Changed(Image, s => s.Set(Tags.SOPInstanceUID, Image.SopInstanceUid + ".8")) with { SopInstanceUid = Image.SopInstanceUid + ".8" }).IsSuccess);
        await _line.RowsAsync(3);
        await new VerdictWriter(_table, _line.Database, TimeProvider.System, NullLogger.Instance).WriteAsync(work, verdict);
        Assert.Equal(SetAsides.Rejected, (await ImagesAsync()).Single(i => i.SopInstanceUid == Image.SopInstanceUid + ".8").SetAside);
    }

    /// <summary>The same object with another header.</summary>
    internal static PhantomInstance Changed(PhantomInstance image, Action<DataSet> change)
    {
        var syntax = TransferSyntax.Find(image.TransferSyntaxUid)!;
        var read = DataSetReader.Read(image.DataSetBytes, syntax);
        change(read.DataSet);
        var header = syntax == TransferSyntax.ImplicitVrLittleEndian ? 8 : 12;
        return image with { DataSetBytes = [.. DataSetWriter.Encode(read.DataSet, syntax), .. image.DataSetBytes[(int)(read.PixelData!.Offset - header)..]] };
    }

    private static DataSet Read(PhantomInstance image) => DataSetReader.Read(image.DataSetBytes, TransferSyntax.Find(image.TransferSyntaxUid)!).DataSet;

    private static PhantomInstance Note(string code, string[] named, string? patient = null)
    {
        var header = Read(Image);
        var document = RejectionNoteTests.Make(code, "DCM", [.. named.Select(n => (Study, n))], named)
            .Set(Tags.SOPInstanceUID, Study + ".99").Set(Tags.StudyInstanceUID, Study).Set(Tags.SeriesInstanceUID, Study + ".98").Set(Tags.Modality, "KO")
            .Set(Tags.PatientID, patient ?? header.GetString(Tags.PatientID)!);
        return new PhantomInstance(SopClasses.KeyObjectSelection, Study + ".99", TransferSyntax.ExplicitVrLittleEndian.Uid, DataSetWriter.Encode(document, TransferSyntax.ExplicitVrLittleEndian), false, "note", false);
    }

    private async Task SendAsync(PhantomInstance instance)
    {
        var before = (await ImagesAsync()).Count;
        Assert.True(_line.Store(instance).IsSuccess);
        await _line.RowsAsync(before + 1);
        await RunAllAsync();
    }

    private async Task ConfirmAsync(string take)
    {
        await _store.AskAsync(Study, take, "looked at it", "somebody", DateTime.UtcNow, default);
        await RunAllAsync();
    }

    private async Task RunAllAsync()
    {
        var handler = Handler();
        while (await _table.ClaimAsync(WorkKinds.Identity, "test", TimeSpan.FromMinutes(5), 1, default) is [var work])
        {
            var verdict = await handler.HandleAsync(work, default);
            Assert.IsType<WorkVerdict.Done>(verdict);
            await new VerdictWriter(_table, _line.Database, TimeProvider.System, NullLogger.Instance).WriteAsync(work, verdict);
        }
    }

    private IdentityHandler Handler() => new(_store, new SpoolFiles(_line.Root), TimeProvider.System, NullLogger<IdentityHandler>.Instance);

    /// <summary>Sends the image under another UID and links it as a copy, in the scorer's place.</summary>
    private async Task<PhantomInstance> SendCopyAsync()
    {
        var copy = Changed(Image, s => s.Set(Tags.SOPInstanceUID, Image.SopInstanceUid + ".7")) with { SopInstanceUid = Image.SopInstanceUid + ".7" };
        await SendAsync(copy);
        await _line.Database.WriteAsync(async t =>
        {
            var original = await t.Context.Instances.AsNoTracking().SingleAsync(i => i.SopInstanceUid == Image.SopInstanceUid);
            var row = await t.Context.Instances.AsNoTracking().SingleAsync(i => i.SopInstanceUid == copy.SopInstanceUid);
            Assert.NotNull(await new ScoreStore(_line.Database, _table).LinkAsync(t, row.Id, new PixelTwin(original, Study, ["m"], false), "d", DateTime.UtcNow, (TimeSpan.Zero, TimeSpan.FromHours(1)), default));
        }, default);
        return copy;
    }

    /// <summary>Two messages, of which the receiver took the first.</summary>
    private Task NoticesAsync() => _line.Database.WriteAsync(async t =>
    {
        var study = (await t.Context.Studies.SingleAsync()).Id;
        foreach (var (priority, state) in new[] { (Priorities.High, NoticeStates.Acknowledged), (Priorities.Critical, NoticeStates.Pending) })
        {
            t.Context.Notices.Add(new PriorityNoticeRow { Id = Guid.NewGuid(), StudyId = study, Priority = priority, State = state, Message = [1], ControlId = "c", CreatedAt = DateTime.UtcNow, ChangedAt = DateTime.UtcNow });
        }

        await t.Context.SaveChangesAsync();
    }, default);

    private async Task MessagesAreForgottenAsync()
    {
        await using var context = _line.Database.Open();
        Assert.Equal([true, false], (await context.Notices.OrderByDescending(n => n.Priority).ToListAsync()).Select(n => n.Message is not null));
    }

    /// <summary>The study is complete, and its report waits for a PACS.</summary>
    private Task DecideAsync() => _line.Database.WriteAsync(async t =>
    {
        var study = await t.Context.Studies.SingleAsync();
        var image = await t.Context.Instances.SingleAsync();
        image.Outcome = Outcomes.Scored;
        study.State = StudyStates.Complete;
        study.PriorityReason = "1 of 1 image above threshold";
        var result = Rows.Result(study, Rows.Model(), [Rows.Score(image.Id, 0.9)], 1);
        var report = new ReportRow { Id = Guid.NewGuid(), ResultId = result.Id, SopClassUid = "1.2", SopInstanceUid = "1.2.9", SeriesInstanceUid = "1.2.8", Content = [], Sha256 = "a", CreatedAt = DateTime.UtcNow };
        t.Context.AddRange(Rows.Model(), result, report);
        await t.Context.SaveChangesAsync();
        await t.Context.Database.ExecuteSqlRawAsync("UPDATE work SET state = 'done'");
        var delivery = new DeliveryRow { Id = Guid.NewGuid(), ReportId = report.Id, Destination = "pacs", State = DeliveryStates.Pending, CreatedAt = DateTime.UtcNow };
        t.Context.Add(delivery);
        await t.Context.SaveChangesAsync();
        await _table.EnqueueAsync(t, new NewWork(WorkKinds.Deliver, $"{delivery.Id}", delivery.Id, 2), default);
    }, default);

    private async Task<List<InstanceRow>> ImagesAsync()
    {
        await using var context = _line.Database.Open();
        return await context.Instances.AsNoTracking().OrderBy(i => i.ReceivedAt).ToListAsync();
    }

    private async Task<List<StudyHoldRow>> DoubtAsync()
    {
        await using var context = _line.Database.Open();
        return await context.Holds.AsNoTracking().Where(h => h.EndedAt == null).ToListAsync();
    }

    private async Task<DeliveryRow> DeliveryAsync()
    {
        await using var context = _line.Database.Open();
        return await context.Deliveries.AsNoTracking().SingleAsync();
    }

    private async Task<DeliveryRow> ReadDeliveryAsync() => await new DeliveryStore(_line.Database, _table).ReadAsync((await DeliveryAsync()).Id, default);

    private async Task<List<string>> ActionsAsync()
    {
        await using var context = _line.Database.Open();
        return await context.Audit.OrderBy(a => a.Seq).Select(a => a.Action).ToListAsync();
    }
}
