using System.Collections.Frozen;

namespace PacsAiWorker.Dicom.Data;

/// <summary>SOP classes this product names (PS3.6 table A-1; storage classes PS3.4 annex B.5).</summary>
public static class SopClasses
{
    private const string Storage = "1.2.840.10008.5.1.4.1.1.";

    public const string Verification = "1.2.840.10008.1.1";
    public const string StorageCommitmentPush = "1.2.840.10008.1.20.1";
    public const string StorageCommitmentPushInstance = "1.2.840.10008.1.20.1.1";
    public const string ModalityWorklistFind = "1.2.840.10008.5.1.4.31";
    public const string UnifiedProcedureStepPush = "1.2.840.10008.5.1.4.34.6.1";

    public const string UltrasoundImage = Storage + "6.1";
    public const string UltrasoundMultiFrame = Storage + "3.1";
    public const string UltrasoundImageRetired = Storage + "6";
    public const string UltrasoundMultiFrameRetired = Storage + "3";
    public const string EnhancedUltrasoundVolume = Storage + "6.2";
    public const string PhotoacousticImage = Storage + "6.3";

    public const string SecondaryCapture = Storage + "7";
    public const string MultiFrameSingleBitSecondaryCapture = Storage + "7.1";
    public const string MultiFrameGrayscaleByteSecondaryCapture = Storage + "7.2";
    public const string MultiFrameGrayscaleWordSecondaryCapture = Storage + "7.3";
    public const string MultiFrameTrueColorSecondaryCapture = Storage + "7.4";

    public const string BasicTextSr = Storage + "88.11";
    public const string EnhancedSr = Storage + "88.22";
    public const string ComprehensiveSr = Storage + "88.33";
    public const string Comprehensive3DSr = Storage + "88.34";
    public const string KeyObjectSelection = Storage + "88.59";
    public const string Gsps = Storage + "11.1";
    public const string RawData = Storage + "66";
    public const string EncapsulatedPdf = Storage + "104.1";

    public const string VideoEndoscopicImage = Storage + "77.1.1.1";
    public const string VideoMicroscopicImage = Storage + "77.1.2.1";
    public const string VideoPhotographicImage = Storage + "77.1.4.1";
    public const string VlEndoscopicImage = Storage + "77.1.1";
    public const string VlPhotographicImage = Storage + "77.1.4";

    private static readonly FrozenDictionary<string, string> Names = new Dictionary<string, string>
    {
        [Verification] = "Verification",
        [StorageCommitmentPush] = "Storage Commitment Push Model",
        [ModalityWorklistFind] = "Modality Worklist Information Model - FIND",
        [UnifiedProcedureStepPush] = "Unified Procedure Step - Push",
        [UltrasoundImage] = "Ultrasound Image Storage",
        [UltrasoundMultiFrame] = "Ultrasound Multi-frame Image Storage",
        [UltrasoundImageRetired] = "Ultrasound Image Storage (Retired)",
        [UltrasoundMultiFrameRetired] = "Ultrasound Multi-frame Image Storage (Retired)",
        [EnhancedUltrasoundVolume] = "Enhanced US Volume Storage",
        [PhotoacousticImage] = "Photoacoustic Image Storage",
        [SecondaryCapture] = "Secondary Capture Image Storage",
        [MultiFrameSingleBitSecondaryCapture] = "Multi-frame Single Bit Secondary Capture Image Storage",
        [MultiFrameGrayscaleByteSecondaryCapture] = "Multi-frame Grayscale Byte Secondary Capture Image Storage",
        [MultiFrameGrayscaleWordSecondaryCapture] = "Multi-frame Grayscale Word Secondary Capture Image Storage",
        [MultiFrameTrueColorSecondaryCapture] = "Multi-frame True Color Secondary Capture Image Storage",
        [BasicTextSr] = "Basic Text SR Storage",
        [EnhancedSr] = "Enhanced SR Storage",
        [ComprehensiveSr] = "Comprehensive SR Storage",
        [Comprehensive3DSr] = "Comprehensive 3D SR Storage",
        [KeyObjectSelection] = "Key Object Selection Document Storage",
        [Gsps] = "Grayscale Softcopy Presentation State Storage",
        [RawData] = "Raw Data Storage",
        [EncapsulatedPdf] = "Encapsulated PDF Storage",
        [VideoEndoscopicImage] = "Video Endoscopic Image Storage",
        [VideoMicroscopicImage] = "Video Microscopic Image Storage",
        [VideoPhotographicImage] = "Video Photographic Image Storage",
        [VlEndoscopicImage] = "VL Endoscopic Image Storage",
        [VlPhotographicImage] = "VL Photographic Image Storage",
    }.ToFrozenDictionary();

    /// <summary>Storage classes that are kept when a peer sends them, scored or not.</summary>
    public static IReadOnlyList<string> AcceptedStorage { get; } =
    [
        UltrasoundImage, UltrasoundMultiFrame, UltrasoundImageRetired, UltrasoundMultiFrameRetired, EnhancedUltrasoundVolume,
        PhotoacousticImage, SecondaryCapture, MultiFrameSingleBitSecondaryCapture, MultiFrameGrayscaleByteSecondaryCapture,
        MultiFrameGrayscaleWordSecondaryCapture, MultiFrameTrueColorSecondaryCapture, BasicTextSr, EnhancedSr, ComprehensiveSr,
        Comprehensive3DSr, KeyObjectSelection, Gsps, RawData, EncapsulatedPdf, VideoEndoscopicImage, VideoMicroscopicImage,
        VideoPhotographicImage, VlEndoscopicImage, VlPhotographicImage,
    ];

    /// <summary>The standard's name of a SOP class; the UID itself when it is not in the table.</summary>
    public static string Name(string uid) => Names.GetValueOrDefault(uid, uid);
}
