namespace PacsAiWorker.Dicom.Data;

/// <summary>The bytes break a rule of the standard. The message names the rule; the offset is where reading stopped.</summary>
public sealed class DicomFormatException(string message, long byteOffset) : Exception(message)
{
    /// <summary>Offset of the offending byte in the stream that was read.</summary>
    public long ByteOffset { get; } = byteOffset;
}
