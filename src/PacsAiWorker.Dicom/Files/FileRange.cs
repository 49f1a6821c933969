namespace PacsAiWorker.Dicom.Files;

/// <summary>Where a DICOM file stands: a file of its own, or a stretch of a larger one.</summary>
/// <param name="Path">The file that holds it.</param>
/// <param name="Offset">Its first byte in there.</param>
/// <param name="Length">Its bytes; -1: all up to the end.</param>
public readonly record struct FileRange(string Path, long Offset, long Length)
{
    public static implicit operator FileRange(string path) => FromString(path);

    /// <summary>The whole of a file.</summary>
    public static FileRange FromString(string path) => new(path, 0, -1);
}
