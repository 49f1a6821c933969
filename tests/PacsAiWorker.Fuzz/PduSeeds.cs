using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Dicom.Dimse;
using PacsAiWorker.Dicom.Upper;

namespace PacsAiWorker.Fuzz;

/// <summary>Valid conversations to begin with, each behind the byte that chooses its mode.</summary>
internal static class PduSeeds
{
    private static readonly string Implicit = TransferSyntax.ImplicitVrLittleEndian.Uid;
    private static readonly string Explicit = TransferSyntax.ExplicitVrLittleEndian.Uid;

    public static IEnumerable<byte[]> All()
    {
        byte[] request = Request().Write();
        yield return [0, .. request, .. Release.WriteRq()];
        yield return [0, .. request, .. Message(1, Echo(1)), .. Release.WriteRq()];
        yield return [0, .. request, .. Message(3, Store(2), new byte[600]), .. Message(1, Echo(3)), .. Release.WriteRq()];
        yield return [0, .. request, .. Message(5, Mpps(CommandField.NCreateRq), Step("IN PROGRESS")), .. Message(5, Mpps(CommandField.NSetRq), Step("COMPLETED")), .. Release.WriteRq()];
        yield return [0, .. request, .. Message(7, Event(4), Bytes(Report.ToDataSet())), .. new Abort(0, 0).Write()];
        yield return [1, .. Acceptance(), .. Message(1, Response(1, 0)), .. Message(3, Response(2, 0xFF00), Bytes(new DataSet().Set(Tags.StudyInstanceUID, "1.2"))),
            .. Message(3, Response(2, 0)), .. Message(5, Event(9), Bytes(Report.ToDataSet())), .. Message(5, Response(3, 0)), .. Release.WriteRp()];
        yield return [1, .. new AssociateRj(1, 1, 3).Write()];
        yield return [2, .. request.AsSpan(PduType.HeaderBytes)];
        yield return [3, .. Acceptance().AsSpan(PduType.HeaderBytes)];
        yield return [4, .. Bytes(Store(1))];
        yield return [4, .. Bytes(Event(1))];
    }

    private static readonly CommitmentReport Report = new("1.2.3", [new("1.2", "1.2.4")], [new("1.2", "1.2.5", 0x0112)]);

    private static AssociationRequest Request() => new()
    {
        CalledAe = "WORKER",
        CallingAe = "CART",
        Contexts =
        [
            new(1, SopClasses.Verification, [Implicit]), new(3, SopClasses.UltrasoundImage, [Explicit, Implicit]),
            new(5, ServiceClasses.Mpps, [Implicit]), new(7, SopClasses.StorageCommitmentPush, [Explicit]),
        ],
        MaxPdu = 16_384,
        ImplementationClassUid = "1.2.9",
        ImplementationVersionName = "SEED",
        OperationsWindow = new OperationsWindow(8, 1),
        Roles = [new RoleSelection(SopClasses.StorageCommitmentPush, false, true)],
        ExtendedNegotiations = [new ExtendedNegotiation(SopClasses.UltrasoundImage, new byte[] { 2, 0, 1, 0, 0, 0 })],
        CommonExtendedNegotiations = [new CommonExtendedNegotiation(SopClasses.UltrasoundImage, "1.2.840.10008.4.2", ["1.2.3"])],
        UserIdentity = new UserIdentity(2, true, "user"u8.ToArray(), "word"u8.ToArray()),
    };

    private static byte[] Acceptance() => new AssociateAc(
        [new(1, "", [], 0, Implicit), new(3, "", [], 0, Implicit), new(5, "", [], 0, Explicit)], new UserInformation { MaxPdu = 16_384 }).Write(Request());

    private static CommandSet Echo(ushort id) => new() { AffectedSopClassUid = SopClasses.Verification, Field = CommandField.CEchoRq, MessageId = id };

    private static CommandSet Store(ushort id) => new() { AffectedSopClassUid = SopClasses.UltrasoundImage, Field = CommandField.CStoreRq, MessageId = id, AffectedSopInstanceUid = "1.2.3" };

    private static CommandSet Mpps(ushort field) => field == CommandField.NSetRq
        ? new() { RequestedSopClassUid = ServiceClasses.Mpps, Field = field, MessageId = 5, RequestedSopInstanceUid = "1.2.9" }
        : new() { AffectedSopClassUid = ServiceClasses.Mpps, Field = field, MessageId = 4, AffectedSopInstanceUid = "1.2.9" };

    private static CommandSet Event(ushort id) => new()
    {
        AffectedSopClassUid = SopClasses.StorageCommitmentPush,
        Field = CommandField.NEventReportRq,
        MessageId = id,
        AffectedSopInstanceUid = SopClasses.StorageCommitmentPushInstance,
        EventTypeId = 2,
    };

    private static CommandSet Response(ushort to, ushort status) => new() { Field = 0x8030, RespondedTo = to, Status = status };

    private static byte[] Step(string status) => Bytes(new DataSet().Set(MppsDecider.Status, Vr.CS, status), TransferSyntax.ImplicitVrLittleEndian);

    private static byte[] Bytes(DataSet set, TransferSyntax? syntax = null) => DataSetWriter.Encode(set, syntax ?? TransferSyntax.ExplicitVrLittleEndian);

    private static byte[] Bytes(CommandSet command)
    {
        byte[] bytes = new byte[CommandSet.MaxBytes];
        return bytes[..command.Write(bytes)];
    }

    private static byte[] Message(byte context, CommandSet command, byte[]? data = null)
    {
        command.DataSetType = data is null ? CommandSet.NoDataSet : CommandSet.WithDataSet;
        byte[] first = Pdu(context, DataTf.Command | DataTf.Last, Bytes(command));
        return data is null ? first : [.. first, .. Pdu(context, DataTf.Last, data)];
    }

    private static byte[] Pdu(byte context, byte control, byte[] fragment)
    {
        byte[] pdu = new byte[DataTf.FrontBytes + fragment.Length];
        DataTf.WriteFront(pdu, context, control, fragment.Length);
        fragment.CopyTo(pdu, DataTf.FrontBytes);
        return pdu;
    }
}
