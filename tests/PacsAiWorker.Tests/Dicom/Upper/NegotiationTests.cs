using System.Text;
using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Dicom.Dimse;
using PacsAiWorker.Dicom.Upper;
using Xunit;

namespace PacsAiWorker.Tests.Dicom.Upper;

public class NegotiationTests
{
    private const string Push = SopClasses.StorageCommitmentPush;
    private static readonly string Implicit = TransferSyntax.ImplicitVrLittleEndian.Uid;

    private static AssociationRequest Request() => new()
    {
        CalledAe = "WORKER",
        CallingAe = "CART",
        Contexts = [new(1, SopClasses.Verification, [Implicit]), new(3, Push, [Implicit])],
    };

    /// <summary>What the listener answers to a request.</summary>
    private static UserInformation Answer(Func<AssociationRequest, AssociationDecision.Accept>? decide, AssociationRequest request, int window = 8)
    {
        using var test = new TestListener(o => o with { MaxOutstandingRequests = window });
        test.Application.OnDecide = r => decide?.Invoke(r) ?? Accept(r);
        using RawPeer peer = test.Raw().Send(request.Write());
        return AssociateAc.Parse(peer.Receive().AsSpan(PduType.HeaderBytes)).User;
    }

    private static AssociationDecision.Accept Accept(AssociationRequest request) =>
        new([.. request.Contexts.Select(c => c.Accept(c.TransferSyntaxes[0]))]);

    private static AssociationRequest With(OperationsWindow? window = null, RoleSelection? role = null, UserIdentity? identity = null) => new()
    {
        CalledAe = "WORKER",
        CallingAe = "CART",
        Contexts = Request().Contexts,
        OperationsWindow = window,
        Roles = role is null ? [] : [role],
        UserIdentity = identity,
        ExtendedNegotiations = [new ExtendedNegotiation(SopClasses.Verification, new byte[] { 1 }), new ExtendedNegotiation(Push, new byte[] { 2 })],
        CommonExtendedNegotiations = [new CommonExtendedNegotiation(Push, "1.2.840.10008.4.2", ["1.2.3", "1.2.33"])],
    };

    [Theory]
    [InlineData(true, true, true, true, true, true)]
    [InlineData(true, true, false, true, false, true)]
    [InlineData(false, true, true, true, false, true)]
    [InlineData(true, false, true, true, true, false)] // a role that was not proposed is never granted
    [InlineData(true, true, true, false, true, false)]
    [InlineData(false, true, true, false, false, false)]
    public void A_role_is_granted_if_it_was_proposed_and_is_allowed(bool scu, bool scp, bool mayScu, bool mayScp, bool grantedScu, bool grantedScp)
    {
        RoleSelection answer = Assert.Single(RoleSelection.Answer([new(Push, scu, scp)], [new(Push, mayScu, mayScp)], [new(3, Push, [], 0, Implicit)]));
        Assert.Equal(new RoleSelection(Push, grantedScu, grantedScp), answer);
    }

    [Fact]
    public void Roles_are_answered_for_proposals_of_accepted_classes_only()
    {
        PresentationContext[] contexts = [new(1, "1.1", [], 0, Implicit), new(3, "1.2", [], 3)];
        RoleSelection[] proposed = [new("1.1", true, true), new("1.2", true, true), new("1.3", true, true), new("1.1", false, true)];
        Assert.Equal([new RoleSelection("1.1", true, false)], RoleSelection.Answer(proposed, [], contexts));
    }

    [Theory]
    [InlineData(0, 0, 8, 8)]
    [InlineData(4, 4, 8, 4)]
    [InlineData(20, 1, 8, 8)]
    [InlineData(20, 20, 1, 1)]
    public void The_window_is_never_wider_than_proposed_or_than_ours(int invoked, int performed, int most, int answered) =>
        Assert.Equal(new OperationsWindow(answered, 1), OperationsWindow.Answer(new(invoked, performed), most));

    [Fact]
    public void What_was_not_proposed_is_not_answered()
    {
        UserInformation answer = Answer(null, Request());
        Assert.Null(answer.OperationsWindow);
        Assert.Empty(answer.Roles);
        Assert.Empty(answer.ExtendedNegotiations);
        Assert.Null(answer.UserIdentityAnswer);
    }

