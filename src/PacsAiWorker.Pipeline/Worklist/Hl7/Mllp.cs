namespace PacsAiWorker.Pipeline.Worklist.Hl7;

/// <summary>The frame around a message on the wire (minimal lower layer protocol): 0x0B, message, 0x1C 0x0D.</summary>
public static class Mllp
{
    public const byte Start = 0x0B;
    public const byte End = 0x1C;
    public const byte CarriageReturn = 0x0D;

    public static byte[] Wrap(ReadOnlySpan<byte> message) => [Start, .. message, End, CarriageReturn];
}
