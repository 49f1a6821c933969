namespace PacsAiWorker.Dicom.Dimse;

/// <summary>Status codes (PS3.7 annex C; storage PS3.4 annex B.2.3).</summary>
public static class DimseStatus
{
    public const ushort Success = 0x0000;
    public const ushort InvalidAttributeValue = 0x0106;
    public const ushort ProcessingFailure = 0x0110;
    public const ushort DuplicateInstance = 0x0111;
    public const ushort NoSuchInstance = 0x0112;
    public const ushort NoSuchEventType = 0x0113;
    public const ushort InvalidObjectInstance = 0x0117;
    public const ushort NoSuchSopClass = 0x0118;
    public const ushort MissingAttribute = 0x0120;
    public const ushort MissingAttributeValue = 0x0121;
    public const ushort NoSuchActionType = 0x0123;
    public const ushort SopClassNotSupported = 0x0122;
    public const ushort NotAuthorized = 0x0124;
    public const ushort UnrecognizedOperation = 0x0211;
    public const ushort ResourceLimitation = 0x0213;
    public const ushort OutOfResources = 0xA700;
    public const ushort DataSetMismatch = 0xA900;
    public const ushort CoercionOfDataElements = 0xB000;
    public const ushort ElementsDiscarded = 0xB006;
    public const ushort DataSetDoesNotMatchWarning = 0xB007;
    public const ushort CannotUnderstand = 0xC000;
    public const ushort Cancelled = 0xFE00;
    public const ushort Pending = 0xFF00;
    public const ushort PendingWithWarning = 0xFF01;

    /// <summary>B000H, B006H, B007H and the general warnings 0001H, 0107H, 0116H: done, with a remark.</summary>
    public static bool IsWarning(ushort status) => (status & 0xF000) == 0xB000 || status is 0x0001 or 0x0107 or 0x0116;

    /// <summary>FF00H, FF01H: a match, and more may follow (PS3.4 C.4.1.1.4).</summary>
    public static bool IsPending(ushort status) => status is Pending or PendingWithWarning;

    /// <summary>"A700H out of resources".</summary>
    public static string InWords(ushort status) => $"{status:X4}H " + (status switch
    {
        Success => "success",
        ProcessingFailure => "processing failure",
        DuplicateInstance => "duplicate SOP instance",
        InvalidAttributeValue => "invalid attribute value",
        NoSuchInstance => "no such SOP instance",
        NoSuchEventType => "no such event type",
        NoSuchActionType => "no such action type",
        InvalidObjectInstance => "invalid object instance",
        NoSuchSopClass => "no such SOP class",
        MissingAttribute => "missing attribute",
        MissingAttributeValue => "missing attribute value",
        ResourceLimitation => "resource limitation",
        Cancelled => "cancelled",
        Pending or PendingWithWarning => "pending",
        SopClassNotSupported => "SOP class not supported",
        NotAuthorized => "not authorized",
        UnrecognizedOperation => "unrecognized operation",
        CoercionOfDataElements => "coercion of data elements",
        ElementsDiscarded => "elements discarded",
        DataSetDoesNotMatchWarning => "data set does not match SOP class (warning)",
        >= 0xA700 and <= 0xA7FF => "out of resources",
        >= 0xA900 and <= 0xA9FF => "data set does not match SOP class",
        >= 0xC000 and <= 0xCFFF => "cannot understand",
        _ => "status unknown",
    });
}
