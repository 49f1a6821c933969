using Microsoft.EntityFrameworkCore;
using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Dicom.Dimse;
using PacsAiWorker.Dicom.Upper;
using PacsAiWorker.Pipeline;
using PacsAiWorker.Pipeline.Delivery;
using PacsAiWorker.Pipeline.Work;
using PacsAiWorker.Records.Queries;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Work;
using PacsAiWorker.Tests.Dicom.Upper;

namespace PacsAiWorker.Tests.Pipeline.Delivery;

/// <summary>From stored to committed, against a PACS that the test scripts.</summary>
public sealed class CommitHandlerTests : IDisposable
{
    private readonly ScriptedPacs _pacs = new();

    public void Dispose() => _pacs.Dispose();

    [Fact]
    public async Task A_report_on_an_association_of_the_PACS_own_commits_the_delivery()
    {
        await using var bench = await StoredAsync();
        Assert.Equal(CommitmentStates.Asked, (await bench.DeliveryAsync()).Commitment);
        Assert.Equal((await bench.Commitment.ReadAsync((await bench.DeliveryAsync()).Id, default)).Instances.Select(i => i.SopInstanceUid), _pacs.Asked.Single().Items.Select(i => i.SopInstanceUid));

        bench.Clock.Now += TimeSpan.FromMinutes(1);
        Assert.True(Report(bench).IsSuccess);
        Assert.IsType<WorkVerdict.Done>(await bench.SettleAsync());
        var delivery = await bench.DeliveryAsync();
        Assert.Equal((DeliveryStates.Stored, CommitmentStates.Committed, bench.Clock.Now.UtcDateTime), (delivery.State, delivery.Commitment, delivery.CommittedAt));
        Assert.Equal(["delivery stored", "commitment asked", "commitment committed"], await bench.AuditAsync());
        Assert.Equal(WorkStates.Done, (await bench.WorkAsync(WorkKinds.Commit)).State);
    }

    [Fact]
    public async Task A_report_that_comes_before_the_answer_to_the_question_counts()
    {
        await using var bench = await DeliveryBench.StartAsync(DeliveryBench.To(_pacs.Port, commitment: true));
        await bench.QueueAsync();
        _pacs.OnCommitment = _ => Report(bench);
        Assert.IsType<WorkVerdict.Done>(await bench.SettleAsync());
        Assert.Equal(CommitmentStates.Committed, (await bench.DeliveryAsync()).Commitment);
        Assert.Single(_pacs.Asked);
    }

    [Fact]
    public async Task A_report_on_the_association_that_asked_commits_the_delivery()
    {
        await using var bench = await StoredAsync(ask: false);
        var done = await RawPeer.Against(
            peer =>
            {
                var action = peer.ReceiveRequest();
                var (uid, items) = (Question(bench).GetAwaiter().GetResult(), Items(bench).GetAwaiter().GetResult());
                peer.Message(1, new CommandSet
                {
                    AffectedSopClassUid = SopClasses.StorageCommitmentPush,
                    Field = (ushort)(action.Field | CommandField.Response),
                    RespondedTo = action.MessageId,
                    Status = 0,
                }, null);
                peer.Message(1, new CommandSet
                {
                    AffectedSopClassUid = SopClasses.StorageCommitmentPush,
                    Field = CommandField.NEventReportRq,
                    MessageId = 7,
                    AffectedSopInstanceUid = SopClasses.StorageCommitmentPushInstance,
                    EventTypeId = 1,
                }, new CommitmentReport(uid, items, []).ToDataSet());
                Assert.Equal((ushort?)0, peer.ReceiveResponse().Status);
            },
            address =>
            {
                // The same records, and a destination that is this peer.
                var there = bench.At(new DestinationOptions
                {
                    Name = "pacs",
                    AeTitle = address.AeTitle,
                    Host = address.Host,
                    Port = address.Port,
                    StorageCommitment = true,
                    CommitmentWaitSeconds = 60,
                });
                return there.RunAsync(there.Commit).GetAwaiter().GetResult();
            });
        Assert.Equal("reported", Assert.IsType<WorkVerdict.Postpone>(done).Reason);
        await bench.SettleAsync();
        Assert.Equal((CommitmentStates.Committed, WorkStates.Done), ((await bench.DeliveryAsync()).Commitment, (await bench.WorkAsync(WorkKinds.Commit)).State));
    }

