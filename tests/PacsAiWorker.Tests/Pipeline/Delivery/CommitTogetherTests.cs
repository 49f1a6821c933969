using Microsoft.EntityFrameworkCore;
using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Dicom.Dimse;
using PacsAiWorker.Pipeline.Work;
using PacsAiWorker.Records.Rows;

namespace PacsAiWorker.Tests.Pipeline.Delivery;

/// <summary>One question about many deliveries, against a PACS that the test scripts.</summary>
public sealed class CommitTogetherTests : IDisposable
{
    private readonly ScriptedPacs _pacs = new();

    public void Dispose() => _pacs.Dispose();

    [Fact]
    public async Task One_question_names_all_that_wait_for_a_PACS_and_its_report_is_kept_for_each()
    {
        await using var bench = await WaitingAsync(3);
        await bench.SettleAsync();
        var (uid, items) = Assert.Single(_pacs.Asked);
        Assert.Equal(3, items.Count);
        Assert.Equal([CommitmentStates.Asked, CommitmentStates.Asked, CommitmentStates.Asked], await CommitmentsAsync(bench));

        // It keeps two of them: the third alone is stored again, and asked for by a question of its own.
        var failed = items[1] with { FailureReason = DimseStatus.ResourceLimitation };
        Assert.True(bench.Events.Report(From(ScriptedPacs.AeTitle), new CommitmentReport(uid, [items[0], items[2]], [failed])).IsSuccess);
        await bench.SettleAsync();
        Assert.Equal(4, _pacs.Stored.Count);
        Assert.Equal(failed.SopInstanceUid, _pacs.Stored.Last().SopInstance);
        Assert.Equal(failed.SopInstanceUid, Assert.Single(_pacs.Asked.Last().Items).SopInstanceUid);
        Assert.Equal([CommitmentStates.Asked, CommitmentStates.Committed, CommitmentStates.Committed], (await CommitmentsAsync(bench)).Order());
        Assert.Equal(3, (await bench.AuditAsync()).Count(a => a == "commitment asked") - 1);

        Assert.True(bench.Events.Report(From(ScriptedPacs.AeTitle), new CommitmentReport(_pacs.Asked.Last().TransactionUid, _pacs.Asked.Last().Items, [])).IsSuccess);
        await bench.SettleAsync();
        Assert.All(await CommitmentsAsync(bench), c => Assert.Equal(CommitmentStates.Committed, c));
    }

    [Fact]
    public async Task A_report_on_many_that_comes_before_the_answer_counts_for_each()
    {
        await using var bench = await WaitingAsync(3);
        _pacs.OnCommitment = uid => bench.Events.Report(From(ScriptedPacs.AeTitle), new CommitmentReport(uid, _pacs.Asked.Last().Items, []));
        await bench.SettleAsync();
        Assert.Single(_pacs.Asked);
        Assert.All(await CommitmentsAsync(bench), c => Assert.Equal(CommitmentStates.Committed, c));
    }

    [Fact]
    public async Task One_question_names_at_most_a_hundred_objects()
    {
        await using var bench = await WaitingAsync(35, DeliverHandlerTests.WithCompanions);
        await bench.SettleAsync();
        Assert.Equal([99, 6], _pacs.Asked.Select(a => a.Items.Count));
        Assert.Equal(105, _pacs.Asked.SelectMany(a => a.Items).Select(i => i.SopInstanceUid).Distinct().Count());
    }

    [Fact]
    public async Task A_question_about_many_whose_answer_was_lost_is_put_again_about_the_same_ones()
    {
        await using var bench = await WaitingAsync(2);
        _pacs.OnCommitment = _ => new DimseResponse(DimseStatus.ResourceLimitation);
        Assert.IsType<WorkVerdict.Retry>(await bench.RunAsync(bench.Commit));
        await bench.QueueAsync(revision: 3);
        Assert.IsType<WorkVerdict.Done>(await bench.RunAsync(bench.Deliver));
        _pacs.OnCommitment = _ => DimseResponse.Success;
        await bench.DueAsync();
        await bench.SettleAsync();
        var asked = _pacs.Asked.ToList();
        Assert.Equal(3, asked.Count);
        Assert.Equal(2, asked.Select(a => a.TransactionUid).Distinct().Count());
        Assert.All(asked.GroupBy(a => a.TransactionUid), g => Assert.Single(g.Select(a => string.Join(' ', a.Items.Select(i => i.SopInstanceUid))).Distinct()));
    }

    [Theory]
    [InlineData(0x0112, 1)]
    [InlineData(0x0213, 3)]
    public async Task A_PACS_that_takes_no_question_about_many_is_asked_one_by_one(int status, int times)
    {
        await using var bench = await WaitingAsync(3);
        _pacs.OnCommitment = _ => _pacs.Asked.Last().Items.Count > 1 ? new DimseResponse((ushort)status) : DimseResponse.Success;
        for (var attempt = 0; attempt < times; attempt++)
        {
            await bench.DueAsync();
            await bench.RunAsync(bench.Commit);
        }

        await bench.DueAsync();
        await bench.SettleAsync();
        Assert.Equal(3, _pacs.Asked.Count(a => a.Items.Count == 1));
        Assert.All(await CommitmentsAsync(bench), c => Assert.Equal(CommitmentStates.Asked, c));
    }

    [Fact]
    public async Task Of_a_question_about_many_that_was_never_answered_all_are_asked_for_together_again()
    {
        await using var bench = await WaitingAsync(3);
        await bench.SettleAsync();
        bench.Clock.Now += TimeSpan.FromHours(24);
        await bench.DueAsync();
        await bench.SettleAsync();
        Assert.Equal(2, _pacs.Asked.Select(a => a.TransactionUid).Distinct().Count());
        Assert.Equal(3, _pacs.Asked.SelectMany(a => a.Items).Select(i => i.SopInstanceUid).Distinct().Count());
    }

    /// <summary>Reports that the PACS stored and was not yet asked about.</summary>
    private async Task<DeliveryBench> WaitingAsync(int reports, Action<ReportRow>? change = null)
    {
        var bench = await DeliveryBench.StartAsync(DeliveryBench.To(_pacs.Port, commitment: true));
        for (var revision = 1; revision <= reports; revision++)
        {
            await bench.QueueAsync(change: change is null ? null : r => { change(r); Numbered(r, revision); }, revision: revision);
            Assert.IsType<WorkVerdict.Done>(await bench.RunAsync(bench.Deliver));
        }

        return bench;
    }

    /// <summary>What goes with a report has UIDs of its own.</summary>
    private static void Numbered(ReportRow report, int number) => report.Companions.ForEach(c => (c.Id, c.SopInstanceUid) = (Guid.NewGuid(), $"{c.SopInstanceUid}.{number}"));

    private static async Task<IReadOnlyList<string>> CommitmentsAsync(DeliveryBench bench)
    {
        await using var context = bench.Database.Open();
        return await context.Deliveries.OrderBy(d => d.CreatedAt).Select(d => d.Commitment).ToListAsync();
    }

    private static ServiceRequest From(string peer) => new(peer, null, SopClasses.StorageCommitmentPushInstance);
}
