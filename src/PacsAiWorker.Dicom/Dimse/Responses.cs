using PacsAiWorker.Dicom.Data;

namespace PacsAiWorker.Dicom.Dimse;

/// <summary>The response command to a request (PS3.7 sections 9.3 and 10.3).</summary>
internal static class Responses
{
    public static CommandSet To(CommandSet request, DimseResponse response) => new()
    {
        AffectedSopClassUid = Cut(request.AffectedSopClassUid ?? request.RequestedSopClassUid),
        Field = (ushort)(request.Field | CommandField.Response),
        RespondedTo = request.MessageId ?? 0,
        Status = response.Status,
        ErrorComment = response.ErrorComment,
        ErrorId = response.ErrorId,
        AffectedSopInstanceUid = Cut(request.AffectedSopInstanceUid ?? request.RequestedSopInstanceUid),
        EventTypeId = request.EventTypeId,
        ActionTypeId = request.ActionTypeId,
    };

    /// <summary>What comes back in UIDs is the peer's own text: cut to what a UID may be.</summary>
    private static string? Cut(string? uid) => uid?.Length > DicomUid.MaxLength ? uid[..DicomUid.MaxLength] : uid;
}