    [Fact]
    public async Task A_PACS_that_drops_the_association_before_its_answer_is_asked_again_under_the_same_transaction()
    {
        await using var bench = await StoredAsync(ask: false);
        var dropped = await RawPeer.Against(
            peer =>
            {
                peer.ReceiveRequest();
                peer.Send(new Abort(AbortCodes.ServiceUser, AbortCodes.NotSpecified).Write());
            },
            address =>
            {
                var there = bench.At(new DestinationOptions { Name = "pacs", AeTitle = address.AeTitle, Host = address.Host, Port = address.Port, StorageCommitment = true });
                var verdict = there.RunAsync(there.Commit).GetAwaiter().GetResult();
                Assert.NotNull(there.Connections.RestOf("pacs", Exchange.Commitment));
                Assert.Null(there.Connections.RestOf("pacs"));
                return verdict;
            });
        Assert.Equal("pacs unreachable", Assert.IsType<WorkVerdict.Retry>(dropped).Reason);
        var question = await Question(bench);
        _pacs.OnCommitment = _ => new DimseResponse(0x0210);
        await bench.DueAsync();
        await bench.SettleAsync();
        Assert.Equal(question, Assert.Single(_pacs.Asked).TransactionUid);
        Assert.Equal(CommitmentStates.Asked, (await bench.DeliveryAsync()).Commitment);
        Report(bench);
        await bench.SettleAsync();
        Assert.Equal(CommitmentStates.Committed, (await bench.DeliveryAsync()).Commitment);
    }

    [Theory]
    [InlineData(0x0213, "pacs busy")]
    [InlineData(0x0110, "pacs busy")]
    public async Task A_PACS_that_cannot_take_the_question_now_is_asked_later(int status, string reason)
    {
        _pacs.OnCommitment = _ => new DimseResponse((ushort)status);
        await using var bench = await StoredAsync(ask: false);
        Assert.Equal(reason, Assert.IsType<WorkVerdict.Retry>(await bench.RunAsync(bench.Commit)).Reason);
        Assert.Equal(CommitmentStates.Due, (await bench.DeliveryAsync()).Commitment);
    }

    [Theory]
    [InlineData(0x0124)]
    [InlineData(0x0112)]
    [InlineData(0x0118)]
    public async Task A_PACS_that_refuses_the_question_needs_a_person_whose_retry_asks_anew(int status)
    {
        _pacs.OnCommitment = _ => new DimseResponse((ushort)status);
        await using var bench = await StoredAsync(ask: false);
        Assert.Contains("StorageCommitment", Assert.IsType<WorkVerdict.Park>(await bench.RunAsync(bench.Commit)).Detail, StringComparison.Ordinal);
        Assert.Equal((DeliveryStates.Stored, CommitmentStates.Failed), ((await bench.DeliveryAsync()).State, (await bench.DeliveryAsync()).Commitment));

        _pacs.OnCommitment = _ => DimseResponse.Success;
        Assert.Equal(1, await new WorkDesk(bench.Database, bench.Clock).RetryAsync(null, WorkKinds.Commit, null, "me", default));
        await bench.DueAsync();
        await bench.SettleAsync();
        Assert.Equal(2, _pacs.Asked.Select(a => a.TransactionUid).Distinct().Count());
        Assert.Equal(CommitmentStates.Asked, (await bench.DeliveryAsync()).Commitment);
    }

    [Fact]
    public async Task A_PACS_without_storage_commitment_needs_a_person()
    {
        _pacs.Accepts = (abstractSyntax, _) => abstractSyntax != SopClasses.StorageCommitmentPush;
        await using var bench = await StoredAsync(ask: false);
        Assert.Equal("commitment refused", Assert.IsType<WorkVerdict.Park>(await bench.RunAsync(bench.Commit)).Reason);
    }

    [Fact]
    public async Task A_PACS_that_keeps_some_gets_the_same_bytes_three_times_more_and_then_a_person_has_to_look()
    {
        await using var bench = await StoredAsync(change: DeliverHandlerTests.WithCompanions);
        for (var round = 1; round <= 4; round++)
        {
            Assert.Equal(round, _pacs.Asked.Count);
            Report(bench, failed: 1);
            var verdict = await bench.SettleAsync();
            Assert.True(round < 4 ? verdict is not WorkVerdict.Park : verdict is WorkVerdict.Park { Reason: "not kept" }, $"{round}: {verdict}");
        }

        var stored = _pacs.Stored.ToList();
        Assert.Equal(12, stored.Count);
        Assert.Equal(3, stored.Select(s => (s.SopInstance, Convert.ToHexString(s.Bytes))).Distinct().Count());
        Assert.Equal(CommitmentStates.Failed, (await bench.DeliveryAsync()).Commitment);
    }

