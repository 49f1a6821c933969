using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Dicom.Dimse;
using PacsAiWorker.Dicom.Upper;
using PacsAiWorker.Tests.Dicom.Upper;
using Xunit;

namespace PacsAiWorker.Tests.Dicom.Dimse;

/// <summary>Performed procedure steps kept in memory.</summary>
internal sealed class MemoryMpps : IMppsService
{
    public Dictionary<string, MppsState> Steps { get; } = [];

    public DimseResponse Create(ServiceRequest request, DataSet attributes) => Keep(request, MppsDecider.Create(Known(request), attributes));

    public DimseResponse Set(ServiceRequest request, DataSet modifications) => Keep(request, MppsDecider.Set(Known(request), modifications));

    private MppsState? Known(ServiceRequest request) => Steps.TryGetValue(request.SopInstanceUid, out MppsState state) ? state : null;

    private DimseResponse Keep(ServiceRequest request, MppsVerdict verdict)
    {
        if (verdict.Response.IsSuccess)
        {
            Steps[request.SopInstanceUid] = verdict.State;
        }

        return verdict.Response;
    }
}

public class MppsTests
{
    private static DataSet Step(string? status) => status is null ? new DataSet() : new DataSet().Set(MppsDecider.Status, Vr.CS, status);

    [Theory]
    [InlineData(null, "IN PROGRESS", 0x0000)]
    [InlineData(null, "COMPLETED", 0x0106)]
    [InlineData(null, "DISCONTINUED", 0x0106)]
    [InlineData(null, "", 0x0121)]
    [InlineData(null, null, 0x0120)]
    [InlineData(MppsState.InProgress, "IN PROGRESS", 0x0111)]
    [InlineData(MppsState.Completed, "IN PROGRESS", 0x0111)]
    public void A_step_is_created_once_and_in_progress(MppsState? known, string? status, int expected) =>
        Assert.Equal(expected, MppsDecider.Create(known, Step(status)).Response.Status);

    [Theory]
    [InlineData(null, "COMPLETED", 0x0112, null, null)]
    [InlineData(MppsState.InProgress, "COMPLETED", 0x0000, null, MppsState.Completed)]
    [InlineData(MppsState.InProgress, "DISCONTINUED", 0x0000, null, MppsState.Discontinued)]
    [InlineData(MppsState.InProgress, "IN PROGRESS", 0x0000, null, MppsState.InProgress)]
    [InlineData(MppsState.InProgress, null, 0x0000, null, MppsState.InProgress)]
    [InlineData(MppsState.InProgress, "DONE", 0x0106, null, null)]
    [InlineData(MppsState.InProgress, "", 0x0121, null, null)]
    [InlineData(MppsState.Completed, "COMPLETED", 0x0110, 0xA710, null)]
    [InlineData(MppsState.Completed, null, 0x0110, 0xA710, null)]
    [InlineData(MppsState.Discontinued, "IN PROGRESS", 0x0110, 0xA710, null)]
    public void A_step_changes_until_its_final_state(MppsState? known, string? status, int expected, int? errorId, MppsState? next)
    {
        MppsVerdict verdict = MppsDecider.Set(known, Step(status));
        Assert.Equal((expected, errorId), ((int)verdict.Response.Status, (int?)verdict.Response.ErrorId));
        if (next is not null)
        {
            Assert.Equal(next, verdict.State);
        }
    }

    [Theory]
    [InlineData("1.2.840.10008.1.2")]
    [InlineData("1.2.840.10008.1.2.1")]
    public void A_step_lives_over_the_wire(string syntax)
    {
        using var test = new TestListener();
        var mpps = new MemoryMpps();
        test.Application.Mpps = mpps;
        test.Application.OnDecide = r => new AssociationDecision.Accept([.. r.Contexts.Select(c => c.Accept(syntax))]);
        using DicomClient client = test.Connect(new ProposedContext(ServiceClasses.Mpps, syntax));
        Assert.Equal(0x0112, client.SetInstance(ServiceClasses.Mpps, "1.2.3", Step("COMPLETED")).Status);
        Assert.Equal(0x0000, client.CreateInstance(ServiceClasses.Mpps, "1.2.3", Step("IN PROGRESS")).Status);
        Assert.Equal(0x0111, client.CreateInstance(ServiceClasses.Mpps, "1.2.3", Step("IN PROGRESS")).Status);
        Assert.Equal(0x0000, client.SetInstance(ServiceClasses.Mpps, "1.2.3", Step("COMPLETED")).Status);
        DimseResponse late = client.SetInstance(ServiceClasses.Mpps, "1.2.3", Step("COMPLETED"));
        Assert.Equal((0x0110, 0xA710), ((int)late.Status, (int)late.ErrorId!));
        Assert.Equal(MppsState.Completed, Assert.Single(mpps.Steps).Value);
        client.Release();
    }

