using Microsoft.EntityFrameworkCore;
using PacsAiWorker.Records;
using PacsAiWorker.Records.Audit;
using PacsAiWorker.Records.Queries;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Stores;
using Xunit;

namespace PacsAiWorker.Testing.Records;

public abstract class JournalContract(IEmptyDatabases databases) : RecordsContract(databases)
{
    [Fact]
    public async Task A_recorded_instance_has_its_study_its_work_and_its_audit_entry()
    {
        Assert.Equal([JournalVerdict.Recorded], await CommitAsync(Received("1.2", "1.2.3")));

        await using var context = Database.Open();
        var study = await context.Studies.SingleAsync();
        Assert.Equal(("1.2", StudyStates.Open, 1, 1), (study.StudyInstanceUid, study.State, study.Revision, study.InstanceCount));
        Assert.Equal([WorkKinds.Score, WorkKinds.Study], await context.Work.OrderBy(w => w.Kind).Select(w => w.Kind).ToListAsync());
        Assert.Equal("PHANTOM-1", (await context.Identities.SingleAsync()).PatientId);
        Assert.Equal("received", (await context.Audit.SingleAsync()).Action);
    }

    [Fact]
    public async Task The_same_content_again_is_counted_and_nothing_is_done_twice()
    {
        await CommitAsync(Received("1.2", "1.2.3"));
        Assert.Equal([JournalVerdict.Duplicate, JournalVerdict.Recorded, JournalVerdict.Duplicate], await CommitAsync(Received("1.2", "1.2.3"), Received("1.2", "1.2.4"), Received("1.2", "1.2.4")));

        await using var context = Database.Open();
        Assert.Equal(2, await context.Instances.CountAsync());
        Assert.Equal(2, await context.Work.CountAsync(w => w.Kind == WorkKinds.Score));
        Assert.Equal(2, (await context.Studies.SingleAsync()).InstanceCount);
    }

    [Fact]
    public async Task The_same_uid_with_other_content_is_kept_beside_the_first_which_stays_in_use()
    {
        await CommitAsync(Received("1.2", "1.2.3", "a"));
        Assert.Equal([JournalVerdict.Conflict], await CommitAsync(Received("1.2", "1.2.3", "b")));

        await using var context = Database.Open();
        var other = await context.Instances.SingleAsync(r => !r.IsCurrent);
        Assert.Equal((Outcomes.NotScored, "identity conflict"), (other.Outcome, other.OutcomeReason));
        Assert.Equal(1, await context.Work.CountAsync(w => w.Kind == WorkKinds.Score));
        Assert.True(await context.Audit.AnyAsync(a => a.Action == "conflict"));
    }

    [Fact]
    public async Task Until_a_second_version_is_compared_the_study_s_results_stay_here()
    {
        await CommitAsync(Received("1.2", "1.2.3", "a"));
        await CommitAsync(Received("1.2", "1.2.3", "b"));
        await using var context = Database.Open();
        Assert.Equal(SetAsides.Unclear, (await context.Instances.SingleAsync(r => !r.IsCurrent)).SetAside);
        Assert.Equal((HoldReasons.Correction, null), ((await context.Holds.SingleAsync()).Reason, (await context.Holds.SingleAsync()).EndedAt));
        Assert.Equal(1, await context.Work.CountAsync(w => w.Kind == WorkKinds.Identity));
    }

