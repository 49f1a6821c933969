using PacsAiWorker.Dicom.Data;

namespace PacsAiWorker.Inference;

/// <summary>How a phantom is told from a patient: both markers must be there. Demonstration packages score nothing else.</summary>
public static class PhantomMarker
{
    /// <summary>(0008,0070).</summary>
    public const string Manufacturer = "PacsAiWorker Phantom";

    /// <summary>How (0010,0020) begins.</summary>
    public const string PatientIdPrefix = "PHANTOM-";

    /// <summary>Whether an object carries both markers.</summary>
    public static bool IsOn(DataSet set) =>
        set.GetString(Tags.Manufacturer) == Manufacturer
            && set.GetString(Tags.PatientID)?.StartsWith(PatientIdPrefix, StringComparison.Ordinal) == true;
}
