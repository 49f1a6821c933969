using Microsoft.EntityFrameworkCore;
using PacsAiWorker.Records.Queries;
using PacsAiWorker.Records.Rows;
using Xunit;

namespace PacsAiWorker.Testing.Records;

/// <summary>Each defect is planted by hand in a line that has none, and seen.</summary>
public abstract class DefectContract(IEmptyDatabases databases) : RecordsContract(databases)
{
    private const string Study = "1.2.3";
    private static readonly TimeSpan Limit = TimeSpan.FromHours(2);

    /// <summary>One study to its end, and one that is still open.</summary>
    private async Task WholeLineAsync()
    {
        await CommitAsync(Received(Study, "1.2.3.1"));
        await CommitAsync(Received("1.2.4", "1.2.4.1"));
        await Database.WriteAsync(async t =>
        {
            var study = await t.Context.Studies.SingleAsync(s => s.StudyInstanceUid == Study);
            (study.State, study.PriorityReason) = (StudyStates.Complete, "1 of 1 image above threshold");
            var image = await t.Context.Instances.SingleAsync(i => i.StudyId == study.Id);
            image.Outcome = Outcomes.Scored;
            var result = new ResultRow
            {
                Id = Guid.CreateVersion7(),
                StudyId = study.Id,
                Revision = 1,
                ModelId = "m",
                ModelVersion = "1.0.0",
                ModelSha256 = "a",
                ModelIdentity = "a",
                Stage = ModelStages.Report,
                InputDigest = "a",
                Inputs = "[]",
                NotScored = "{}",
                Aggregation = "max",
                Probability = 0.9,
                Priority = Priorities.High,
                Sentence = "s",
                RunStartedAt = DateTime.UtcNow,
                DecidedAt = DateTime.UtcNow,
            };
            var report = new ReportRow { Id = Guid.CreateVersion7(), ResultId = result.Id, SopClassUid = "1.2", SopInstanceUid = "1.2.9", SeriesInstanceUid = "1.2.8", Content = [], Sha256 = "a", CreatedAt = DateTime.UtcNow };
            t.Context.AddRange(result, report, new DeliveryRow { Id = Guid.CreateVersion7(), ReportId = report.Id, Destination = "pacs", State = DeliveryStates.Stored, Status = 0, CreatedAt = DateTime.UtcNow });
            await t.Context.SaveChangesAsync();
        }, None);
        await Database.WriteAsync(t => ExecuteAsync(t, "UPDATE work SET state = 'done' WHERE subject IN (SELECT id FROM study WHERE state = 'complete') OR subject IN (SELECT id FROM instance WHERE outcome IS NOT NULL)"), None);
    }

    private Task<IReadOnlyList<DefectLine>> RunAsync(DateTime? now = null, Func<IEnumerable<Guid>>? segments = null) =>
        DefectQuery.RunAsync(Database, now ?? DateTime.UtcNow, Limit, segments, None);

    [Fact]
    public async Task A_line_in_which_everything_is_done_or_waits_for_something_has_no_defect()
    {
        await WholeLineAsync();
        Assert.Empty(await RunAsync());
    }

    [Theory]
    [InlineData(DefectKinds.ImageWithoutWork, "DELETE FROM work WHERE kind = 'score' AND state = 'ready'", "1.2.4")]
    [InlineData(DefectKinds.StudyWithoutWork, "UPDATE work SET state = 'done' WHERE kind = 'study' AND state = 'ready'", "1.2.4")]
    [InlineData(DefectKinds.StudyWithoutReason, "UPDATE study SET state = 'complete', priority_reason = '' WHERE study_instance_uid = '1.2.4'", "1.2.4")]
    [InlineData(DefectKinds.ResultWithoutReport, "DELETE FROM delivery", "1.2.3", "DELETE FROM report")]
    [InlineData(DefectKinds.DeliveryWithoutWork, "UPDATE delivery SET state = 'pending'", "1.2.3")]
    [InlineData(DefectKinds.CommitmentWithoutWork, "UPDATE delivery SET commitment = 'due'", "1.2.3")]
    [InlineData(DefectKinds.StudyWithoutWork, "UPDATE study SET revision = 2 WHERE study_instance_uid = '1.2.4'", "1.2.4")]
    [InlineData(DefectKinds.StoredWithoutStatus, "UPDATE delivery SET status = NULL", "1.2.3")]
    [InlineData(DefectKinds.AuditGap, "UPDATE audit_head SET seq = seq + 1", null)]
    public async Task A_planted_defect_is_seen_with_its_study(string kind, string plant, string? study, string? more = null)
    {
        await WholeLineAsync();
        await Database.WriteAsync(async t =>
        {
            await ExecuteAsync(t, plant);
            if (more is not null)
            {
                await ExecuteAsync(t, more);
            }
        }, None);
        var line = Assert.Single(await RunAsync());
        Assert.Equal((kind, study), (line.Kind, line.StudyInstanceUid));
        Assert.NotEmpty(line.Remedy);
    }

    [Fact]
    public async Task Work_that_a_person_parked_or_gave_up_is_no_defect()
    {
        await WholeLineAsync();
        await Database.WriteAsync(t => ExecuteAsync(t, "UPDATE work SET state = CASE kind WHEN 'score' THEN 'parked' ELSE 'cancelled' END WHERE state = 'ready'"), None);
        Assert.Empty(await RunAsync());
    }

    [Fact]
    public async Task A_study_beyond_its_limit_and_a_lease_beyond_its_end_are_seen()
    {
        await WholeLineAsync();
        Assert.Equal((DefectKinds.StudyOverdue, "1.2.4"), (await RunAsync(DateTime.UtcNow + Limit + TimeSpan.FromMinutes(1))).Select(l => (l.Kind, l.StudyInstanceUid)).Single());
        await ClaimOneAsync();
        await ExpireLeasesAsync();
        Assert.Empty(await RunAsync());
        Assert.Equal(DefectKinds.LeaseOverdue, Assert.Single(await RunAsync(DateTime.UtcNow.AddMinutes(2))).Kind);
    }

    [Fact]
    public async Task A_segment_that_is_gone_although_its_images_were_not_purged_is_seen()
    {
        await WholeLineAsync();
        var segment = Guid.NewGuid();
        await Database.WriteAsync(t => t.Context.Instances.Where(i => i.SopInstanceUid == "1.2.3.1").ExecuteUpdateAsync(s => s.SetProperty(i => i.Segment, segment)), None);
        Assert.Empty(await RunAsync(segments: () => [segment]));
        Assert.Equal((DefectKinds.FileGone, $"{segment}"), (await RunAsync(segments: () => [])).Select(l => (l.Kind, l.Subject)).Single());
    }
}
