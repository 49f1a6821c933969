using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging.Abstractions;
using PacsAiWorker.Pipeline;
using PacsAiWorker.Pipeline.Reporting;
using PacsAiWorker.Pipeline.Work;
using PacsAiWorker.Records;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Stores;
using PacsAiWorker.Records.Work;
using PacsAiWorker.Tests.Pipeline.Receiving;

namespace PacsAiWorker.Tests.Pipeline.Reporting;

/// <summary>The handler over images that were received; the test writes the result.</summary>
public sealed class ReportHandlerTests
{
    [Fact]
    public async Task A_report_takes_its_header_from_an_image_that_is_still_there()
    {
        await using var line = await ReceivedAsync();
        await PurgeAsync(line, "sop_instance_uid = (SELECT min(sop_instance_uid) FROM instance)", forget: true);
        Assert.IsType<WorkVerdict.Done>(await HandleAsync(line));
    }

    [Fact]
    public async Task A_report_whose_images_all_left_the_spool_says_purged()
    {
        await using var line = await ReceivedAsync();
        await PurgeAsync(line, "1 = 1", forget: false);
        var park = Assert.IsType<WorkVerdict.Park>(await HandleAsync(line));
        Assert.Equal("purged", park.Reason);
        Assert.Contains("2026-11-22", park.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_report_of_a_suspended_package_waits_for_a_person()
    {
        await using var line = await ReceivedAsync();
        await new ModelStore(line.Database).SuspendAsync([Rows.Sha], "wrong threshold", "somebody", Rows.Time, default);
        var park = Assert.IsType<WorkVerdict.Park>(await HandleAsync(line));
        Assert.Equal("package suspended", park.Reason);
        Assert.Contains("model resume renal-us-resnet50@2.3.1", park.Detail, StringComparison.Ordinal);
    }

    private static async Task<ReceivingLine> ReceivedAsync()
    {
        var line = await ReceivingLine.StartAsync();
        line.Store(ReceivingLine.Phantom(0));
        line.Store(ReceivingLine.Phantom(1));
        var rows = await line.RowsAsync(2);
        await line.Database.WriteAsync(async t =>
        {
            await t.Context.Database.ExecuteSqlRawAsync("UPDATE instance SET outcome = 'scored', rows = 480, columns = 640, frames = 1");
            var study = await t.Context.Studies.SingleAsync();
            List<ScoreRow> scores = [.. rows.Select(r => Rows.Score(r.Id, 0.9))];
            scores.ForEach(s => s.StudyId = study.Id);
            t.Context.Models.Add(Rows.Model());
            t.Context.Scores.AddRange(scores);
            await t.Context.SaveChangesAsync();
            t.Context.Results.Add(Rows.Result(study, Rows.Model(), scores, 2));
        }, default);
        return line;
    }

    /// <param name="forget">The place in the rows leads nowhere either.</param>
    private static Task<int> PurgeAsync(ReceivingLine line, string where, bool forget) => line.Database.WriteAsync(
        t => t.Context.Database.ExecuteSqlRawAsync($"UPDATE instance SET purged_at = '2026-11-22 10:00:00'{(forget ? ", file = 'gone'" : "")} WHERE {where}"), default);

    private static async Task<WorkVerdict> HandleAsync(ReceivingLine line)
    {
        await using var context = line.Database.Open();
        var work = new WorkRow { Kind = WorkKinds.Report, DedupeKey = "", Subject = (await context.Results.SingleAsync()).Id, State = WorkStates.Leased };
        return await new ReportHandler(new ReportStore(line.Database, new WorkTable(line.Database)), new SpoolFiles(line.Root), ReportVariants.Site, NullLogger<ReportHandler>.Instance).HandleAsync(work, default);
    }
}
