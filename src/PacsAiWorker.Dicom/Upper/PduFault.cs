namespace PacsAiWorker.Dicom.Upper;

/// <summary>Who aborts, and why, as A-ABORT says it (PS3.8 section 9.3.8).</summary>
internal static class AbortCodes
{
    public const byte ServiceUser = 0;
    public const byte ServiceProvider = 2;

    public const byte NotSpecified = 0;
    public const byte UnrecognizedPdu = 1;
    public const byte UnexpectedPdu = 2;
    public const byte UnrecognizedParameter = 4;
    public const byte UnexpectedParameter = 5;
    public const byte InvalidParameter = 6;
}

/// <summary>What the peer sent breaks PS3.8 or PS3.7: the association ends with A-ABORT of this source and reason.</summary>
internal sealed class PduFault(byte source, byte reason, string message) : Exception(message)
{
    public byte AbortSource { get; } = source;

    public byte AbortReason { get; } = reason;

    /// <summary>A malformed PDU: provider, invalid PDU parameter value.</summary>
    public static PduFault Invalid(string message) => new(AbortCodes.ServiceProvider, AbortCodes.InvalidParameter, message);

    /// <summary>A message that breaks PS3.7: the DIMSE layer is the user of this one.</summary>
    public static PduFault Dimse(string message) => new(AbortCodes.ServiceUser, AbortCodes.NotSpecified, message);
}
