using System.Globalization;
using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Records.Rows;

namespace PacsAiWorker.Pipeline.Worklist;

/// <summary>Patient and order as a message names them; empty where nobody said.</summary>
/// <param name="Name">As DICOM writes names.</param>
/// <param name="BirthDate">YYYYMMDD.</param>
/// <param name="StudyTime">Null when the images name no date.</param>
public sealed record OruPatient(string PatientId, string Issuer, string Name, string BirthDate, string Sex, string Accession, string Placer, DateTimeOffset? StudyTime)
{
    /// <summary>Value, meaning and scheme of the procedure; the meaning alone where there is no code.</summary>
    public (string Value, string Meaning, string Scheme) Procedure { get; init; } = ("", "", "");

    /// <summary>What the rows and, where it is kept, an image say; what the information system reconciled goes before both.</summary>
    /// <param name="image">Header of one of the study's images; null when none is kept.</param>
    /// <param name="site">Zone of times that name none.</param>
    public static OruPatient Of(PatientIdentityRow? row, ReconciledIdentityRow? reconciled, DataSet? image, TimeZoneInfo site)
    {
        string Text(DicomTag tag) => image?.GetString(tag)?.Trim() ?? "";
        var code = image?.GetItems(Tags.ProcedureCodeSequence) is { Count: > 0 } codes ? codes[0] : null;
        var id = reconciled?.PatientId ?? row?.PatientId ?? "";
        return new OruPatient(
            id, reconciled?.Issuer ?? (id == Text(Tags.PatientID) ? Text(Tags.IssuerOfPatientID) : ""), reconciled?.PatientName ?? row?.PatientName ?? "",
            reconciled?.BirthDate ?? row?.BirthDate ?? "", reconciled?.Sex ?? row?.Sex ?? "", row?.AccessionNumber?.Trim() ?? "",
            Text(Tags.PlacerOrderNumberImagingServiceRequest), Time(row?.StudyDate ?? "", Text(Tags.StudyTime), Text(Tags.TimezoneOffsetFromUTC), site))
        {
            Procedure = code is not null && code.GetString(Tags.CodeValue) is { } value
                ? (value, code.GetString(Tags.CodeMeaning) ?? "", code.GetString(Tags.CodingSchemeDesignator) ?? "")
                : ("", row?.StudyDescription ?? "", ""),
        };
    }

    private static DateTimeOffset? Time(string date, string time, string offset, TimeZoneInfo site)
    {
        var clock = time.Split('.')[0];
        var text = date.Trim() + (clock.Length == 6 ? clock : "000000");
        if (!DateTime.TryParseExact(text, "yyyyMMddHHmmss", CultureInfo.InvariantCulture, DateTimeStyles.None, out var local))
        {
            return null;
        }

        var zone = offset.Length == 5 && int.TryParse(offset.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out var hhmm) && hhmm <= 1400 && hhmm % 100 < 60
            ? new TimeSpan(hhmm / 100, hhmm % 100, 0) * (offset[0] == '-' ? -1 : 1)
            : site.GetUtcOffset(local);
        return local.Year is > 1900 and < 9000 ? new DateTimeOffset(local, zone) : null;
    }
}
