using System.Buffers.Binary;
using PacsAiWorker.Dicom.Data;

namespace PacsAiWorker.Inference.Imaging;

/// <summary>
/// Grey samples to 8 bits, 0 black: 8-bit as stored; more bits through the window when there is one, else by their range.
/// </summary>
internal static class GreySamples
{
    /// <summary>The samples need no change.</summary>
    public static bool IsPicture(StoredFrame frame, FrameHeader header) =>
        frame.SampleBytes == 1 && Bits(frame, header) == 8 && !header.Signed && header.Photometric != "MONOCHROME1";

    public static RasterImage Decode(StoredFrame frame, FrameHeader header, DataSet set)
    {
        var stored = frame.Data.Span;
        var bits = Bits(frame, header);
        var map = Map(bits, header.Signed, frame.SampleBytes == 1 && bits == 8 && !header.Signed ? null : set);
        var inverted = header.Photometric == "MONOCHROME1";
        var pixels = new byte[frame.Width * frame.Height];
        for (var i = 0; i < pixels.Length; i++)
        {
            var level = map[frame.SampleBytes == 1 ? stored[i] & ((1 << bits) - 1) : BinaryPrimitives.ReadUInt16LittleEndian(stored[(2 * i)..]) & ((1 << bits) - 1)];
            pixels[i] = inverted ? (byte)(255 - level) : level;
        }

        return new RasterImage(frame.Width, frame.Height, 1, pixels);
    }

    private static int Bits(StoredFrame frame, FrameHeader header) => Math.Min(frame.SampleBytes * 8, Math.Min(frame.Bits, header.BitsStored));

    /// <summary>
    /// A level for each stored value: the linear window of PS3.3 C.11.2.1.2 after the rescale; without one (or without a data set) the
    /// whole range of the stored bits.
    /// </summary>
    private static byte[] Map(int bits, bool signed, DataSet? set)
    {
        int count = 1 << bits, most = count - 1, lowest = signed ? -(count >> 1) : 0;
        double slope = set?.GetDouble(Tags.RescaleSlope) ?? 1, intercept = set?.GetDouble(Tags.RescaleIntercept) ?? 0;
        var width = set?.GetDouble(Tags.WindowWidth) is > 1 and { } w ? w : 0;
        var centre = set?.GetDouble(Tags.WindowCenter);
        var map = new byte[count];
        for (var stored = 0; stored < count; stored++)
        {
            var value = signed && stored >= count >> 1 ? stored - count : stored;
            map[stored] = centre is { } c && width > 0
                ? Display.Level((((value * slope) + intercept - (c - 0.5)) / (width - 1) + 0.5) * 255)
                : Display.Level((value - lowest) * 255.0 / most);
        }

        return map;
    }
}