    [Theory]
    [InlineData("20200101", null, "Scored again")]
    [InlineData(null, "codec", "Only want of the age is mended")]
    [InlineData("  ", "age unknown", "Nothing was said")]
    public async Task A_birth_date_that_comes_with_a_later_image_sends_those_that_lacked_the_age_through_again(string? birth, string? left, string why)
    {
        await CommitAsync(Received("1.2", "1.2.3"));
        await Database.WriteAsync(t => ExecuteAsync(t, $"UPDATE instance SET outcome = 'not scored', outcome_reason = '{left ?? "age unknown"}'; UPDATE work SET state = 'done'; UPDATE study SET state = 'complete'"), None);
        var later = Received("1.2", "1.2.4");
        later.Identity.BirthDate = birth ?? "20200101";
        await CommitAsync(later);
        await using var context = Database.Open();
        var first = await context.Instances.SingleAsync(i => i.SopInstanceUid == "1.2.3");
        Assert.True(left == first.OutcomeReason, why);
        Assert.Equal(left is null ? WorkStates.Ready : WorkStates.Done, (await context.Work.SingleAsync(w => w.Kind == WorkKinds.Score && w.Subject == first.Id)).State);
        Assert.Equal(2, (await context.Studies.SingleAsync()).Revision);
        Assert.Equal(left is null, await context.Audit.AnyAsync(a => a.Action == "age known"));
    }

    [Fact]
    public async Task An_age_of_the_modality_worklist_sends_images_that_lacked_it_through_again_once_and_stays_apart_from_what_images_say()
    {
        var ages = new AgeStore(Database, Work);
        var image = Received("1.2", "1.2.3");
        (image.Identity.AccessionNumber, image.Identity.BirthDate) = ("A1", null);
        await CommitAsync(image);
        var since = DateTime.UtcNow.AddHours(-1);
        Assert.Empty(await ages.WantedAsync(since, None));
        await Database.WriteAsync(t => ExecuteAsync(t, "UPDATE instance SET outcome = 'not scored', outcome_reason = 'age unknown'; UPDATE work SET state = 'done'; UPDATE study SET state = 'complete'"), None);
        var wanted = Assert.Single(await ages.WantedAsync(since, None));
        Assert.Equal(("A1", "PHANTOM-1"), (wanted.Accession, wanted.PatientId));
        Assert.Empty(await ages.WantedAsync(DateTime.UtcNow.AddHours(1), None));
        Assert.Equal(0, await ages.KeepAsync(wanted with { PatientId = "PHANTOM-2" }, "20200101", null, DateTime.UtcNow, None));
        Assert.Equal(1, await ages.KeepAsync(wanted, "20200101", null, DateTime.UtcNow, None));
        Assert.Equal(0, await ages.KeepAsync(wanted, "20190101", null, DateTime.UtcNow, None));
        await using var context = Database.Open();
        Assert.Null((await context.Instances.SingleAsync()).OutcomeReason);
        Assert.Equal((2, StudyStates.Open), ((await context.Studies.SingleAsync()).Revision, (await context.Studies.SingleAsync()).State));
        Assert.Null((await context.Identities.SingleAsync()).BirthDate);
        Assert.Equal(new KnownAge(null, "20200101", null), await ages.ReadAsync(wanted.Study, None));
        Assert.Contains("modality worklist", (await context.Audit.SingleAsync(a => a.Action == "age known")).Detail, StringComparison.Ordinal);

        // Given to another patient since: what the list said was of the first.
        await Database.WriteAsync(
            async t => await t.Context.Reconciled.AddAsync(new ReconciledIdentityRow { StudyId = wanted.Study, PatientId = "PHANTOM-9", Source = "ADT^A40", At = DateTime.UtcNow }), None);
        Assert.Equal(KnownAge.Nothing, await ages.ReadAsync(wanted.Study, None));
    }

    [Fact]
    public async Task A_study_that_is_held_is_not_due_until_it_is_released()
    {
        var hold = TimeSpan.FromMinutes(10);
        var before = DateTime.UtcNow;
        await CommitAsync(Received("1.2", "1.2.3") with { Hold = hold });
        Assert.Equal("arriving", (await StudyWorkAsync()).ReasonCode);
        // An image by another way does not shorten it.
        await CommitAsync(Received("1.2", "1.2.4"));
        Assert.InRange((await StudyWorkAsync()).NotBefore, before + hold, before + 2 * hold);

        await Journal.ReleaseAsync(["1.2", "1.9"], None);
        Assert.InRange((await StudyWorkAsync()).NotBefore, before.AddSeconds(-1), before + hold / 2);
    }

