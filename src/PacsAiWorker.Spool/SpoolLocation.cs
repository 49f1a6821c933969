using System.Globalization;

namespace PacsAiWorker.Spool;

/// <summary>Where a received DICOM file stands in the log.</summary>
/// <param name="Segment">The segment's id, which is also its file's name.</param>
/// <param name="Offset">First byte of the DICOM file in the segment's file, a multiple of 512.</param>
/// <param name="Length">Bytes of the DICOM file.</param>
public readonly record struct SpoolLocation(Guid Segment, long Offset, long Length)
{
    /// <summary>Position of the record's head.</summary>
    public long Position => Offset - RecordHead.Bytes;

    /// <summary><c>SEGMENT:OFFSET:LENGTH</c>, as rows and commands write it.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Segment:N}:{Offset}:{Length}");

    public static bool TryParse(string? text, out SpoolLocation location)
    {
        location = default;
        var parts = text?.Split(':') ?? [];
        if (parts.Length != 3
            || !Guid.TryParseExact(parts[0], "N", out var segment)
            || !long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var offset)
            || !long.TryParse(parts[2], NumberStyles.None, CultureInfo.InvariantCulture, out var length))
        {
            return false;
        }

        location = new SpoolLocation(segment, offset, length);
        return true;
    }

    /// <exception cref="FormatException">Not of the form of <see cref="ToString"/>.</exception>
    public static SpoolLocation Parse(string text) =>
        TryParse(text, out var location) ? location : throw new FormatException($"\"{text}\" is no place in the spool: SEGMENT:OFFSET:LENGTH is expected");
}
