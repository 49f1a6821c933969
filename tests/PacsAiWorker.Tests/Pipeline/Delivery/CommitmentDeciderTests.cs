using PacsAiWorker.Dicom.Dimse;
using PacsAiWorker.Pipeline.Delivery;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Stores;

namespace PacsAiWorker.Tests.Pipeline.Delivery;

public sealed class CommitmentDeciderTests
{
    private static readonly DateTime Now = Rows.Time;
    private static readonly TimeSpan Day = TimeSpan.FromHours(24);
    private static readonly SentInstance[] Sent = [new("1.2.1", "2.25.1"), new("1.2.2", "2.25.2")];

    private static DeliveryRow Delivery(string commitment = CommitmentStates.Asked, string state = DeliveryStates.Stored, int restores = 0) =>
        new() { Destination = "pacs", State = state, Commitment = commitment, Restores = restores };

    private static CommitmentRequestRow Request(string state, DateTime? askedAt = null) =>
        new() { TransactionUid = "2.25.9", State = state, CreatedAt = Now, AskedAt = askedAt, Detail = "0112H" };

    private static CommitmentStep Next(DeliveryRow delivery, params CommitmentRequestRow[] requests) => CommitmentDecider.Next(delivery, requests, Day, Now);

    [Fact]
    public void A_question_that_stands_in_a_row_is_put_and_the_last_one_counts() =>
        Assert.IsType<CommitmentStep.Ask>(Next(Delivery(CommitmentStates.Due), Request(CommitmentRequestStates.Expired), Request(CommitmentRequestStates.New)));

    [Fact]
    public void A_report_is_waited_for_until_the_deadline_and_looked_for_every_hour()
    {
        Assert.Equal(TimeSpan.FromHours(1), Assert.IsType<CommitmentStep.Wait>(Next(Delivery(), Request(CommitmentRequestStates.Asked, Now))).Delay);
        Assert.Equal(TimeSpan.FromMinutes(1), Assert.IsType<CommitmentStep.Wait>(Next(Delivery(), Request(CommitmentRequestStates.Asked, Now - Day + TimeSpan.FromMinutes(1)))).Delay);
        Assert.IsType<CommitmentStep.AskAnew>(Next(Delivery(), Request(CommitmentRequestStates.Asked, Now - Day)));
    }

    [Fact]
    public void What_is_not_kept_is_stored_again_three_times_and_then_needs_a_person()
    {
        Assert.All([0, 1, 2], n => Assert.IsType<CommitmentStep.StoreAgain>(Next(Delivery(restores: n), Request(CommitmentRequestStates.Failed))));
        Assert.Contains("0112H", Assert.IsType<CommitmentStep.Stop>(Next(Delivery(restores: 3), Request(CommitmentRequestStates.Failed))).Why, StringComparison.Ordinal);
    }

    [Fact]
    public void After_a_refusal_a_person_s_retry_asks_anew() => Assert.IsType<CommitmentStep.AskAnew>(Next(Delivery(CommitmentStates.Failed), Request(CommitmentRequestStates.Refused)));

    [Theory]
    [InlineData(CommitmentStates.Committed, DeliveryStates.Stored)]
    [InlineData(CommitmentStates.NotAsked, DeliveryStates.Stored)]
    [InlineData(CommitmentStates.GivenUp, DeliveryStates.Stored)]
    [InlineData(CommitmentStates.Failed, DeliveryStates.Pending)]
    [InlineData(CommitmentStates.Asked, DeliveryStates.Retired)]
    public void Nothing_is_asked_of_what_is_promised_given_up_or_not_stored(string commitment, string state) =>
        Assert.IsType<CommitmentStep.Nothing>(Next(Delivery(commitment, state), Request(CommitmentRequestStates.New)));

    [Theory]
    [InlineData(0x0000, CommitmentAnswer.Asked)]
    [InlineData(0x0210, CommitmentAnswer.Asked)]
    [InlineData(0x0131, CommitmentAnswer.Asked)]
    [InlineData(0x0001, CommitmentAnswer.Asked)]
    [InlineData(0xB000, CommitmentAnswer.Asked)]
    [InlineData(0x0213, CommitmentAnswer.Again)]
    [InlineData(0x0110, CommitmentAnswer.Again)]
    [InlineData(0xA700, CommitmentAnswer.Again)]
    [InlineData(0x0124, CommitmentAnswer.Refused)]
    [InlineData(0x0112, CommitmentAnswer.Refused)]
    [InlineData(0x0118, CommitmentAnswer.Refused)]
    [InlineData(0x0122, CommitmentAnswer.Refused)]
    [InlineData(0x0211, CommitmentAnswer.Refused)]
    public void Each_answer_to_the_question_has_one_meaning(int status, CommitmentAnswer answer) => Assert.Equal(answer, CommitmentDecider.OfStatus((ushort)status, 1));

    [Fact]
    public void An_answer_nobody_knows_is_tried_three_times() => Assert.Equal(
        [CommitmentAnswer.Again, CommitmentAnswer.Again, CommitmentAnswer.Refused], new[] { 1, 2, 3 }.Select(n => CommitmentDecider.OfStatus(0x0999, n)));

    [Fact]
    public void Only_a_report_that_names_every_instance_as_kept_is_a_promise()
    {
        Assert.Equal(new CommitmentVerdict(true, "2 of 2 kept"), Judge([("1.2.1", "2.25.1"), ("1.2.2", "2.25.2")], []));
        Assert.Equal(new CommitmentVerdict(false, "1 of 2 kept, 1 not named"), Judge([("1.2.1", "2.25.1")], []));
        Assert.Equal(new CommitmentVerdict(false, "1 of 2 kept, 1 failed with 0112H no such SOP instance"), Judge([("1.2.1", "2.25.1")], [("1.2.2", "2.25.2", 0x0112)]));
        Assert.Equal(new CommitmentVerdict(false, "0 of 2 kept, 2 failed with 0119H class and instance conflict"), Judge([], [("1.2.1", "2.25.1", 0x0119), ("1.2.2", "2.25.2", 0x0119)]));
    }

    [Fact]
    public void An_instance_that_a_report_names_as_kept_and_as_failed_is_failed() =>
        Assert.False(Judge([("1.2.1", "2.25.1"), ("1.2.2", "2.25.2")], [("1.2.2", "2.25.2", 0x0131)]).IsCommitted);

    [Fact]
    public void What_was_not_asked_about_or_has_another_class_is_not_believed()
    {
        Assert.Equal(new CommitmentVerdict(false, "0 of 2 kept, 2 not named, 2 named that do not belong to it"), Judge([("1.2.1", "2.25.7"), ("1.2.2", "2.25.8")], []));
        Assert.False(Judge([("1.2.1", "2.25.1"), ("1.2.1", "2.25.2")], []).IsCommitted);
        Assert.True(Judge([("1.2.1", "2.25.1"), ("1.2.2", "2.25.2")], [("1.2.2", "2.25.7", 0x0112)]).IsCommitted);
    }

    private static CommitmentVerdict Judge((string SopClass, string SopInstance)[] kept, (string SopClass, string SopInstance, ushort Reason)[] failed) => CommitmentDecider.Judge(Sent,
        new CommitmentReport("2.25.9", [.. kept.Select(k => new CommitmentItem(k.SopClass, k.SopInstance))], [.. failed.Select(f => new CommitmentItem(f.SopClass, f.SopInstance, f.Reason))]));
}
