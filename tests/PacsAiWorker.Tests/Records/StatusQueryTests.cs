using PacsAiWorker.Records;
using PacsAiWorker.Records.Queries;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Testing.Records;

namespace PacsAiWorker.Tests.Records;

public sealed class StatusQueryTests() : RecordsContract(SqliteFiles.All)
{
    private static readonly DateTime Later = DateTime.UtcNow.AddDays(1);

    [Fact]
    public async Task A_complete_study_on_which_no_model_spoke_is_counted_with_since()
    {
        await CommitAsync(Received("1.2", "1.2.3"));
        Assert.Equal(0, (await StatusQuery.RunAsync(Database, Later, None)).StudiesUnassessed);
        await Database.WriteAsync(t => ExecuteAsync(t, "UPDATE study SET state = 'complete'"), None);
        var status = await StatusQuery.RunAsync(Database, Later, None);
        Assert.Equal(1, status.StudiesUnassessed);
        Assert.NotNull(status.UnassessedSince);
    }

    [Fact]
    public async Task Parked_work_names_its_study_its_reason_and_what_to_do()
    {
        await CommitAsync(Received("1.2", "1.2.3"));
        var work = await ClaimOneAsync();
        await Database.WriteAsync(t => Work.ParkAsync(t, work, "lost", "the spool has no file", None), None);
        var status = await StatusQuery.RunAsync(Database, Later, None);
        var stuck = Assert.Single(status.Stuck);
        Assert.False(status.IsWell);
        Assert.Equal(("1.2", "lost"), (stuck.StudyInstanceUid, stuck.Reason));
        Assert.Contains($"work retry {work.Id}", stuck.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_received_file_without_a_row_shows_with_the_way_to_end_it()
    {
        Assert.True((await StatusQuery.RunAsync(Database, Later, None)).IsWell);
        await Journal.SetAsideAsync("a:1:2", "no UID", new SegmentMark(Guid.NewGuid(), 1), None);
        var status = await StatusQuery.RunAsync(Database, Later, None);
        Assert.False(status.IsWell);
        var problem = Assert.Single(status.SpoolProblems);
        Assert.Equal(("a:1:2", "no UID"), (problem.Location, problem.Reason));
        Assert.Contains("spool discard a:1:2", problem.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Segments_that_are_kept_beyond_their_age_need_a_person()
    {
        var status = await StatusQuery.RunAsync(Database, Later, None);
        Assert.True((status with { Retention = new RetentionLine(30, 1, 1, Later, []) }).IsWell);
        Assert.False((status with { Retention = new RetentionLine(30, 1, 1, Later, [new KeptLine("parked work", 1, 1, Later, "")]) }).IsWell);
    }

    [Fact]
    public async Task Waiting_work_shows_since_when()
    {
        await CommitAsync(Received("1.2", "1.2.3"));
        var line = (await StatusQuery.RunAsync(Database, Later, None)).Backlog.Single(b => b.Kind == WorkKinds.Score);
        Assert.Equal(1, line.Ready);
        Assert.NotNull(line.OldestDueSince);
    }
}
