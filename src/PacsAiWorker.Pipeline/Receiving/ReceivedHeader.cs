using System.Collections.Frozen;
using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Inference.Routing;
using PacsAiWorker.Records.Rows;

namespace PacsAiWorker.Pipeline.Receiving;

/// <summary>What is taken from an instance's header in passing. Everything but the UIDs may be missing.</summary>
public sealed record ReceivedHeader(string? SopClassUid, string? SopInstanceUid, string? StudyInstanceUid, string? SeriesInstanceUid, DataSet DataSet)
{
    /// <summary>All that is asked before an instance is acknowledged.</summary>
    public static IReadOnlySet<DicomTag> Identifying { get; } =
        new[] { Tags.SOPClassUID, Tags.SOPInstanceUID, Tags.StudyInstanceUID, Tags.SeriesInstanceUID }.ToFrozenSet();

    public static ReceivedHeader From(DataSet dataSet) => new(
        dataSet.GetString(Tags.SOPClassUID), dataSet.GetString(Tags.SOPInstanceUID),
        dataSet.GetString(Tags.StudyInstanceUID), dataSet.GetString(Tags.SeriesInstanceUID), dataSet);

    /// <summary>First of the identifying UIDs that is missing, or null.</summary>
    public string? Missing =>
        !DicomUid.IsValid(SopInstanceUid) ? "SOP Instance UID (0008,0018)"
        : !DicomUid.IsValid(StudyInstanceUid) ? "Study Instance UID (0020,000D)"
        : !DicomUid.IsValid(SeriesInstanceUid) ? "Series Instance UID (0020,000E)"
        : null;

    private string? Text(DicomTag tag) => PatientHeader.Text(DataSet, tag);

    public PatientIdentityRow Identity() => PatientHeader.Identity(DataSet);

    /// <summary>One digest for each identifying attribute, empty where it is missing, joined by colons; see <see cref="Identities"/>.</summary>
    public string IdentityDigest()
    {
        DicomTag[] identity = [Tags.PatientID, Tags.IssuerOfPatientID, Tags.PatientBirthDate, Tags.PatientSex, Tags.AccessionNumber];
        return Identities.Digest(StudyInstanceUid ?? "", identity.Select(t => DataSet.GetString(t)));
    }

    /// <summary>Urgency before anything is scored, see <see cref="Tiers"/>.</summary>
    /// <param name="caller">What is set for the caller.</param>
    public short Tier(short? caller) => (short)Tiers.Decide(caller, DataSet.GetString(Tags.RequestedProcedurePriority)).Tier;

    /// <summary>The journal row of this header.</summary>
    public InstanceRow Row(Guid id, string file, string transferSyntaxUid, string digest, long bytes, string callingAe, string calledAe, string source) => new()
    {
        Id = id,
        File = file,
        SopInstanceUid = SopInstanceUid!,
        SopClassUid = SopClassUid ?? "",
        SeriesInstanceUid = SeriesInstanceUid!,
        TransferSyntaxUid = transferSyntaxUid,
        Digest = digest,
        DataSetBytes = bytes,
        CallingAe = callingAe,
        CalledAe = calledAe,
        Source = source,
        InstanceNumber = DataSet.GetInt(Tags.InstanceNumber),
        Modality = Text(Tags.Modality),
        Manufacturer = Text(Tags.Manufacturer),
        ManufacturerModel = Text(Tags.ManufacturerModelName),
        IdentityDigest = IdentityDigest(),
        Laterality = HeaderFacts.Laterality(DataSet),
        Acquired = HeaderFacts.Acquired(DataSet),
    };
}
