using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace PacsAiWorker.Dicom.Data;

/// <content>Writing values. No value makes an empty element (type 2). Values are stored unpadded; the writer pads.</content>
public sealed partial class DataSet
{
    /// <summary>Sets text with the dictionary's VR, in UTF-8.</summary>
    /// <exception cref="ArgumentException">The tag's VR holds no text, or a value contains the separator '\'.</exception>
    public DataSet Set(DicomTag tag, params string[] values) => Set(tag, TagDictionary.VrOf(tag), values);

    /// <inheritdoc cref="Set(DicomTag, string[])"/>
    public DataSet Set(DicomTag tag, Vr vr, params string[] values)
    {
        if (values.Length > 0 && !VrFacts.IsText(vr))
        {
            throw new ArgumentException($"{tag} has VR {vr}, which holds no text.", nameof(vr));
        }

        if (!VrFacts.IsSingleText(vr) && values.Any(v => v.Contains('\\', StringComparison.Ordinal)))
        {
            throw new ArgumentException($"A value of {tag} contains '\\', which separates values.", nameof(values));
        }

        Put(DicomElement.OfBytes(tag, vr, Encoding.UTF8.GetBytes(string.Join('\\', values))));
        return this;
    }

    /// <summary>Sets US values.</summary>
    public DataSet SetUShort(DicomTag tag, params ushort[] values)
    {
        byte[] bytes = new byte[values.Length * 2];
        for (int i = 0; i < values.Length; i++)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(i * 2), values[i]);
        }

        Put(DicomElement.OfBytes(tag, Vr.US, bytes));
        return this;
    }

    /// <summary>Sets whole numbers as the dictionary's VR (IS, US, SS, UL or SL).</summary>
    /// <exception cref="OverflowException">A number does not fit the VR.</exception>
    public DataSet SetInt(DicomTag tag, params int[] values)
    {
        Vr vr = TagDictionary.VrOf(tag);
        return vr switch
        {
            Vr.IS => Set(tag, vr, [.. values.Select(v => v.ToString(CultureInfo.InvariantCulture))]),
            Vr.US => SetUShort(tag, [.. values.Select(v => checked((ushort)v))]),
            Vr.SS => Numbers(tag, vr, values, (b, v) => BinaryPrimitives.WriteInt16LittleEndian(b, checked((short)v))),
            Vr.UL => Numbers(tag, vr, values, (b, v) => BinaryPrimitives.WriteUInt32LittleEndian(b, checked((uint)v))),
            Vr.SL => Numbers(tag, vr, values, BinaryPrimitives.WriteInt32LittleEndian),
            _ => throw new ArgumentException($"{tag} has VR {vr}, which holds no whole number.", nameof(tag)),
        };
    }

    /// <summary>Sets numbers as the dictionary's VR (FD, FL or DS).</summary>
    public DataSet SetDouble(DicomTag tag, params double[] values)
    {
        Vr vr = TagDictionary.VrOf(tag);
        return vr switch
        {
            Vr.DS => Set(tag, vr, [.. values.Select(v => DecimalString.Format(v))]),
            Vr.FD => Numbers(tag, vr, values, BinaryPrimitives.WriteDoubleLittleEndian),
            Vr.FL or Vr.OF => Numbers(tag, vr, values, (b, v) => BinaryPrimitives.WriteSingleLittleEndian(b, (float)v)),
            _ => throw new ArgumentException($"{tag} has VR {vr}, which holds no fraction.", nameof(tag)),
        };
    }

    /// <summary>Sets raw bytes, little endian. The memory is kept, not copied.</summary>
    public DataSet SetBytes(DicomTag tag, Vr vr, ReadOnlyMemory<byte> bytes)
    {
        Put(DicomElement.OfBytes(tag, vr, bytes));
        return this;
    }

    /// <summary>Sets a sequence; no item makes an empty sequence. An item belongs to one sequence only.</summary>
    public DataSet SetItems(DicomTag tag, params DataSet[] items)
    {
        Put(DicomElement.OfItems(tag, [.. items]));
        return this;
    }

    /// <summary>
    /// Copies an element of another data set, if it is there, items included. Text is transcoded to UTF-8, so that a source in any
    /// repertoire fits an object that carries ISO_IR 192; everything else stays as it is. Values that were not kept stay out.
    /// </summary>
    public DataSet CopyFrom(DataSet source, DicomTag tag)
    {
        if (source.Find(tag) is { } element && !element.Omitted)
        {
            Put(Transcoded(source, element));
        }

        return this;
    }

    private static DicomElement Transcoded(DataSet source, DicomElement element)
    {
        if (element.Items is not null)
        {
            return DicomElement.OfItems(element.Tag, [.. element.Items.Select(TranscodedItem)]);
        }

        if (!VrFacts.IsCharacterSetDependent(element.Vr))
        {
            return element;
        }

        string text = CharacterSets.Decode(element.Value.Span, source.CharacterSetTerms(), element.Vr).TrimEnd(' ', '\0');
        return DicomElement.OfBytes(element.Tag, element.Vr, Encoding.UTF8.GetBytes(text));
    }

    private static DataSet TranscodedItem(DataSet item)
    {
        var copy = new DataSet();
        foreach (DicomElement element in item)
        {
            if (!element.Omitted && element.Tag != Tags.SpecificCharacterSet)
            {
                copy.Put(Transcoded(item, element));
            }
        }

        return copy;
    }

    private delegate void NumberWriter<T>(Span<byte> destination, T value);

    private DataSet Numbers<T>(DicomTag tag, Vr vr, T[] values, NumberWriter<T> write)
    {
        int width = vr is Vr.OF ? 4 : VrFacts.Width(vr);
        byte[] bytes = new byte[values.Length * width];
        for (int i = 0; i < values.Length; i++)
        {
            write(bytes.AsSpan(i * width, width), values[i]);
        }

        Put(DicomElement.OfBytes(tag, vr, bytes));
        return this;
    }
}
