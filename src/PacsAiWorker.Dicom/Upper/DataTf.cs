using System.Buffers.Binary;

namespace PacsAiWorker.Dicom.Upper;

/// <summary>P-DATA-TF and its presentation data value items (PS3.8 sections 9.3.5 and annex E).</summary>
internal static class DataTf
{
    /// <summary>4 length + 1 context id + 1 message control header.</summary>
    public const int PdvHeaderBytes = 6;

    /// <summary>One PDU with one PDV: 6 + 6 bytes in front of the fragment.</summary>
    public const int FrontBytes = PduType.HeaderBytes + PdvHeaderBytes;

    /// <summary>Message control header: the fragment is of a command set.</summary>
    public const byte Command = 0x01;

    /// <summary>Message control header: the last fragment.</summary>
    public const byte Last = 0x02;

    /// <summary>Writes PDU and PDV header in front of a fragment of <paramref name="length"/> bytes.</summary>
    public static void WriteFront(Span<byte> front, byte contextId, byte control, int length)
    {
        front[0] = PduType.DataTf;
        front[1] = 0;
        BinaryPrimitives.WriteUInt32BigEndian(front[2..], (uint)(PdvHeaderBytes + length));
        BinaryPrimitives.WriteUInt32BigEndian(front[6..], (uint)(2 + length)); // context id and control header count
        front[10] = contextId;
        front[11] = control;
    }
}