    [Fact]
    public async Task A_PACS_that_never_reports_is_asked_anew_every_day_and_shows_as_needing_a_person()
    {
        await using var bench = await StoredAsync();
        await bench.DueAsync();
        await bench.SettleAsync();
        Assert.Single(_pacs.Asked);
        Assert.Empty((await StatusQuery.RunAsync(bench.Database, bench.Clock.Now.UtcDateTime, default)).Uncommitted);

        bench.Clock.Now += TimeSpan.FromHours(24);
        await bench.DueAsync();
        await bench.SettleAsync();
        Assert.Equal(2, _pacs.Asked.Select(a => a.TransactionUid).Distinct().Count());
        var status = await StatusQuery.RunAsync(bench.Database, bench.Clock.Now.UtcDateTime, default);
        Assert.False(status.IsWell);
        Assert.Equal(("pacs", 1, "1.2.826.0.1.3680043.8.498.1"), (status.Uncommitted[0].Destination, status.Uncommitted[0].Reports, status.Uncommitted[0].StudyInstanceUids[0]));
    }

    [Fact]
    public async Task A_report_on_the_older_question_still_counts()
    {
        await using var bench = await StoredAsync();
        bench.Clock.Now += TimeSpan.FromHours(24);
        await bench.DueAsync();
        await bench.SettleAsync();
        Assert.True(Report(bench, question: 0).IsSuccess);
        await bench.SettleAsync();
        Assert.Equal((CommitmentStates.Committed, WorkStates.Done), ((await bench.DeliveryAsync()).Commitment, (await bench.WorkAsync(WorkKinds.Commit)).State));
        Assert.Empty((await StatusQuery.RunAsync(bench.Database, bench.Clock.Now.UtcDateTime, default)).Uncommitted);
    }

    [Fact]
    public async Task A_report_that_comes_after_a_restart_counts()
    {
        await using var bench = await StoredAsync();
        bench.Restart();
        Report(bench);
        await bench.SettleAsync();
        Assert.Equal(CommitmentStates.Committed, (await bench.DeliveryAsync()).Commitment);
    }

    [Fact]
    public async Task A_report_that_comes_twice_is_answered_twice_and_written_once()
    {
        await using var bench = await StoredAsync();
        Assert.True(Report(bench).IsSuccess);
        bench.Clock.Now += TimeSpan.FromMinutes(1);
        Assert.True(Report(bench).IsSuccess);
        Assert.Equal(bench.Clock.Now.UtcDateTime.AddMinutes(-1), (await bench.DeliveryAsync()).CommittedAt);
        Assert.Single(await bench.AuditAsync(), a => a == "commitment committed");
    }

    [Fact]
    public async Task A_report_whose_patient_was_reconciled_is_not_stored_again_when_the_PACS_does_not_keep_it()
    {
        await using var bench = await StoredAsync();
        Assert.Single((await ReconciledDeliveryTests.ReconcileAsync(bench)).GivenUp);
        Assert.True(Report(bench, failed: 0).IsSuccess);
        await bench.DueAsync();
        await bench.SettleAsync();
        Assert.Single(_pacs.Stored);
        Assert.Equal((DeliveryStates.Stored, CommitmentStates.GivenUp), ((await bench.DeliveryAsync()).State, (await bench.DeliveryAsync()).Commitment));
    }

    [Fact]
    public async Task A_PACS_that_could_not_be_asked_for_a_day_shows_as_needing_a_person()
    {
        await using var bench = await StoredAsync(ask: false);
        var now = bench.Clock.Now.UtcDateTime;
        Assert.Empty((await StatusQuery.RunAsync(bench.Database, now.AddHours(23), default)).Uncommitted);
        var line = Assert.Single((await StatusQuery.RunAsync(bench.Database, now.AddHours(25), default)).Uncommitted);
        Assert.Equal(("pacs", 1, now), (line.Destination, line.Reports, line.Since));
    }

    [Fact]
    public async Task What_strangers_report_is_audited_once_an_hour_for_each_calling_AE()
    {
        await using var bench = await StoredAsync();
        void Strange(string peer) => Assert.True(bench.Events.Report(From(peer), new CommitmentReport("2.25.404", [], [])).IsSuccess);
        async Task<int> AuditedAsync() => (await bench.AuditAsync()).Count(a => a == "commitment strange");
        Strange("ONE");
        Strange("ONE");
        Strange("TWO");
        Assert.Equal(2, await AuditedAsync());
        for (var i = 0; i < 100; i++)
        {
            Strange($"AE{i}");
        }

        Assert.Equal(64, await AuditedAsync());
        bench.Clock.Now += TimeSpan.FromHours(1);
        Strange("ONE");
        Assert.Equal(65, await AuditedAsync());
    }

