using System.Net;
using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Dicom.Dimse;
using PacsAiWorker.Dicom.Upper;
using PacsAiWorker.Pipeline.Receiving;

namespace PacsAiWorker.Tests.Pipeline.Receiving;

public sealed class CallerPolicyTests
{
    private static readonly IPAddress Cart = IPAddress.Parse("10.0.0.7");

    private static readonly DicomOptions Closed = new() { Bind = "0.0.0.0", Callers = [new() { AeTitle = "US1", Address = "10.0.0.7" }, new() { AeTitle = "ROUTER" }] };

    private static AssociationRequest Request(string calling = "US1", string called = "PACSAI", params PresentationContext[] contexts) =>
        new() { CallingAe = calling, CalledAe = called, Contexts = contexts };

    [Fact]
    public void A_configured_cart_is_accepted() => Assert.IsType<AssociationDecision.Accept>(CallerPolicy.Decide(Request(), Cart, Closed, null));

    /// <summary>Without the roles in the answer, a PACS that is to report storage commitment would silently be refused its SCP role.</summary>
    [Fact]
    public void An_accepted_caller_may_be_SCP_of_storage_commitment_and_of_nothing_else()
    {
        var accept = Assert.IsType<AssociationDecision.Accept>(CallerPolicy.Decide(Request(), Cart, Closed, null));
        var contexts = new[] { SopClasses.StorageCommitmentPush, SopClasses.UltrasoundImage }
            .Select(c => new PresentationContext(1, c, ["1.2.840.10008.1.2"], 0, null).Accept("1.2.840.10008.1.2")).ToList();
        var answer = RoleSelection.Answer([new(SopClasses.StorageCommitmentPush, false, true), new(SopClasses.UltrasoundImage, true, true)], accept.Roles, contexts);
        Assert.Equal([new(SopClasses.StorageCommitmentPush, false, true), new(SopClasses.UltrasoundImage, true, false)], answer);
    }

    [Fact]
    public void An_unknown_caller_is_rejected_for_good_with_the_remedy()
    {
        var reject = Assert.IsType<AssociationDecision.Reject>(CallerPolicy.Decide(Request("US9"), Cart, Closed, null));
        Assert.Equal((1, 1, 3), (reject.Result, reject.Source, reject.Reason));
        Assert.Contains("Dicom:Callers", reject.Rule, StringComparison.Ordinal);
    }

    [Fact]
    public void A_known_title_from_another_address_names_the_address_setting()
    {
        var reject = Assert.IsType<AssociationDecision.Reject>(CallerPolicy.Decide(Request(), IPAddress.Parse("10.0.0.8"), Closed, null));
        Assert.Contains("Address", reject.Rule, StringComparison.Ordinal);
    }

    [Fact]
    public void A_caller_without_address_may_come_from_anywhere() =>
        Assert.IsType<AssociationDecision.Accept>(CallerPolicy.Decide(Request("ROUTER"), IPAddress.Parse("10.9.9.9"), Closed, null));

    [Fact]
    public void A_wrong_called_title_is_rejected_for_good()
    {
        var reject = Assert.IsType<AssociationDecision.Reject>(CallerPolicy.Decide(Request(called: "OTHER"), Cart, Closed, null));
        Assert.Equal((1, 1, 7), (reject.Result, reject.Source, reject.Reason));
    }

    [Fact]
    public void A_full_disk_is_a_transient_reject()
    {
        var reject = Assert.IsType<AssociationDecision.Reject>(CallerPolicy.Decide(Request(), Cart, Closed, "disk"));
        Assert.Equal((2, 3, 2, "disk"), (reject.Result, reject.Source, reject.Reason, reject.Rule));
    }

    [Fact]
    public void On_loopback_everybody_is_accepted_unless_told_otherwise()
    {
        Assert.IsType<AssociationDecision.Accept>(CallerPolicy.Decide(Request("ANY"), IPAddress.Loopback, new DicomOptions(), null));
        Assert.IsType<AssociationDecision.Reject>(CallerPolicy.Decide(Request("ANY"), IPAddress.Loopback, new DicomOptions { AcceptUnknownCallers = false }, null));
    }

