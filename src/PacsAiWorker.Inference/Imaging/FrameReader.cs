using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Dicom.Files;

namespace PacsAiWorker.Inference.Imaging;

/// <summary>A picture, or why there is none.</summary>
/// <param name="Image">The picture.</param>
/// <param name="Reason">Why not.</param>
/// <param name="Detail">One sentence about it.</param>
internal sealed record FrameResult(RasterImage? Image, NotScoredReason? Reason, string? Detail)
{
    public static FrameResult No(NotScoredReason reason, string detail) => new(null, reason, detail);
}

/// <summary>
/// Reads a single uncompressed frame (implicit or explicit VR little endian): grey of 8 or 16 bits, RGB, full-range YBR and palette.
/// Sizes are checked in 64 bits before anything is allocated. Nothing here throws on what a file says.
/// </summary>
internal static class FrameReader
{
    private const long MostPixels = 64L << 20;

    public static FrameResult Read(Part10File file, FrameHeader header)
    {
        if (Unreadable(file, header) is { } no)
            return no;
        var stored = new byte[header.FrameBytes];
        var got = file.ReadPixelBytes(0, stored);
        if (got < stored.Length)
            return FrameResult.No(NotScoredReason.Corrupt, $"the file ends {stored.Length - got} bytes before its pixel data does");
        return header.Photometric switch
        {
            "MONOCHROME1" or "MONOCHROME2" => new(GreySamples.Decode(stored, header, file.DataSet), null, null),
            "PALETTE COLOR" => Palette.Decode(stored, header, file.DataSet),
            "YBR_FULL" => new(new(header.Columns, header.Rows, 3, FromYbr(Interleaved(stored, header))), null, null),
            _ => new(new(header.Columns, header.Rows, 3, Interleaved(stored, header)), null, null),
        };
    }

    /// <summary>Why the pixels cannot be read, from the header alone; null when they should be readable.</summary>
    private static FrameResult? Unreadable(Part10File file, FrameHeader header)
    {
        var syntax = file.Syntax;
        if (file.PixelDataOffset < 0)
            return FrameResult.No(NotScoredReason.Corrupt, "there is no pixel data");
        if (header.Rows < 1 || header.Columns < 1 || header.Samples < 1)
            return FrameResult.No(NotScoredReason.Corrupt, "Rows, Columns or Samples per Pixel are missing or zero");
        if ((long)header.Rows * header.Columns > MostPixels)
            return FrameResult.No(NotScoredReason.Codec,
                $"{header.Columns} × {header.Rows} pixels are more than the {MostPixels >> 20} megapixels that are decoded");
        if (syntax.Encapsulated || syntax.BigEndian || syntax.Deflated)
            return FrameResult.No(NotScoredReason.Codec, $"{syntax.Name} ({syntax.Uid}) is not decoded by this version");
        if (file.PixelDataLength < 0)
            return FrameResult.No(NotScoredReason.Codec, $"the pixels are compressed although the file says {syntax.Name}");
        if (!Supported(header))
            return FrameResult.No(
                NotScoredReason.Codec,
                $"{Known(header.Photometric)} with {header.Samples} sample(s) of {header.BitsAllocated} "
                    + $"bits{(header.Signed ? ", signed," : "")} is not decoded by this version");
        if (file.PixelDataLength < header.FrameBytes)
            return FrameResult.No(NotScoredReason.Corrupt,
                $"the pixel data has {file.PixelDataLength} bytes; {header.Columns} × {header.Rows} pixels need {header.FrameBytes}");
        return null;
    }

    private static bool Supported(FrameHeader h) =>
        !h.Signed && h.BitsStored >= 1 && h.BitsStored <= h.BitsAllocated && (h.Photometric, h.Samples, h.BitsAllocated) is
        ("MONOCHROME1" or "MONOCHROME2" or "PALETTE COLOR", 1, 8 or 16) or ("RGB" or "YBR_FULL", 3, 8);

    /// <summary>The interpretation if it is one of the standard's, so that no free text of a file reaches a message.</summary>
    private static string Known(string photometric) =>
        photometric is "MONOCHROME1" or "MONOCHROME2" or "PALETTE COLOR" or "RGB" or "YBR_FULL" or "YBR_FULL_422" or "YBR_PARTIAL_420"
            or "YBR_PARTIAL_422" or "YBR_ICT" or "YBR_RCT" or "HSV" or "ARGB" or "CMYK"
            ? photometric
            : "an unknown photometric interpretation";

    private static byte[] Interleaved(byte[] stored, FrameHeader header)
    {
        if (!header.Planar)
            return stored;
        var plane = stored.Length / 3;
        var pixels = new byte[stored.Length];
        for (var i = 0; i < plane; i++)
            (pixels[3 * i], pixels[3 * i + 1], pixels[3 * i + 2]) = (stored[i], stored[plane + i], stored[2 * plane + i]);
        return pixels;
    }

    /// <summary>Full-range BT.601 (PS3.3 C.7.6.3.1.2).</summary>
    private static byte[] FromYbr(byte[] pixels)
    {
        for (var i = 0; i < pixels.Length; i += 3)
        {
            double y = pixels[i], cb = pixels[i + 1] - 128, cr = pixels[i + 2] - 128;
            pixels[i] = Level(y + 1.402 * cr);
            pixels[i + 1] = Level(y - 0.344136 * cb - 0.714136 * cr);
            pixels[i + 2] = Level(y + 1.772 * cb);
        }
        return pixels;
    }

    internal static byte Level(double value) => (byte)Math.Clamp(Math.Round(value), 0, 255);
}
