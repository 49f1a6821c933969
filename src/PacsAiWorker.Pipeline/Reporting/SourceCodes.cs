using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Dicom.Sr;

namespace PacsAiWorker.Pipeline.Reporting;

/// <summary>Codes that the images' own header holds. What is incomplete or too long for a code is passed over, never repaired.</summary>
internal static class SourceCodes
{
    /// <summary>The procedure that was asked for, else the one that was done; null when the header names none.</summary>
    public static Code? Procedure(DataSet image) => Requests(image).Append(image)
        .SelectMany(r => r.GetItems(Tags.RequestedProcedureCodeSequence)).Concat(image.GetItems(Tags.ProcedureCodeSequence))
        .Select(Read).FirstOrDefault(c => c is not null);

    /// <summary>The orders that the image answers (0040,0275).</summary>
    public static IReadOnlyList<DataSet> Requests(DataSet image) => image.GetItems(Tags.RequestAttributesSequence);

    /// <summary>The items of a code sequence that are whole codes.</summary>
    public static DataSet[] All(DataSet owner, DicomTag sequence) => [.. owner.GetItems(sequence).Select(Read).OfType<Code>().Select(c => c.ToDataSet())];

    private static Code? Read(DataSet item)
    {
        try
        {
            return new Code(item.GetString(Tags.CodeValue) ?? "", item.GetString(Tags.CodingSchemeDesignator) ?? "", item.GetString(Tags.CodeMeaning) ?? "");
        }
        catch (ArgumentException)
        {
            return null;
        }
    }
}
