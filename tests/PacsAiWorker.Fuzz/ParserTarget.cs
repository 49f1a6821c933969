using System.Text.RegularExpressions;
using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Dicom.Files;
using PacsAiWorker.Testing.Quirks;

namespace PacsAiWorker.Fuzz;

/// <summary>
/// DICOM files, through the reader and the walker. The only refusal is <see cref="DicomFormatException"/>. What is read without a
/// flag must be walked to the same values, and must write bytes that read and write the same again.
/// </summary>
public sealed partial class ParserTarget : IFuzzTarget
{
    private static readonly string[] TooBigForSeeds = ["P10", "H07", "H07b"];

    public string Name => "parser";

    public IEnumerable<byte[]> Seeds() =>
    [
        .. ParserQuirks.All.Where(q => !TooBigForSeeds.Contains(q.Id)).Select(q => q.Make()),
        .. new[] { TransferSyntax.ImplicitVrLittleEndian, TransferSyntax.ExplicitVrBigEndian }.Select(s => PlainImage.File(s)),
        PlainImage.FileOf(PlainImage.Instead(
            Tags.SpecificCharacterSet, Elements.Short(0x00080005, "CS", "\\ISO 2022 IR 87\\ISO 2022 IR 149"),
            Elements.Short(0x00081030, "LO", "\u001b$B;3ED\u001b(B\\\u001b$)C\u00fb\u00f3"))),
    ];

    public string Run(byte[] input)
    {
        Part10Header header;
        try
        {
            using var stream = new MemoryStream(input, writable: false);
            header = Part10Header.Read(stream, "input");
        }
        catch (DicomFormatException e)
        {
            var walked = Walk(TransferSyntax.ExplicitVrLittleEndian, input.AsSpan(Math.Min(input.Length, 132)));
            return $"refused: {Plain(e.Message)}; {Plain(walked.Reason)}";
        }

        var walker = Walk(header.Syntax, input.AsSpan((int)header.DataSetOffset));
        bool whole = Values(header.Result.DataSet);
        if (header.Flags.Count == 0)
        {
            Compare(header.Result.DataSet, walker);
        }

        if (whole)
        {
            WriteTwice(header.Result.DataSet);
        }

        return $"{header.Syntax.Name} {header.Result.PixelData?.Vr} {whole} {header.Result.Quarantined} {Plain(string.Join("; ", header.Flags.Distinct()))} {Plain(walker.Reason)}";
    }

    private static ElementWalker Walk(TransferSyntax syntax, ReadOnlySpan<byte> bytes)
    {
        var walker = new ElementWalker(syntax);
        for (int step = 61; !bytes.IsEmpty; bytes = bytes[Math.Min(step, bytes.Length)..])
        {
            walker.Feed(bytes[..Math.Min(step, bytes.Length)]);
        }

        return walker;
    }

    /// <summary>Asks for every value in every way; false if some were not kept.</summary>
    private static bool Values(DataSet set)
    {
        bool whole = true;
        foreach (DicomElement element in set)
        {
            _ = set.GetStrings(element.Tag);
            _ = set.GetPersonName(element.Tag);
            _ = set.GetInt(element.Tag);
            _ = set.GetDouble(element.Tag, 1);
            _ = set.GetBytes(element.Tag);
            whole &= !element.Omitted;
            foreach (DataSet item in element.Items ?? [])
            {
                whole &= Values(item);
            }
        }

        return whole;
    }

    private static void Compare(DataSet read, ElementWalker walker)
    {
        if (!walker.Understood)
        {
            throw new InvalidOperationException("The walker does not understand what the reader reads without a flag: " + walker.Reason);
        }

        DataSet walked = walker.ToDataSet();
        foreach (DicomElement element in walked)
        {
            if (read.GetBytes(element.Tag) is not { } value || !value.Span.SequenceEqual(element.Value.Span))
            {
                throw new InvalidOperationException($"The walker has another value of {element.Tag} than the reader.");
            }
        }
    }

    private static void WriteTwice(DataSet set)
    {
        byte[] once = DataSetWriter.Encode(set, TransferSyntax.ExplicitVrLittleEndian);

        // Damage can leave a set that, in tag order, begins with (0800,0500) CS. No standard has that group, while big endian under a
        // little-endian label begins so with (0008,0005) CS: the reader is right to take it for that.
        if (ElementHeader.Detect(once, TransferSyntax.ExplicitVrLittleEndian, once.Length).BigEndian)
        {
            return;
        }

        byte[] twice = DataSetWriter.Encode(DataSetReader.Read(once, TransferSyntax.ExplicitVrLittleEndian).DataSet, TransferSyntax.ExplicitVrLittleEndian);
        if (!once.AsSpan().SequenceEqual(twice))
        {
            throw new InvalidOperationException("What was written reads as something else.");
        }
    }

    private static string Plain(string? text) => text is null ? "" : Numbers().Replace(text, "#");

    [GeneratedRegex(@"\([0-9a-f]{4},[0-9a-f]{4}\)|\d+")]
    private static partial Regex Numbers();
}
