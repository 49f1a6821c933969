using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Dicom.Files;
using PacsAiWorker.Inference.Imaging;
using PacsAiWorker.Inference.Packages;

namespace PacsAiWorker.Inference;

/// <summary>
/// One file, opened, decoded and gated: what holds for every model. Decisions are values; nothing is thrown for what a file says.
/// </summary>
/// <param name="Facts">What was seen.</param>
/// <param name="Reason">Why no model may score it; null when models may.</param>
/// <param name="Detail">One sentence about the reason.</param>
/// <param name="Image">The picture, when models may score it.</param>
/// <param name="Regions">All region items.</param>
internal sealed record InstanceReading(ImageFacts Facts, NotScoredReason? Reason, string? Detail, RasterImage? Image,
    IReadOnlyList<RegionItem> Regions)
{
    private const int LeastSidePixels = 64;

    private static readonly HashSet<string> ScoredClasses =
    [
        SopClasses.UltrasoundImage, SopClasses.UltrasoundMultiFrame, SopClasses.UltrasoundImageRetired,
        SopClasses.UltrasoundMultiFrameRetired,
        SopClasses.SecondaryCapture, SopClasses.MultiFrameGrayscaleByteSecondaryCapture, SopClasses.MultiFrameGrayscaleWordSecondaryCapture,
        SopClasses.MultiFrameTrueColorSecondaryCapture,
    ];

    /// <summary>Opens a Part-10 file and applies every gate that no model can change.</summary>
    public static InstanceReading Of(string path)
    {
        try
        {
            using var file = Part10File.Open(path);
            return Read(file);
        }
        catch (DicomFormatException e)
        {
            return new(ImageFacts.None, NotScoredReason.Corrupt, $"not a readable DICOM file (byte {e.ByteOffset})", null, []);
        }
        // A disk that fails is not the image's fault: such errors go out and are tried again.
        catch (IOException e) when (e is EndOfStreamException or FileNotFoundException or DirectoryNotFoundException)
        {
            return new(ImageFacts.None, NotScoredReason.Corrupt, $"the file cannot be read ({e.GetType().Name})", null, []);
        }
    }

    private static InstanceReading Read(Part10File file)
    {
        var set = file.DataSet;
        var header = FrameHeader.Read(set);
        var regions = RegionItem.ReadAll(set);
        var facts = FirstFacts(file, header);
        if (BeforePixels(file, header, facts) is { } early)
            return new(facts, early.Reason, early.Detail, null, regions);
        var mode = ModeGate.FromHeader(set.GetStrings(Tags.ImageType), regions);
        if (mode.Reason is { } notBMode)
            return new(facts with { Mode = notBMode.Text() }, notBMode, mode.Detail, null, regions);
        var frame = FrameReader.Read(file, header);
        if (frame.Image is not { } image)
            return new(facts, frame.Reason, frame.Detail, null, regions);
        facts = facts with { Decodable = true };
        if (Imaging.Regions.Choose(regions, image, RegionPolicy.Largest, fallback: true) is not { } crop)
            return new(facts, NotScoredReason.NoUsableRegion, "no usable region in the header and no scan area in the pixels", null,
                regions);
        facts = facts with { Crop = crop };
        if (Math.Min(crop.Width, crop.Height) < LeastSidePixels)
            return new(facts, NotScoredReason.TooSmall,
                $"the scan area is {crop.Width} × {crop.Height} pixels; at least {LeastSidePixels} are needed", null, regions);
        var colour = ModeGate.Measure(image, crop);
        facts = facts with { ColouredShare = colour.ColouredShare, Tinted = colour.Tinted };
        return colour.IsDoppler
            ? new(facts with { Mode = NotScoredReason.Doppler.Text() }, NotScoredReason.Doppler,
                $"{colour.ColouredShare:P1} of the scan area is coloured", null, regions)
            : new(facts with { Mode = "B-mode" }, null, null, image, regions);
    }

    private static (NotScoredReason Reason, string Detail)? BeforePixels(Part10File file, FrameHeader header, ImageFacts facts)
    {
        // A modality is compared, never repeated: it may hold anything.
        var ultrasoundClass = facts.SopClassUid.StartsWith(SopClasses.UltrasoundImageRetired, StringComparison.Ordinal)
            || facts.SopClassUid is SopClasses.UltrasoundMultiFrame or SopClasses.UltrasoundMultiFrameRetired;
        if (facts.Modality != "US" && !(facts.Modality.Length == 0 && ultrasoundClass))
            return (NotScoredReason.NotUltrasound, facts.Modality.Length == 0 ? "the modality is not stated" : "the modality is not US");
        if (!ScoredClasses.Contains(facts.SopClassUid))
            return (NotScoredReason.UnsupportedObject,
                $"{(DicomUid.IsValid(facts.SopClassUid) ? SopClasses.Name(facts.SopClassUid) : "this SOP class")} is not scored");
        if (file.PixelDataOffset < 0)
            return (NotScoredReason.Corrupt, "there is no pixel data");
        return header.Frames > 1 ? (NotScoredReason.UnsupportedObject, "multi-frame clip: not in this version") : null;
    }

    private static ImageFacts FirstFacts(Part10File file, FrameHeader header)
    {
        var set = file.DataSet;
        return ImageFacts.None with
        {
            SopClassUid = set.GetString(Tags.SOPClassUID) ?? file.Meta.SopClassUid,
            SopInstanceUid = set.GetString(Tags.SOPInstanceUID) ?? file.Meta.SopInstanceUid,
            StudyInstanceUid = set.GetString(Tags.StudyInstanceUID) ?? "",
            SeriesInstanceUid = set.GetString(Tags.SeriesInstanceUID) ?? "",
            TransferSyntaxUid = file.Syntax.Uid,
            TransferSyntaxName = file.Syntax.Name,
            Modality = set.GetString(Tags.Modality) ?? "",
            Rows = Math.Max(0, header.Rows),
            Columns = Math.Max(0, header.Columns),
            Frames = header.Frames,
            PhotometricInterpretation = header.Photometric,
            IsPhantom = PhantomMarker.IsOn(set),
        };
    }
}
