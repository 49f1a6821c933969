using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Dicom.Files;
using PacsAiWorker.Inference;

namespace PacsAiWorker.Training;

/// <summary>What training needs of a DICOM header. Patient, study and series stay in memory; only numbers in their place are written.</summary>
/// <param name="Patient">Patient ID with its issuer; null when absent.</param>
/// <param name="Study">Study Instance UID.</param>
/// <param name="Series">Series Instance UID.</param>
/// <param name="Manufacturer">Of the scanner, by <see cref="ScannerMaker"/>.</param>
/// <param name="IsPhantom">Carries both phantom markers.</param>
internal sealed record ImageHeader(string? Patient, string? Study, string? Series, string Manufacturer, bool IsPhantom)
{
    /// <summary>Of a file that can be read as DICOM.</summary>
    public static ImageHeader Read(string file)
    {
        using var part10 = Part10File.Open(file);
        var set = part10.DataSet;
        var id = set.GetString(Tags.PatientID) is { } text && !string.IsNullOrWhiteSpace(text) ? text : null;
        return new ImageHeader(
            id is null || set.GetString(Tags.IssuerOfPatientID) is not { } issuer ? id : $"{issuer} {id}",
            set.GetString(Tags.StudyInstanceUID), set.GetString(Tags.SeriesInstanceUID), ScannerMaker.Of(set.GetString(Tags.Manufacturer)), PhantomMarker.IsOn(set));
    }
}