    private static readonly DicomOptions Asking = Closed with { Destinations = [new() { Name = "a", AeTitle = "PACS", StorageCommitment = true }, new() { Name = "b", AeTitle = "ARCHIVE" }] };

    private static AssociationRequest Reporter(string calling) => new()
    {
        CallingAe = calling,
        CalledAe = "PACSAI",
        Contexts = [.. new[] { SopClasses.StorageCommitmentPush, SopClasses.UltrasoundImage, SopClasses.Verification }.Select((c, i) => new PresentationContext((byte)((2 * i) + 1), c, ["1.2.840.10008.1.2"], 0, null))],
        Roles = [new(SopClasses.StorageCommitmentPush, false, true)],
    };

    /// <summary>It is no caller of ours: it reports, whatever the disk says, and stores nothing.</summary>
    [Theory]
    [InlineData(null)]
    [InlineData("disk")]
    public void A_destination_that_is_asked_for_commitment_may_report_it_and_nothing_else(string? problem)
    {
        var accept = Assert.IsType<AssociationDecision.Accept>(CallerPolicy.Decide(Reporter("PACS"), Cart, Asking, problem));
        Assert.Equal([true, false, true], accept.Contexts.Select(c => c.IsAccepted));
    }

    [Fact]
    public void Nobody_else_may_report_commitment()
    {
        Assert.IsType<AssociationDecision.Reject>(CallerPolicy.Decide(Reporter("ARCHIVE"), Cart, Asking, null));
        var cart = Assert.IsType<AssociationDecision.Accept>(CallerPolicy.Decide(Reporter("US1"), Cart, Asking, null));
        Assert.Equal([false, true, true], cart.Contexts.Select(c => c.IsAccepted));
        Assert.IsType<AssociationDecision.Reject>(CallerPolicy.Decide(Request("PACS"), Cart, Asking, null));
    }

    [Fact]
    public void A_caller_sends_children_only_when_every_caller_of_its_title_does()
    {
        var options = new DicomOptions
        {
            Callers = [new() { AeTitle = "KIDS", ChildrenOnly = true }, new() { AeTitle = "BOTH", Address = "192.0.2.1", ChildrenOnly = true }, new() { AeTitle = "BOTH", Address = "192.0.2.2" }],
        };
        Assert.Equal([true, false, false], new[] { "KIDS", "BOTH", "ANY" }.Select(CallerPolicy.ChildrenOnly(options).Has));
    }

    [Theory]
    [InlineData(SopClasses.UltrasoundImage, "1.2.840.10008.1.2.1", 0)]
    [InlineData(SopClasses.UltrasoundImage, "1.2.840.10008.1.2.4.50", 0)]
    [InlineData(SopClasses.Verification, "1.2.840.10008.1.2", 0)]
    [InlineData("1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.1.2.1", 3)]
    [InlineData(SopClasses.UltrasoundImage, "1.2.840.10008.1.2.1.99", 0)]
    [InlineData(SopClasses.UltrasoundImage, "1.2.840.10008.1.2.4.111", 4)]
    public void What_can_be_kept_is_accepted_whether_or_not_it_can_be_decoded(string abstractSyntax, string transferSyntax, int result) =>
        Assert.Equal(result, AcceptedContexts.Decide(new PresentationContext(1, abstractSyntax, [transferSyntax], 0, null)).Result);

    [Theory]
    [InlineData(ServiceClasses.Mpps, "1.2.840.10008.1.2", 0, 3)]
    [InlineData(ServiceClasses.Mpps, "1.2.840.10008.1.2.2", 4, 3)]
    [InlineData(SopClasses.StorageCommitmentPush, "1.2.840.10008.1.2.1", 0, 3)]
    public void A_service_is_accepted_only_where_it_is_served(string abstractSyntax, string transferSyntax, int served, int notServed)
    {
        var proposed = new PresentationContext(1, abstractSyntax, [transferSyntax], 0, null);
        Assert.Equal(served, AcceptedContexts.Decide(proposed, mpps: true, commitment: true).Result);
        Assert.Equal(notServed, AcceptedContexts.Decide(proposed).Result);
    }
}