    [Fact]
    public async Task A_hold_can_be_renewed_never_beyond_the_cap_and_one_that_nobody_renews_is_let_go()
    {
        await CommitAsync(Received("1.2", "1.2.3"));
        await Journal.HoldAsync(["1.2"], TimeSpan.FromDays(2), None);
        var held = await StudyWorkAsync();
        Assert.InRange(held.NotBefore, held.CreatedAt + Cap - TimeSpan.FromSeconds(1), held.CreatedAt + Cap + TimeSpan.FromSeconds(1));

        await Journal.ReleaseOthersAsync(["1.2"], None);
        Assert.Equal(held.NotBefore, (await StudyWorkAsync()).NotBefore);
        await Journal.ReleaseOthersAsync([], None);
        var free = await StudyWorkAsync();
        Assert.Null(free.ReasonCode);
        Assert.True(free.NotBefore < held.NotBefore);
    }

    [Fact]
    public async Task What_the_log_gives_again_is_committed_without_waiting_for_the_disk_and_everything_else_waits()
    {
        var sql = Database.Options.IsPostgres ? "SELECT current_setting('synchronous_commit') AS \"Value\"" : "SELECT CAST(synchronous AS TEXT) AS \"Value\" FROM pragma_synchronous";
        Task<string> LookAsync(RecordsTransaction transaction) => transaction.Context.Database.SqlQueryRaw<string>(sql).SingleAsync();
        Assert.Equal(Database.Options.IsPostgres ? "off" : "1", await Database.WriteRebuildableAsync(LookAsync, None));
        Assert.Equal(Database.Options.IsPostgres ? "on" : "2", await Database.WriteAsync(LookAsync, None));
    }

    [Fact]
    public async Task A_late_image_opens_a_complete_study_again_under_the_next_revision()
    {
        await CommitAsync(Received("1.2", "1.2.3"));
        await Database.WriteAsync(c => ExecuteAsync(c, "UPDATE study SET state = 'complete'"), None);
        await CommitAsync(Received("1.2", "1.2.3"));
        await using (var context = Database.Open())
        {
            var study = await context.Studies.SingleAsync();
            Assert.Equal((StudyStates.Complete, 1), (study.State, study.Revision));
        }

        await CommitAsync(Received("1.2", "1.2.4"));
        await using (var context = Database.Open())
        {
            var study = await context.Studies.SingleAsync();
            Assert.Equal((StudyStates.Open, 2), (study.State, study.Revision));
            Assert.Equal(2, await context.Work.CountAsync(w => w.Kind == WorkKinds.Study));
        }
    }

    [Fact]
    public async Task Many_receivers_open_one_study_at_once_without_losing_an_image()
    {
        await Task.WhenAll(Enumerable.Range(0, 16).Select(n => Task.Run(() =>
            CommitAsync(Received("1.2", $"1.2.3.{n}"), Received("1.3", $"1.3.3.{n}"), Received("1.2", "1.2.same")))));

        await using var context = Database.Open();
        Assert.Equal(33, await context.Instances.CountAsync());
        Assert.Equal(17, (await context.Studies.SingleAsync(s => s.StudyInstanceUid == "1.2")).InstanceCount);
        Assert.Null(await AuditChain.FirstBrokenAsync(Database, None));
    }

    [Fact]
    public async Task Two_receivers_of_one_UID_with_different_content_keep_one_in_use()
    {
        await Task.WhenAll(Enumerable.Range(0, 12).Select(n => Task.Run(() => CommitAsync(Received("1.2", "1.2.3", $"{n}x")))));
        await using var context = Database.Open();
        Assert.Equal(12, await context.Instances.CountAsync());
        Assert.Equal(1, await context.Instances.CountAsync(i => i.IsCurrent));
        Assert.Equal(1, await context.Work.CountAsync(w => w.Kind == WorkKinds.Score));
    }

