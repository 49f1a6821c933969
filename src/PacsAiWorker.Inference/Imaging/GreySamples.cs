using System.Buffers.Binary;
using PacsAiWorker.Dicom.Data;

namespace PacsAiWorker.Inference.Imaging;

/// <summary>
/// Grey samples to 8 bits, 0 black: 8-bit as stored; more bits through the window when there is one, else by their range.
/// </summary>
internal static class GreySamples
{
    public static RasterImage Decode(byte[] stored, FrameHeader header, DataSet set)
    {
        var pixels = header.BitsAllocated == 8 ? stored : new byte[stored.Length / 2];
        if (header.BitsAllocated == 16 || header.BitsStored < 8)
        {
            var map = Map(header, set);
            for (var i = 0; i < pixels.Length; i++)
                pixels[i] = map(header.BitsAllocated == 8 ? stored[i] : BinaryPrimitives.ReadUInt16LittleEndian(stored.AsSpan(2 * i)));
        }
        if (header.Photometric == "MONOCHROME1")
            for (var i = 0; i < pixels.Length; i++)
                pixels[i] = (byte)(255 - pixels[i]);
        return new RasterImage(header.Columns, header.Rows, 1, pixels);
    }

    /// <summary>The linear window of PS3.3 C.11.2.1.2 after the rescale; without one the whole range of the stored bits.</summary>
    private static Func<int, byte> Map(FrameHeader header, DataSet set)
    {
        var most = (1 << header.BitsStored) - 1;
        double slope = set.GetDouble(Tags.RescaleSlope) ?? 1, intercept = set.GetDouble(Tags.RescaleIntercept) ?? 0;
        return set.GetDouble(Tags.WindowCenter) is { } centre && set.GetDouble(Tags.WindowWidth) is > 1 and { } width
            ? sample => FrameReader.Level((((sample & most) * slope + intercept - (centre - 0.5)) / (width - 1) + 0.5) * 255)
            : sample => FrameReader.Level((sample & most) * 255.0 / most);
    }
}
