namespace PacsAiWorker.Dicom.Upper;

/// <summary>A-ASSOCIATE-RJ (PS3.8 section 9.3.4).</summary>
internal readonly record struct AssociateRj(byte Result, byte Source, byte Reason)
{
    public const byte Permanent = 1;
    public const byte Transient = 2;

    /// <summary>6 header + 1 reserved + 3.</summary>
    public byte[] Write() => new PduOutput(PduType.AssociateRj).U8(0).U8(Result).U8(Source).U8(Reason).ToArray();

    public static AssociateRj Parse(ReadOnlySpan<byte> body)
    {
        var input = new PduInput(body);
        input.Skip(1);
        return new(input.U8(), input.U8(), input.U8());
    }

    /// <summary>Table 9-21 in words.</summary>
    public string InWords() => (Result == Transient ? "rejected for now: " : "rejected: ") + ((Source, Reason) switch
    {
        (1, 1) => "no reason given",
        (1, 2) => "application context not supported",
        (1, 3) => "calling AE title not recognized",
        (1, 7) => "called AE title not recognized",
        (2, 1) => "no reason given (association layer)",
        (2, 2) => "protocol version not supported",
        (3, 1) => "temporary congestion",
        (3, 2) => "local limit exceeded",
        _ => "reason unknown",
    }) + $" (result {Result}, source {Source}, reason {Reason})";
}
