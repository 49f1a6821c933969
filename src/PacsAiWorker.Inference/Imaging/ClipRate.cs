using PacsAiWorker.Dicom.Data;

namespace PacsAiWorker.Inference.Imaging;

/// <summary>Frames per second of a clip (PS3.3 C.7.6.5): the element that Frame Increment Pointer names, else the cine module's rates.</summary>
internal static class ClipRate
{
    /// <summary>When nothing usable is stated.</summary>
    public const double Assumed = 30;

    public static double Of(DataSet set) =>
        FromPointer(set) ?? Positive(set.GetDouble(Tags.CineRate)) ?? Positive(set.GetDouble(Tags.RecommendedDisplayFrameRate)) ?? Assumed;

    /// <summary>The element that the pointer names comes first, the other where that is unusable.</summary>
    private static double? FromPointer(DataSet set)
    {
        const double MillisecondsPerSecond = 1000;
        double? time = Positive(set.GetDouble(Tags.FrameTime)), vector = Mean(set);
        var milliseconds = PointsToVector(set) ? vector ?? time : time ?? vector;
        return MillisecondsPerSecond / milliseconds;
    }

    private static bool PointsToVector(DataSet set) =>
        set.GetBytes(Tags.FrameIncrementPointer) is { Length: >= 4 } pointer
        && pointer.Span[..4].SequenceEqual((ReadOnlySpan<byte>)[0x18, 0x00, 0x65, 0x10]);

    /// <summary>The first of a vector is 0: the time before the first frame.</summary>
    private static double? Mean(DataSet set)
    {
        var times = set.GetStrings(Tags.FrameTimeVector).Select(DecimalString.Parse).OfType<double>().Where(t => double.IsFinite(t) && t > 0).ToList();
        return times.Count > 0 ? times.Average() : null;
    }

    private static double? Positive(double? value) => value is > 0 and var v && double.IsFinite(v) ? v : null;
}
