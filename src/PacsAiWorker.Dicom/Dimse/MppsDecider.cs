using PacsAiWorker.Dicom.Data;

namespace PacsAiWorker.Dicom.Dimse;

/// <summary>Performed Procedure Step Status (0040,0252), PS3.4 F.7.2.</summary>
public enum MppsState
{
    InProgress,
    Completed,
    Discontinued,
}

/// <summary>What to answer, and the state to keep when the answer is success.</summary>
public readonly record struct MppsVerdict(DimseResponse Response, MppsState State);

/// <summary>Pure: Modality Performed Procedure Step as SCP (PS3.4 sections F.7.2.1.3 and F.7.2.2.3).</summary>
public static class MppsDecider
{
    /// <summary>Error ID of an N-SET after the final state (PS3.4 table F.7.2-2).</summary>
    public const ushort MayNoLongerBeUpdated = 0xA710;

    public static readonly DicomTag Status = new(0x0040, 0x0252);

    /// <param name="known">State of the instance, null if there is none of this UID.</param>
    /// <param name="attributes">Of the N-CREATE.</param>
    public static MppsVerdict Create(MppsState? known, DataSet attributes)
    {
        if (known is not null)
        {
            return Refuse(DimseStatus.DuplicateInstance, "this instance exists");
        }

        if (!attributes.Contains(Status))
        {
            return Refuse(DimseStatus.MissingAttribute, "Performed Procedure Step Status (0040,0252)");
        }

        return Text(attributes) switch
        {
            null or "" => Refuse(DimseStatus.MissingAttributeValue, "Performed Procedure Step Status (0040,0252)"),
            "IN PROGRESS" => new(DimseResponse.Success, MppsState.InProgress),
            _ => Refuse(DimseStatus.InvalidAttributeValue, "an N-CREATE begins IN PROGRESS (PS3.4 F.7.2.1)"),
        };
    }

    /// <param name="known">State of the instance, null if there is none of this UID.</param>
    /// <param name="modifications">Of the N-SET; without a status the state stays.</param>
    public static MppsVerdict Set(MppsState? known, DataSet modifications) => known switch
    {
        null => Refuse(DimseStatus.NoSuchInstance, "no such performed procedure step"),
        not MppsState.InProgress => new(
            new DimseResponse(DimseStatus.ProcessingFailure, "performed procedure step may no longer be updated") { ErrorId = MayNoLongerBeUpdated }, known.Value),
        _ => modifications.Contains(Status) ? To(Text(modifications)) : new(DimseResponse.Success, MppsState.InProgress),
    };

    private static MppsVerdict To(string? status) => status switch
    {
        "IN PROGRESS" => new(DimseResponse.Success, MppsState.InProgress),
        "COMPLETED" => new(DimseResponse.Success, MppsState.Completed),
        "DISCONTINUED" => new(DimseResponse.Success, MppsState.Discontinued),
        null or "" => Refuse(DimseStatus.MissingAttributeValue, "Performed Procedure Step Status (0040,0252)"),
        _ => Refuse(DimseStatus.InvalidAttributeValue, "Performed Procedure Step Status (0040,0252)"),
    };

    /// <summary>The bytes themselves: in implicit VR the element may have no VR that we know.</summary>
    private static string? Text(DataSet set) =>
        set.GetBytes(Status) is { } bytes ? System.Text.Encoding.Latin1.GetString(bytes.Span).Trim(' ', '\0') : null;

    private static MppsVerdict Refuse(ushort status, string comment) => new(new DimseResponse(status, comment), MppsState.InProgress);
}
