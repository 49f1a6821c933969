using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Dicom.Files;
using PacsAiWorker.Dicom.Pixels;

namespace PacsAiWorker.Inference.Imaging;

/// <summary>Which decoder a file needs, and which headers no decoder here can serve. Pure but for a look at a fragment's first bytes.</summary>
internal static class PixelCodings
{
    /// <summary>Null for what is not decoded. A label of uncompressed pixels over fragments is not believed: the first bytes decide.</summary>
    public static PixelCoding? Of(Part10File file, FrameIndex index) =>
        file.Syntax.Encapsulated ? OfSyntax(file.Syntax) : OfFirstBytes(file, index.Of(0)[0]);

    /// <summary>What the header rules out; null when a decoder may try.</summary>
    public static string? WhyNot(FrameHeader header, bool isNative)
    {
        var allowed = header.Photometric switch
        {
            "MONOCHROME1" or "MONOCHROME2" or "PALETTE COLOR" => header is { Samples: 1, BitsAllocated: 8 or 16 },
            "RGB" or "YBR_FULL" => header is { Samples: 3, BitsAllocated: 8 },
            "YBR_FULL_422" => header is { Samples: 3, BitsAllocated: 8 } && (!isNative || header.Columns % 2 == 0),
            "YBR_ICT" or "YBR_RCT" or "YBR_PARTIAL_420" or "YBR_PARTIAL_422" => !isNative && header is { Samples: 3, BitsAllocated: 8 },
            _ => false,
        };
        if (allowed && isNative && header.HighBit != header.BitsStored - 1)
            return $"High Bit is {header.HighBit} with {header.BitsStored} bits stored: samples that do not begin at bit 0 are not decoded";
        return allowed && header.BitsStored >= 1 && header.BitsStored <= header.BitsAllocated
            ? null
            : $"{Known(header.Photometric)} with {header.Samples} sample(s) of {header.BitsAllocated} bits is not decoded by this version";
    }

    private static PixelCoding? OfSyntax(TransferSyntax syntax) =>
        syntax == TransferSyntax.Rle ? PixelCoding.Rle
        : IsOne(syntax, TransferSyntax.JpegBaseline, TransferSyntax.JpegExtended, TransferSyntax.JpegLossless, TransferSyntax.JpegLosslessSv1) ? PixelCoding.Jpeg
        : IsOne(syntax, TransferSyntax.JpegLsLossless, TransferSyntax.JpegLsNearLossless) ? PixelCoding.JpegLs
        : IsOne(syntax, TransferSyntax.Jpeg2000Lossless, TransferSyntax.Jpeg2000, TransferSyntax.HtJ2kLossless, TransferSyntax.HtJ2kLosslessRpcl, TransferSyntax.HtJ2k) ? PixelCoding.Jpeg2000
        : VideoFrames.IsVideo(syntax) ? PixelCoding.Video
        : null;

    private static bool IsOne(TransferSyntax syntax, params ReadOnlySpan<TransferSyntax> of) => of.Contains(syntax);

    private static PixelCoding? OfFirstBytes(Part10File file, Fragment fragment)
    {
        Span<byte> first = stackalloc byte[68];
        first = first[..file.ReadPixelBytes(fragment.Offset, first)];
        return first.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF, 0xF7]) ? PixelCoding.JpegLs
            : first.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF]) ? PixelCoding.Jpeg
            : first.StartsWith((ReadOnlySpan<byte>)[0xFF, 0x4F, 0xFF, 0x51]) ? PixelCoding.Jpeg2000
            : first.Length == 68 && first[0] is >= 1 and <= 15 && first[4] == 64 && !first[5..8].ContainsAnyExcept((byte)0) ? PixelCoding.Rle
            : null;
    }

    /// <summary>The interpretation if it is one of the standard's, so that no free text of a file reaches a message.</summary>
    private static string Known(string photometric) =>
        photometric is "MONOCHROME1" or "MONOCHROME2" or "PALETTE COLOR" or "RGB" or "YBR_FULL" or "YBR_FULL_422" or "YBR_PARTIAL_420"
            or "YBR_PARTIAL_422" or "YBR_ICT" or "YBR_RCT" or "HSV" or "ARGB" or "CMYK"
            ? photometric
            : "an unknown photometric interpretation";
}