    [Fact]
    public void Window_and_roles_go_over_the_wire()
    {
        UserInformation answer = Answer(
            r => Accept(r) with { Roles = [new RoleSelection(Push, false, true)] }, With(new OperationsWindow(0, 0), new RoleSelection(Push, true, true)), window: 5);
        Assert.Equal(new OperationsWindow(5, 1), answer.OperationsWindow);
        Assert.Equal([new RoleSelection(Push, false, true)], answer.Roles);
    }

    [Fact]
    public void Extended_negotiation_is_answered_where_the_application_answers_and_common_never()
    {
        AssociationRequest? seen = null;
        UserInformation answer = Answer(
            r =>
            {
                seen = r;
                return Accept(r) with { ExtendedNegotiations = [new(Push, new byte[] { 7 }), new("1.2.3", new byte[] { 8 })] };
            },
            With());
        ExtendedNegotiation extended = Assert.Single(answer.ExtendedNegotiations);
        Assert.Equal((Push, 7), (extended.SopClassUid, extended.Information.Span[0]));
        Assert.Empty(answer.CommonExtendedNegotiations);
        Assert.Equal(["1.2.3", "1.2.33"], Assert.Single(seen!.CommonExtendedNegotiations).RelatedGeneralSopClasses);
    }

    [Theory]
    [InlineData(true, true, true)]
    [InlineData(true, false, false)] // identity not supported: silence, and the association is accepted
    [InlineData(false, true, false)]
    public void A_checked_identity_is_confirmed_if_that_was_asked_for(bool asked, bool isChecked, bool confirmed)
    {
        var identity = new UserIdentity(2, asked, "someone"u8.ToArray(), "secret"u8.ToArray());
        UserInformation answer = Answer(r => Accept(r) with { UserIdentityAnswer = isChecked ? [] : null }, With(identity: identity));
        Assert.Equal(confirmed, answer.UserIdentityAnswer is not null);
        Assert.Equal("user identity of type 2", identity.ToString());
    }

    [Fact]
    public void Everything_negotiable_is_read_as_it_was_written()
    {
        AssociationRequest request = With(new OperationsWindow(3, 2), new RoleSelection(Push, false, true), new UserIdentity(1, true, "näme"u8.ToArray(), default));
        byte[] pdu = request.Write();
        AssociationRequest read = AssociationRequest.Parse(pdu.AsSpan(PduType.HeaderBytes));
        Assert.Equal(pdu, read.Write());
        Assert.Equal("näme", Encoding.UTF8.GetString(read.UserIdentity!.Primary.Span));
        Assert.Equal((1, true), (read.UserIdentity.Type, read.UserIdentity.PositiveResponseRequested));
    }

    [Fact]
    public void Requests_of_a_wide_window_are_answered_in_their_order()
    {
        using var test = new TestListener();
        using RawPeer peer = test.Raw().Associate(new ProposedContext(SopClasses.Verification, Implicit), new ProposedContext(SopClasses.UltrasoundImage, Implicit));
        for (ushort id = 1; id <= 8; id++)
        {
            if (id % 2 == 0)
            {
                peer.Command(1, new CommandSet { AffectedSopClassUid = SopClasses.Verification, Field = CommandField.CEchoRq, MessageId = id });
                continue;
            }

            peer.Command(3, new CommandSet
            {
                AffectedSopClassUid = SopClasses.UltrasoundImage,
                Field = CommandField.CStoreRq,
                MessageId = id,
                AffectedSopInstanceUid = $"1.2.{id}",
                DataSetType = CommandSet.WithDataSet,
            }).Data(3, DataTf.Last, new byte[1000]);
        }

        Assert.Equal(Enumerable.Range(1, 8), Enumerable.Range(0, 8).Select(_ => (int)peer.ReceiveResponse().RespondedTo!));
        Assert.Equal(4, test.Application.Stored.Count);
    }

    [Fact]
    public void A_requestor_that_gave_up_the_SCU_role_may_not_store()
    {
        using var test = new TestListener();
        test.Application.OnDecide = r => Accept(r) with { Roles = [new RoleSelection(SopClasses.UltrasoundImage, false, true)] };
        using DicomClient client = test.Connect(
            new ClientOptions { Roles = [new RoleSelection(SopClasses.UltrasoundImage, false, true)] }, new ProposedContext(SopClasses.UltrasoundImage, Implicit));
        Assert.Equal([new RoleSelection(SopClasses.UltrasoundImage, false, true)], client.Roles);
        Assert.Equal(DimseStatus.NotAuthorized, client.Store(SopClasses.UltrasoundImage, "1.2.3", Implicit, [1, 2]).Status);
    }
}
