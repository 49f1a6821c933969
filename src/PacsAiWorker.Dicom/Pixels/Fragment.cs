namespace PacsAiWorker.Dicom.Pixels;

/// <summary>A fragment's bytes, without its item header.</summary>
/// <param name="Offset">From the beginning of the value of Pixel Data, bytes.</param>
/// <param name="Length">Bytes.</param>
public readonly record struct Fragment(long Offset, uint Length);
