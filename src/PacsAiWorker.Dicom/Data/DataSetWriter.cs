using System.Buffers.Binary;
using System.IO.Compression;

namespace PacsAiWorker.Dicom.Data;

/// <summary>
/// Encodes a data set in any native transfer syntax (PS3.5 section 7.1, annexes A.1 to A.3 and A.5) and the explicit VR part of an
/// encapsulated one. The same data set gives the same bytes: elements in tag order, sequences and items with defined lengths, no
/// group lengths, even padding. Private and unknown elements go as they came; the VR UN hides the byte order of what it holds.
/// </summary>
public static class DataSetWriter
{
    private const int MaxDepth = 64;

    /// <exception cref="InvalidOperationException">A value was not kept by the reader, or nesting is deeper than 64.</exception>
    public static byte[] Encode(DataSet dataSet, TransferSyntax syntax)
    {
        var output = new Output(syntax.BigEndian);
        WriteSet(output, dataSet, syntax.ExplicitVr, 0);
        return syntax.Deflated ? Deflate(output.Written) : output.Written.ToArray();
    }

    /// <summary>A bare deflate stream, padded to even length with a zero (PS3.5 annex A.5).</summary>
    private static byte[] Deflate(ReadOnlySpan<byte> bytes)
    {
        using var deflated = new MemoryStream();
        using (var deflater = new DeflateStream(deflated, CompressionLevel.Optimal, leaveOpen: true))
        {
            deflater.Write(bytes);
        }

        if ((deflated.Length & 1) == 1)
        {
            deflated.WriteByte(0);
        }

        return deflated.ToArray();
    }

    private static void WriteSet(Output output, DataSet set, bool explicitVr, int depth)
    {
        foreach (DicomElement element in set)
        {
            if (!element.Tag.IsGroupLength)
            {
                WriteElement(output, element, explicitVr, depth);
            }
        }
    }

    private static void WriteElement(Output output, DicomElement element, bool explicitVr, int depth)
    {
        if (element.Omitted)
        {
            throw new InvalidOperationException($"The value of {element.Tag} was not kept and cannot be written.");
        }

        if (element.Items is { } items)
        {
            output.Header(element.Tag, Vr.SQ, explicitVr, 0);
            WriteItems(output, element.Tag, items, explicitVr, depth + 1);
            return;
        }

        ReadOnlySpan<byte> value = element.Value.Span;
        int padding = value.Length & 1;
        output.Header(element.Tag, element.Vr, explicitVr, value.Length + padding);
        output.Value(element.Vr, value);
        if (padding == 1)
        {
            output.Bytes([VrFacts.Padding(element.Vr)]);
        }
    }

    private static void WriteItems(Output output, DicomTag tag, IReadOnlyList<DataSet> items, bool explicitVr, int depth)
    {
        if (depth > MaxDepth)
        {
            throw new InvalidOperationException($"{tag} nests sequences more than {MaxDepth} deep.");
        }

        int sequenceStart = output.Length;
        foreach (DataSet item in items)
        {
            output.Header(Tags.Item, Vr.UN, explicitVr: false, 0);
            int itemStart = output.Length;
            WriteSet(output, item, explicitVr, depth);
            output.PatchLength(itemStart);
        }

        output.PatchLength(sequenceStart);
    }

    /// <summary>Growing bytes with lengths filled in once they are known.</summary>
    private sealed class Output(bool bigEndian)
    {
        private byte[] buffer = new byte[4096];

        public int Length { get; private set; }

        public void Header(DicomTag tag, Vr vr, bool explicitVr, int length)
        {
            Span<byte> to = Room(ElementHeader.MaxSize);
            Short(to, tag.Group);
            Short(to[2..], tag.Element);
            if (!explicitVr)
            {
                Long(to[4..], (uint)length);
                Length += 8;
                return;
            }

            // A value too long for a 16-bit length goes as UN (PS3.5 section 6.2.2, note).
            Vr written = length > ushort.MaxValue && !VrFacts.HasLongLength(vr) ? Vr.UN : vr;
            string name = VrFacts.Name(written);
            to[4] = (byte)name[0];
            to[5] = (byte)name[1];
            if (!VrFacts.HasLongLength(written))
            {
                Short(to[6..], (ushort)length);
                Length += 8;
                return;
            }

            to[6] = 0;
            to[7] = 0;
            Long(to[8..], (uint)length);
            Length += 12;
        }

        public void Bytes(ReadOnlySpan<byte> bytes)
        {
            bytes.CopyTo(Room(bytes.Length));
            Length += bytes.Length;
        }

        /// <summary>Writes into the four bytes before <paramref name="start"/> how much was written since.</summary>
        public void PatchLength(int start) =>
            Long(buffer.AsSpan(start - 4), (uint)(Length - start));

        /// <summary>A value, which is little endian in memory, in the byte order of the output.</summary>
        public void Value(Vr vr, ReadOnlySpan<byte> bytes)
        {
            int start = Length;
            Bytes(bytes);
            if (bigEndian)
            {
                VrFacts.Swap(vr, buffer.AsSpan(start, bytes.Length));
            }
        }

        public ReadOnlySpan<byte> Written => buffer.AsSpan(0, Length);

        private void Short(Span<byte> to, ushort number)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(to, bigEndian ? BinaryPrimitives.ReverseEndianness(number) : number);
        }

        private void Long(Span<byte> to, uint number)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(to, bigEndian ? BinaryPrimitives.ReverseEndianness(number) : number);
        }

        private Span<byte> Room(int count)
        {
            if (buffer.Length - Length < count)
            {
                Array.Resize(ref buffer, Math.Max(buffer.Length * 2, checked(Length + count)));
            }

            return buffer.AsSpan(Length);
        }
    }
}