    [Fact]
    public async Task What_the_PACS_writes_beside_its_refusal_of_the_question_is_in_no_audit()
    {
        _pacs.OnCommitment = _ => new DimseResponse(DimseStatus.NotAuthorized, "Roe^Jane");
        await using var bench = await StoredAsync(ask: false);
        Assert.IsType<WorkVerdict.Park>(await bench.RunAsync(bench.Commit));
        await using var context = bench.Database.Open();
        Assert.DoesNotContain(await context.Audit.Select(a => a.Detail).ToListAsync(), d => d.Contains("Roe", StringComparison.Ordinal));
        Assert.Contains("Roe", (await bench.QuestionsAsync())[0].Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_promise_is_not_taken_back_by_a_later_report()
    {
        await using var bench = await StoredAsync();
        Report(bench);
        Assert.True(Report(bench, failed: 0).IsSuccess);
        await bench.SettleAsync();
        Assert.Equal(CommitmentStates.Committed, (await bench.DeliveryAsync()).Commitment);
        Assert.Single(_pacs.Stored);
    }

    [Fact]
    public async Task A_report_of_an_unknown_transaction_is_answered_so_that_the_PACS_does_not_repeat_it_and_changes_nothing()
    {
        await using var bench = await StoredAsync();
        Assert.True(bench.Events.Report(From(ScriptedPacs.AeTitle), new CommitmentReport("2.25.404", [], [])).IsSuccess);
        Assert.Equal(CommitmentStates.Asked, (await bench.DeliveryAsync()).Commitment);
        Assert.Contains("commitment strange", await bench.AuditAsync());
    }

    [Fact]
    public async Task A_report_of_another_peer_on_our_transaction_is_refused()
    {
        await using var bench = await StoredAsync();
        var items = await Items(bench);
        Assert.Equal(DimseStatus.NotAuthorized, bench.Events.Report(From("OTHER"), new CommitmentReport(await Question(bench), items, [])).Status);
        Assert.Equal(CommitmentStates.Asked, (await bench.DeliveryAsync()).Commitment);
    }

    [Fact]
    public async Task A_report_that_cannot_be_written_is_answered_so_that_the_PACS_repeats_it()
    {
        await using var bench = await StoredAsync();
        bench.Database.Hold("the database is away");
        Assert.Equal(DimseStatus.ProcessingFailure, Report(bench).Status);
        bench.Database.Release();
        Assert.True(Report(bench).IsSuccess);
        Assert.Equal(CommitmentStates.Committed, (await bench.DeliveryAsync()).Commitment);
    }

    [Fact]
    public async Task A_destination_that_is_not_asked_any_more_owes_nothing()
    {
        await using var bench = await StoredAsync(ask: false);
        var there = bench.At(DeliveryBench.To(_pacs.Port));
        Assert.IsType<WorkVerdict.Done>(await there.RunAsync(there.Commit));
        Assert.Equal(CommitmentStates.NotAsked, (await bench.DeliveryAsync()).Commitment);
    }

    private async Task<DeliveryBench> StoredAsync(bool ask = true, Action<ReportRow>? change = null)
    {
        var bench = await DeliveryBench.StartAsync(DeliveryBench.To(_pacs.Port, commitment: true));
        await bench.QueueAsync(change: change);
        if (ask)
        {
            await bench.SettleAsync();
        }
        else
        {
            Assert.IsType<WorkVerdict.Done>(await bench.RunAsync(bench.Deliver));
        }

        return bench;
    }

    private static ServiceRequest From(string peer) => new(peer, null, SopClasses.StorageCommitmentPushInstance);

    /// <summary>The PACS reports on the last question, or on another.</summary>
    /// <param name="failed">Place of the instance that it does not keep; null keeps all.</param>
    private static DimseResponse Report(DeliveryBench bench, int? failed = null, int? question = null)
    {
        var items = Items(bench).GetAwaiter().GetResult();
        return bench.Events.Report(From(ScriptedPacs.AeTitle), new CommitmentReport(Question(bench, question).GetAwaiter().GetResult(),
            [.. items.Where((_, i) => i != failed)], [.. items.Where((_, i) => i == failed).Select(i => i with { FailureReason = DimseStatus.NoSuchInstance })]));
    }

    private static async Task<string> Question(DeliveryBench bench, int? which = null)
    {
        var questions = await bench.QuestionsAsync();
        return questions[which ?? questions.Count - 1].TransactionUid;
    }

    private static async Task<IReadOnlyList<CommitmentItem>> Items(DeliveryBench bench) =>
        [.. (await bench.Commitment.ReadAsync((await bench.DeliveryAsync()).Id, default)).Instances.Select(i => new CommitmentItem(i.SopClassUid, i.SopInstanceUid))];
}
