using System.Collections.Frozen;

namespace PacsAiWorker.Dicom.Data;

/// <summary>A transfer syntax (PS3.5 section 10 and annex A, UIDs in PS3.6 table A-1).</summary>
public sealed record TransferSyntax(string Uid, string Name, bool ExplicitVr, bool BigEndian, bool Deflated, bool Encapsulated)
{
    private const string Root = "1.2.840.10008.1.2";

    public static readonly TransferSyntax ImplicitVrLittleEndian = new(Root, "Implicit VR Little Endian", false, false, false, false);
    public static readonly TransferSyntax ExplicitVrLittleEndian = new(Root + ".1", "Explicit VR Little Endian", true, false, false, false);
    public static readonly TransferSyntax DeflatedExplicitVrLittleEndian =
        new(Root + ".1.99", "Deflated Explicit VR Little Endian", true, false, true, false);

    public static readonly TransferSyntax ExplicitVrBigEndian = new(Root + ".2", "Explicit VR Big Endian", true, true, false, false);
    public static readonly TransferSyntax JpegBaseline = Compressed(".4.50", "JPEG Baseline");
    public static readonly TransferSyntax JpegExtended = Compressed(".4.51", "JPEG Extended");
    public static readonly TransferSyntax JpegLossless = Compressed(".4.57", "JPEG Lossless");
    public static readonly TransferSyntax JpegLosslessSv1 = Compressed(".4.70", "JPEG Lossless SV1");
    public static readonly TransferSyntax JpegLsLossless = Compressed(".4.80", "JPEG-LS Lossless");
    public static readonly TransferSyntax JpegLsNearLossless = Compressed(".4.81", "JPEG-LS Near-lossless");
    public static readonly TransferSyntax Jpeg2000Lossless = Compressed(".4.90", "JPEG 2000 Lossless Only");
    public static readonly TransferSyntax Jpeg2000 = Compressed(".4.91", "JPEG 2000");
    public static readonly TransferSyntax Mpeg2MainLevel = Compressed(".4.100", "MPEG2 Main Profile / Main Level");
    public static readonly TransferSyntax Mpeg2HighLevel = Compressed(".4.101", "MPEG2 Main Profile / High Level");
    public static readonly TransferSyntax H264High41 = Compressed(".4.102", "MPEG-4 AVC/H.264 High Profile / Level 4.1");
    public static readonly TransferSyntax H264High41BluRay = Compressed(".4.103", "MPEG-4 AVC/H.264 BD-compatible High Profile / Level 4.1");
    public static readonly TransferSyntax H264High42For2D = Compressed(".4.104", "MPEG-4 AVC/H.264 High Profile / Level 4.2 For 2D Video");
    public static readonly TransferSyntax H264High42For3D = Compressed(".4.105", "MPEG-4 AVC/H.264 High Profile / Level 4.2 For 3D Video");
    public static readonly TransferSyntax H264Stereo42 = Compressed(".4.106", "MPEG-4 AVC/H.264 Stereo High Profile / Level 4.2");
    public static readonly TransferSyntax HevcMain51 = Compressed(".4.107", "HEVC/H.265 Main Profile / Level 5.1");
    public static readonly TransferSyntax HevcMain10Level51 = Compressed(".4.108", "HEVC/H.265 Main 10 Profile / Level 5.1");
    public static readonly TransferSyntax JpegXlLossless = Compressed(".4.110", "JPEG XL Lossless");
    public static readonly TransferSyntax JpegXlRecompression = Compressed(".4.111", "JPEG XL JPEG Recompression");
    public static readonly TransferSyntax JpegXl = Compressed(".4.112", "JPEG XL");
    public static readonly TransferSyntax HtJ2kLossless = Compressed(".4.201", "High-Throughput JPEG 2000 Lossless Only");
    public static readonly TransferSyntax HtJ2kLosslessRpcl = Compressed(".4.202", "High-Throughput JPEG 2000 with RPCL Options Lossless Only");
    public static readonly TransferSyntax HtJ2k = Compressed(".4.203", "High-Throughput JPEG 2000");
    public static readonly TransferSyntax Rle = Compressed(".5", "RLE Lossless");

    /// <summary>Every syntax this product knows by name, native ones first.</summary>
    public static IReadOnlyList<TransferSyntax> Known { get; } =
    [
        ExplicitVrLittleEndian, ImplicitVrLittleEndian, DeflatedExplicitVrLittleEndian, ExplicitVrBigEndian,
        JpegBaseline, JpegExtended, JpegLossless, JpegLosslessSv1, JpegLsLossless, JpegLsNearLossless, Jpeg2000Lossless, Jpeg2000,
        Rle, HtJ2kLossless, HtJ2kLosslessRpcl, HtJ2k, Mpeg2MainLevel, Mpeg2HighLevel, H264High41, H264High41BluRay, H264High42For2D,
        H264High42For3D, H264Stereo42, HevcMain51, HevcMain10Level51, JpegXlLossless, JpegXlRecompression, JpegXl,
    ];

    private static readonly FrozenDictionary<string, TransferSyntax> ByUid = Known.ToFrozenDictionary(s => s.Uid);

    /// <summary>The syntax of a UID, or null if this product does not know it.</summary>
    public static TransferSyntax? Find(string uid) => ByUid.GetValueOrDefault(uid);

    /// <summary>A syntax that is in no table: read as explicit VR little endian with encapsulated pixels, as all new ones are.</summary>
    internal static TransferSyntax Unknown(string uid) => new(uid, "unknown", true, false, false, true);

    private static TransferSyntax Compressed(string suffix, string name) => new(Root + suffix, name, true, false, false, true);
}
