using System.Buffers.Binary;
using System.Text;

namespace PacsAiWorker.Dicom.Dimse;

/// <summary>
/// A command set (PS3.7 section 6.3.1, elements in annex E): group 0000, always implicit VR little endian. Elements this product
/// has no use for are passed over when reading.
/// </summary>
internal sealed class CommandSet
{
    /// <summary>Command Data Set Type "no data set"; any other value means that one follows.</summary>
    public const ushort NoDataSet = 0x0101;

    public const ushort WithDataSet = 0x0000;

    public string? AffectedSopClassUid { get; set; }

    public string? RequestedSopClassUid { get; set; }

    public ushort Field { get; set; }

    public ushort? MessageId { get; set; }

    public ushort? RespondedTo { get; set; }

    public ushort? Priority { get; set; }

    public ushort DataSetType { get; set; } = NoDataSet;

    public ushort? Status { get; set; }

    public string? ErrorComment { get; set; }

    public ushort? ErrorId { get; set; }

    public string? AffectedSopInstanceUid { get; set; }

    public string? RequestedSopInstanceUid { get; set; }

    public ushort? EventTypeId { get; set; }

    public ushort? ActionTypeId { get; set; }

    public bool HasDataSet => DataSetType != NoDataSet;

    /// <exception cref="Upper.PduFault">The bytes are no command set.</exception>
    public static CommandSet Parse(ReadOnlySpan<byte> bytes)
    {
        var command = new CommandSet();
        bool field = false;
        bool dataSetType = false;
        while (!bytes.IsEmpty)
        {
            if (bytes.Length < 8 || BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]) > bytes.Length - 8)
            {
                throw Upper.PduFault.Dimse("the command set ends inside an element (PS3.7 6.3.1)");
            }

            if (BinaryPrimitives.ReadUInt16LittleEndian(bytes) != 0)
            {
                throw Upper.PduFault.Dimse("the command set holds an element that is not of group 0000 (PS3.7 6.3.1)");
            }

            ushort element = BinaryPrimitives.ReadUInt16LittleEndian(bytes[2..]);
            int length = (int)BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]);
            command.Take(element, bytes.Slice(8, length));
            field |= element == 0x0100;
            dataSetType |= element == 0x0800;
            bytes = bytes[(8 + length)..];
        }

        return field && dataSetType ? command : throw Upper.PduFault.Dimse("the command set lacks (0000,0100) or (0000,0800) (PS3.7 E.1)");
    }

    /// <summary>Encodes in tag order with its group length; returns the bytes written.</summary>
    public int Write(Span<byte> output)
    {
        int at = 12; // (0000,0000), filled in below
        at += Text(output[at..], 0x0002, AffectedSopClassUid, 0);
        at += Text(output[at..], 0x0003, RequestedSopClassUid, 0);
        at += Number(output[at..], 0x0100, Field);
        at += Number(output[at..], 0x0110, MessageId);
        at += Number(output[at..], 0x0120, RespondedTo);
        at += Number(output[at..], 0x0700, Priority);
        at += Number(output[at..], 0x0800, DataSetType);
        at += Number(output[at..], 0x0900, Status);
        at += Text(output[at..], 0x0902, Comment(ErrorComment), (byte)' ');
        at += Number(output[at..], 0x0903, ErrorId);
        at += Text(output[at..], 0x1000, AffectedSopInstanceUid, 0);
        at += Text(output[at..], 0x1001, RequestedSopInstanceUid, 0);
        at += Number(output[at..], 0x1002, EventTypeId);
        at += Number(output[at..], 0x1008, ActionTypeId);
        Head(output, 0x0000, 4);
        BinaryPrimitives.WriteUInt32LittleEndian(output[8..], (uint)(at - 12));
        return at;
    }

    /// <summary>More than any command set of ours takes: four UIDs of 64, a comment of 64, headers.</summary>
    public const int MaxBytes = 1024;

    private void Take(ushort element, ReadOnlySpan<byte> value)
    {
        switch (element)
        {
            case 0x0002: AffectedSopClassUid = Text(value); break;
            case 0x0003: RequestedSopClassUid = Text(value); break;
            case 0x0100: Field = Number(value); break;
            case 0x0110: MessageId = Number(value); break;
            case 0x0120: RespondedTo = Number(value); break;
            case 0x0700: Priority = Number(value); break;
            case 0x0800: DataSetType = Number(value); break;
            case 0x0900: Status = Number(value); break;
            case 0x0902: ErrorComment = Text(value); break;
            case 0x0903: ErrorId = Number(value); break;
            case 0x1000: AffectedSopInstanceUid = Text(value); break;
            case 0x1001: RequestedSopInstanceUid = Text(value); break;
            case 0x1002: EventTypeId = Number(value); break;
            case 0x1008: ActionTypeId = Number(value); break;
        }
    }

    private static string Text(ReadOnlySpan<byte> value) => Encoding.Latin1.GetString(value).Trim(' ', '\0');

    private static ushort Number(ReadOnlySpan<byte> value) => value.Length == 2
        ? BinaryPrimitives.ReadUInt16LittleEndian(value)
        : throw Upper.PduFault.Dimse("a number of the command set is not two bytes long (PS3.7 E.1)");

    /// <summary>LO: 64 characters of the default repertoire, without control characters.</summary>
    private static string? Comment(string? text) => string.IsNullOrEmpty(text)
        ? null
        : string.Create(Math.Min(64, text.Length), text, (to, from) =>
        {
            for (int i = 0; i < to.Length; i++)
            {
                to[i] = from[i] is >= ' ' and <= '~' and not '\\' ? from[i] : '?';
            }
        });

    private static void Head(Span<byte> output, ushort element, int length)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(output, 0);
        BinaryPrimitives.WriteUInt16LittleEndian(output[2..], element);
        BinaryPrimitives.WriteUInt32LittleEndian(output[4..], (uint)length);
    }

    private static int Number(Span<byte> output, ushort element, ushort? value)
    {
        if (value is null)
        {
            return 0;
        }

        Head(output, element, 2);
        BinaryPrimitives.WriteUInt16LittleEndian(output[8..], value.Value);
        return 10;
    }

    private static int Text(Span<byte> output, ushort element, string? value, byte padding)
    {
        if (value is null)
        {
            return 0;
        }

        int length = Encoding.Latin1.GetBytes(value, output[8..]);
        if ((length & 1) == 1)
        {
            output[8 + length++] = padding;
        }

        Head(output, element, length);
        return 8 + length;
    }
}
