namespace PacsAiWorker.Dicom.Upper;

/// <summary>A-RELEASE-RQ and -RP (PS3.8 sections 9.3.6 and 9.3.7): four reserved bytes.</summary>
internal static class Release
{
    public static byte[] WriteRq() => new PduOutput(PduType.ReleaseRq).U32(0).ToArray();

    public static byte[] WriteRp() => new PduOutput(PduType.ReleaseRp).U32(0).ToArray();
}

/// <summary>A-ABORT (PS3.8 section 9.3.8).</summary>
internal readonly record struct Abort(byte Source, byte Reason)
{
    /// <summary>6 header + 2 reserved + 2.</summary>
    public byte[] Write() => new PduOutput(PduType.Abort).U16(0).U8(Source).U8(Reason).ToArray();

    public static Abort Parse(ReadOnlySpan<byte> body)
    {
        var input = new PduInput(body);
        input.Skip(2);
        return new(input.U8(), input.U8());
    }

    /// <summary>Table 9-26 in words.</summary>
    public string InWords() => Source == AbortCodes.ServiceUser ? "aborted by the application" : Reason switch
    {
        AbortCodes.UnrecognizedPdu => "aborted: unrecognized PDU",
        AbortCodes.UnexpectedPdu => "aborted: unexpected PDU",
        AbortCodes.UnrecognizedParameter => "aborted: unrecognized PDU parameter",
        AbortCodes.UnexpectedParameter => "aborted: unexpected PDU parameter",
        AbortCodes.InvalidParameter => "aborted: invalid PDU parameter value",
        _ => "aborted: no reason given",
    };
}
