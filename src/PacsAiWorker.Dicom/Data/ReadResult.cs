namespace PacsAiWorker.Dicom.Data;

/// <summary>Where top-level pixel data lies: its value is never loaded. <paramref name="Length"/> is -1 for encapsulated data.</summary>
public sealed record PixelDataLocation(Vr Vr, long Offset, long Length);

/// <summary>
/// A data set as read. <paramref name="EndOffset"/> is where reading stopped: at the pixel data's value or at the end.
/// <paramref name="Flags"/> tell what was tolerated, one sentence each. <paramref name="ExplicitVr"/> is how the elements were
/// really encoded, <paramref name="BigEndian"/> in which order of bytes, both of which may differ from the label. <paramref name="Quarantined"/>: part of the data set has lost its place, so what it
/// says may be incomplete or untrue; the object is kept as it came and not judged by. Offsets in a deflated data set count inflated bytes.
/// </summary>
public sealed record ReadResult(
    DataSet DataSet, PixelDataLocation? PixelData, long EndOffset, bool ExplicitVr, bool BigEndian, IReadOnlyList<string> Flags, bool Quarantined = false);
