using PacsAiWorker.Dicom.Data;

namespace PacsAiWorker.Dicom.Sr;

/// <summary>A content tree as text for people: a line an item, children below it.</summary>
public static class SrText
{
    private const int Deepest = 32;

    /// <summary>Lines of the document, each item's children indented by two spaces more than itself. What is not understood is named, never left out.</summary>
    /// <param name="document">As read from a file; ours or anybody's.</param>
    public static IReadOnlyList<string> Lines(DataSet document)
    {
        var lines = new List<string>();
        Add(document, 0, lines);
        return lines;
    }

    private static void Add(DataSet item, int depth, List<string> lines)
    {
        var name = Meaning(item, Tags.ConceptNameCodeSequence);
        var value = Value(item);
        lines.Add(new string(' ', depth * 2) + (name.Length > 0 && value.Length > 0 ? $"{name}: {value}" : name + value));
        if (depth == Deepest)
        {
            return;
        }

        foreach (var child in item.GetItems(Tags.ContentSequence))
        {
            Add(child, depth + 1, lines);
        }
    }

    /// <summary>The value by its type (PS3.3 table C.18.1 to C.18.9).</summary>
    private static string Value(DataSet item) => item.GetString(Tags.ValueType) switch
    {
        "CONTAINER" => "",
        "TEXT" => item.GetString(Tags.TextValue) ?? "",
        "CODE" => Meaning(item, Tags.ConceptCodeSequence),
        "NUM" => Number(item),
        "UIDREF" => item.GetString(Tags.UID) ?? "",
        "PNAME" => item.GetString(Tags.PersonName) ?? "",
        "DATE" => item.GetString(Tags.Date) ?? "",
        "TIME" => item.GetString(Tags.Time) ?? "",
        "DATETIME" => item.GetString(Tags.DateTime) ?? "",
        "IMAGE" or "COMPOSITE" => item.GetItems(Tags.ReferencedSOPSequence) is [var reference, ..]
            ? $"{reference.GetString(Tags.ReferencedSOPInstanceUID)}{(reference.GetString(Tags.ReferencedFrameNumber) is { Length: > 0 } frame ? $" frame {frame}" : "")}" : "",
        { } other => $"({other})",
        null => "",
    };

    private static string Number(DataSet item)
    {
        if (item.GetItems(Tags.MeasuredValueSequence) is not [var measured, ..])
        {
            return Meaning(item, Tags.NumericValueQualifierCodeSequence) is { Length: > 0 } why ? $"none ({why})" : "none";
        }

        var unit = measured.GetItems(Tags.MeasurementUnitsCodeSequence) is [var units, ..] ? units.GetString(Tags.CodeValue) : null;
        return $"{measured.GetString(Tags.NumericValue)}{(unit is null or "1" ? "" : $" {unit}")}";
    }

    private static string Meaning(DataSet item, DicomTag sequence) => item.GetItems(sequence) is [var code, ..] ? code.GetString(Tags.CodeMeaning) ?? "" : "";
}