    [Fact]
    public async Task Audit_entries_cannot_be_changed_or_removed()
    {
        await CommitAsync(Received("1.2", "1.2.3"));
        await Assert.ThrowsAnyAsync<Exception>(() => Database.WriteAsync(c => ExecuteAsync(c, "UPDATE audit_entry SET actor = 'x'"), None));
        await Assert.ThrowsAnyAsync<Exception>(() => Database.WriteAsync(c => ExecuteAsync(c, "DELETE FROM audit_entry"), None));
    }

    [Fact]
    public async Task A_patient_is_forgotten_and_the_record_still_verifies()
    {
        await CommitAsync(Received("1.2", "1.2.3"), Received("1.3", "1.3.3"));
        await using (var context = Database.Open())
        {
            var identity = await context.Identities.AsNoTracking().FirstAsync();
            Assert.All(await context.Audit.AsNoTracking().ToListAsync(), e => Assert.DoesNotContain(identity.PatientId!, e.Detail + e.Subject + e.Actor, StringComparison.Ordinal));
        }

        await Database.WriteAsync(t => ExecuteAsync(t, "DELETE FROM patient_identity WHERE study_id = (SELECT id FROM study WHERE study_instance_uid = '1.2')"), None);
        Assert.Null(await AuditChain.FirstBrokenAsync(Database, None));
        Assert.Equal(2, (await AuditQuery.RunAsync(Database, new AuditFilter(Action: "received"), None)).Count);
    }

    [Fact]
    public async Task The_chain_names_the_first_entry_that_somebody_changed_behind_the_triggers()
    {
        for (var i = 0; i < 5; i++)
        {
            await CommitAsync(Received("1.2", $"1.2.3.{i}"));
        }

        await Database.WriteAsync(async c =>
        {
            await ExecuteAsync(c, DropUpdateTrigger);
            await ExecuteAsync(c, "UPDATE audit_entry SET actor = 'x' WHERE seq = 3");
        }, None);
        Assert.Equal(3, await AuditChain.FirstBrokenAsync(Database, None));
    }

    /// <summary>Whoever owns the database can write a chain that holds; the published end of the old one does not fit it.</summary>
    [Fact]
    public async Task A_chain_that_its_owner_wrote_anew_is_caught_by_what_was_published_before()
    {
        await CommitAsync(Received("1.2.3", "1.2.3.1"), Received("1.2.3", "1.2.3.2"));
        var published = await AuditChain.HeadAsync(Database, None);
        Assert.Null(await AuditChain.FirstBrokenAsync(Database, [published], None));
        await Database.WriteAsync(async c =>
        {
            await ExecuteAsync(c, DropUpdateTrigger);
            await ExecuteAsync(c, DropDeleteTrigger);
            await ExecuteAsync(c, "DELETE FROM audit_entry");
            await ExecuteAsync(c, $"UPDATE audit_head SET seq = 0, hash = {(Database.Options.IsPostgres ? "decode(repeat('00', 32), 'hex')" : "zeroblob(32)")}");
        }, None);
        Assert.Equal(1, await AuditChain.FirstBrokenAsync(Database, [published], None));
        for (var i = 0; i < published.Seq + 2; i++)
        {
            await Database.WriteAsync(c => AuditChain.AppendAsync(c, [new AuditEvent("received", "instance:x", null, new { })], DateTime.UtcNow, None), None);
        }

        Assert.Null(await AuditChain.FirstBrokenAsync(Database, None));
        Assert.Equal(published.Seq, await AuditChain.FirstBrokenAsync(Database, [published], None));
        Assert.False(await AuditChain.HoldsAsync(Database, published, None));
        Assert.True(await AuditChain.HoldsAsync(Database, await AuditChain.HeadAsync(Database, None), None));
    }

    /// <summary>What only the owner of the schema could do.</summary>
    protected abstract string DropDeleteTrigger { get; }

    /// <inheritdoc cref="DropDeleteTrigger"/>
    protected abstract string DropUpdateTrigger { get; }

    private async Task<WorkRow> StudyWorkAsync()
    {
        await using var context = Database.Open();
        return await context.Work.SingleAsync(w => w.Kind == WorkKinds.Study);
    }
}
