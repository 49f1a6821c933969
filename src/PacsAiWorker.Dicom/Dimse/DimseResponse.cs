namespace PacsAiWorker.Dicom.Dimse;

/// <summary>Status and, for failures, Error Comment (0000,0902) of at most 64 characters without patient data.</summary>
public readonly record struct DimseResponse(ushort Status, string? ErrorComment = null)
{
    /// <summary>Error ID (0000,0903), where the service defines one.</summary>
    public ushort? ErrorId { get; init; }

    public static DimseResponse Success => new(DimseStatus.Success);

    public bool IsSuccess => Status == DimseStatus.Success;

    public bool IsWarning => DimseStatus.IsWarning(Status);

    public override string ToString() => DimseStatus.InWords(Status) + (ErrorComment is null ? "" : ": " + ErrorComment);
}
