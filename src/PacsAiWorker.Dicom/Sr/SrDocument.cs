using PacsAiWorker.Dicom.Data;

namespace PacsAiWorker.Dicom.Sr;

/// <summary>Writes a content tree into a document's data set; the header modules are the caller's.</summary>
public static class SrDocument
{
    /// <summary>
    /// Writes the SR Document Content module (PS3.3 section C.17.3): the root's attributes and all items below it. Returns the
    /// instances that the tree refers to, each once, in order: all of them belong into the evidence sequences.
    /// </summary>
    /// <exception cref="ArgumentException">The root is no container, or names no template.</exception>
    public static IReadOnlyList<ReferencedInstance> Write(DataSet into, ContentItem root)
    {
        if (root.Type != ContentValueType.Container || root.TemplateId is null)
        {
            throw new ArgumentException("The root is a CONTAINER that names its template (PS3.3 C.17.3, C.18.8).", nameof(root));
        }

        root.WriteTo(into);
        return [.. root.References().Distinct()];
    }

    /// <summary>Of these instances, those that neither evidence sequence of the document holds (PS3.3 section C.17.2).</summary>
    public static IReadOnlyList<ReferencedInstance> MissingFromEvidence(DataSet document, IEnumerable<ReferencedInstance> referenced)
    {
        HashSet<ReferencedInstance> held = [];
        foreach (DicomTag sequence in new[] { Tags.CurrentRequestedProcedureEvidenceSequence, Tags.PertinentOtherEvidenceSequence })
        {
            foreach (DataSet reference in document.GetItems(sequence)
                .SelectMany(study => study.GetItems(Tags.ReferencedSeriesSequence))
                .SelectMany(series => series.GetItems(Tags.ReferencedSOPSequence)))
            {
                held.Add(new ReferencedInstance(
                    reference.GetString(Tags.ReferencedSOPClassUID) ?? "", reference.GetString(Tags.ReferencedSOPInstanceUID) ?? ""));
            }
        }

        return [.. referenced.Where(r => !held.Contains(r))];
    }
}
