namespace PacsAiWorker.Inference.Imaging.Codecs;

/// <summary>
/// Whether the three components of a JPEG are luminance and colour differences. Real devices contradict themselves, so the
/// statements are asked in this order: a valid Adobe segment, a JFIF segment, subsampling, component ids, Photometric Interpretation.
/// </summary>
internal static class JpegColour
{
    /// <summary>True: YCbCr, to be transformed; false: already red, green, blue.</summary>
    public static bool IsYcbcr(JpegHeader header, string photometric) =>
        header.AdobeTransform is { } transform ? transform != 0
        : header.HasJfif || header.IsSubsampled
        || (!HasRgbIds(header) && photometric.StartsWith("YBR", StringComparison.Ordinal));

    private static bool HasRgbIds(JpegHeader header) =>
        header.Components is [{ Id: (byte)'R' }, { Id: (byte)'G' }, { Id: (byte)'B' }];
}
