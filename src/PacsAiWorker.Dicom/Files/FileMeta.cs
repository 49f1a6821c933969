namespace PacsAiWorker.Dicom.Files;

/// <summary>File meta information (PS3.10 section 7.1), as far as it says something about the instance. AE titles are optional.</summary>
public sealed record FileMeta(
    string SopClassUid,
    string SopInstanceUid,
    string TransferSyntaxUid,
    string? SourceAe = null,
    string? SendingAe = null,
    string? ReceivingAe = null);