    [Fact]
    public void A_step_without_UID_gets_one()
    {
        using var test = new TestListener();
        var mpps = new MemoryMpps();
        test.Application.Mpps = mpps;
        test.Application.OnDecide = r => new AssociationDecision.Accept([.. r.Contexts.Select(c => c.Accept(c.TransferSyntaxes[0]))]);
        using RawPeer peer = test.Raw().Associate(new ProposedContext(ServiceClasses.Mpps, TransferSyntax.ImplicitVrLittleEndian.Uid));
        peer.Message(1, new CommandSet { AffectedSopClassUid = ServiceClasses.Mpps, Field = CommandField.NCreateRq, MessageId = 1 }, Step("IN PROGRESS"));
        CommandSet response = peer.ReceiveResponse();
        Assert.Equal((ushort?)0, response.Status);
        Assert.Equal(response.AffectedSopInstanceUid, Assert.Single(mpps.Steps).Key);
    }

    [Fact]
    public void Without_a_service_a_step_is_an_unrecognized_operation()
    {
        using var test = new TestListener();
        test.Application.OnDecide = r => new AssociationDecision.Accept([.. r.Contexts.Select(c => c.Accept(c.TransferSyntaxes[0]))]);
        using DicomClient client = test.Connect(new ProposedContext(ServiceClasses.Mpps, TransferSyntax.ExplicitVrLittleEndian.Uid));
        Assert.Equal(DimseStatus.UnrecognizedOperation, client.CreateInstance(ServiceClasses.Mpps, "1.2.3", Step("IN PROGRESS")).Status);
    }

    [Fact]
    public void A_context_whose_transfer_syntax_nobody_knows_gives_0110_and_no_fault()
    {
        using var test = new TestListener();
        test.Application.Mpps = new MemoryMpps();
        test.Application.OnDecide = r => new AssociationDecision.Accept([.. r.Contexts.Select(c => c.Accept(c.TransferSyntaxes[0]))]);
        using RawPeer peer = test.Raw().Associate(new ProposedContext(ServiceClasses.Mpps, "1.2.3.4"));
        peer.Message(1, new CommandSet { AffectedSopClassUid = ServiceClasses.Mpps, Field = CommandField.NCreateRq, MessageId = 1, AffectedSopInstanceUid = "1.2" }, Step("IN PROGRESS"));
        Assert.Equal(DimseStatus.ProcessingFailure, peer.ReceiveResponse().Status);
        Assert.Empty(test.Application.Failures);
    }

    [Fact]
    public void Attributes_beyond_the_limit_are_refused_and_the_association_goes_on()
    {
        using var test = new TestListener(o => o with { MaxAttributeBytes = 1000 });
        test.Application.Mpps = new MemoryMpps();
        test.Application.OnDecide = r => new AssociationDecision.Accept([.. r.Contexts.Select(c => c.Accept(c.TransferSyntaxes[0]))]);
        using DicomClient client = test.Connect(new ProposedContext(ServiceClasses.Mpps, TransferSyntax.ExplicitVrLittleEndian.Uid));
        DataSet large = Step("IN PROGRESS").Set(Tags.PerformedProcedureStepDescription, Vr.UT, new string('x', 2000));
        Assert.Equal(DimseStatus.ResourceLimitation, client.CreateInstance(ServiceClasses.Mpps, "1.2.3", large).Status);
        Assert.Equal(0, client.CreateInstance(ServiceClasses.Mpps, "1.2.3", Step("IN PROGRESS")).Status);
    }

    [Fact]
    public void A_service_that_throws_gives_0110_and_the_association_goes_on()
    {
        using var test = new TestListener();
        test.Application.Mpps = new BrokenMpps();
        test.Application.OnDecide = r => new AssociationDecision.Accept([.. r.Contexts.Select(c => c.Accept(c.TransferSyntaxes[0]))]);
        using DicomClient client = test.Connect(new ProposedContext(ServiceClasses.Mpps, TransferSyntax.ExplicitVrLittleEndian.Uid));
        Assert.Equal(DimseStatus.ProcessingFailure, client.CreateInstance(ServiceClasses.Mpps, "1.2.3", Step("IN PROGRESS")).Status);
        Assert.IsType<InvalidOperationException>(Assert.Single(test.Application.Failures));
        Assert.True(client.IsOpen);
    }

    private sealed class BrokenMpps : IMppsService
    {
        public DimseResponse Create(ServiceRequest request, DataSet attributes) => throw new InvalidOperationException("broken");

        public DimseResponse Set(ServiceRequest request, DataSet modifications) => throw new InvalidOperationException("broken");
    }
}
