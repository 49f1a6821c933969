using PacsAiWorker.Dicom.Data;

namespace PacsAiWorker.Inference.Imaging;

/// <summary>From stored samples to a picture: grey range, palette and colour space (PS3.3 C.7.6.3.1.2).</summary>
internal static class Display
{
    /// <summary>Takes the frame over. A frame that is a picture already stays where it is.</summary>
    public static FrameResult<RasterImage> Render(StoredFrame frame, FrameHeader header, DataSet set)
    {
        if (header.Photometric == "PALETTE COLOR")
            using (frame)
                return Palette.Decode(frame, header, set);
        if (frame.Samples == 1)
            return GreySamples.IsPicture(frame, header) ? new RasterImage(frame.Width, frame.Height, 1, frame.Data, frame.Lease) : Mapped(frame, header, set);
        if (!IsYbr(frame, header))
            return new RasterImage(frame.Width, frame.Height, 3, frame.Data, frame.Lease);
        using (frame)
            return new RasterImage(frame.Width, frame.Height, 3, FromYbr(frame.Data.Span));
    }

    internal static byte Level(double value) => (byte)Math.Clamp(Math.Round(value), 0, 255);

    private static RasterImage Mapped(StoredFrame frame, FrameHeader header, DataSet set)
    {
        using (frame)
            return GreySamples.Decode(frame, header, set);
    }

    /// <summary>What the codestream says comes first. JPEG 2000 without a colour transform is RGB under its own two labels.</summary>
    private static bool IsYbr(StoredFrame frame, FrameHeader header) =>
        frame.Colour == SampleColour.YbrFull || (frame.Colour == SampleColour.AsTagged && header.Photometric is "YBR_FULL" or "YBR_FULL_422");

    /// <summary>Full-range BT.601 in fixed point of 16 bits: the numbers of PS3.3 C.7.6.3.1.2.</summary>
    private static byte[] FromYbr(ReadOnlySpan<byte> ybr)
    {
        const int Half = 1 << 15;
        var rgb = new byte[ybr.Length];
        for (var i = 0; i + 2 < ybr.Length; i += 3)
        {
            int y = (ybr[i] << 16) + Half, cb = ybr[i + 1] - 128, cr = ybr[i + 2] - 128;
            rgb[i] = Clamp((y + 91881 * cr) >> 16); // 1.402
            rgb[i + 1] = Clamp((y - 22554 * cb - 46802 * cr) >> 16); // 0.344136, 0.714136
            rgb[i + 2] = Clamp((y + 116130 * cb) >> 16); // 1.772
        }

        return rgb;
    }

    private static byte Clamp(int value) => (byte)Math.Clamp(value, 0, 255);
}
