using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Dicom.Files;
using PacsAiWorker.Dicom.Sr;
using PacsAiWorker.Pipeline.Scoring;
using PacsAiWorker.Web;

namespace PacsAiWorker.Desk;

/// <summary>What the desk shows that stands outside the database: kept pictures, and reports as text.</summary>
internal sealed class DeskSources(KeptInputs pictures) : IDeskSources
{
    public byte[]? Picture(string place) => pictures.Read(place) is (var picture, true) ? picture : null;

    public IReadOnlyList<string> ReportText(byte[] report) =>
        SrText.Lines(DataSetReader.Read(Part10.DataSetOf(report).Span, TransferSyntax.ExplicitVrLittleEndian).DataSet);
}
