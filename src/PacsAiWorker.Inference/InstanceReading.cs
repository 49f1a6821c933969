using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Dicom.Files;
using PacsAiWorker.Inference.Imaging;
using PacsAiWorker.Inference.Imaging.Codecs;
using PacsAiWorker.Inference.Packages;
using PacsAiWorker.Inference.Routing;

namespace PacsAiWorker.Inference;

/// <summary>
/// One file, opened, decoded and gated: what holds for every model. Decisions are values; nothing is thrown for what a file says.
/// </summary>
/// <param name="Facts">What was seen.</param>
/// <param name="Reason">Why no model may score it; null when models may.</param>
/// <param name="Detail">One sentence about the reason; without one what could not be read of a clip, null when all was.</param>
/// <param name="Frames">The frames that models score; empty when they may not.</param>
/// <param name="Regions">All region items.</param>
internal sealed record InstanceReading(
    ImageFacts Facts, NotScoredReason? Reason, string? Detail, IReadOnlyList<ChosenFrame> Frames, IReadOnlyList<RegionItem> Regions) : IDisposable
{
    private const int LeastSidePixels = 64;

    private static readonly HashSet<string> ScoredClasses =
    [
        SopClasses.UltrasoundImage, SopClasses.UltrasoundMultiFrame, SopClasses.UltrasoundImageRetired,
        SopClasses.UltrasoundMultiFrameRetired,
        SopClasses.SecondaryCapture, SopClasses.MultiFrameGrayscaleByteSecondaryCapture, SopClasses.MultiFrameGrayscaleWordSecondaryCapture,
        SopClasses.MultiFrameTrueColorSecondaryCapture,
    ];

    /// <summary>What the header says for routing.</summary>
    public RoutingFacts Header { get; private init; } = new();

    /// <summary>(0008,0020); null where the header has none.</summary>
    private string? StudyDate { get; init; }

    /// <summary>For the router: header and gates.</summary>
    /// <param name="age">Used where the header says nothing about the age.</param>
    public RoutingFacts Routing(AgeHint age) => Header with
    {
        Gate = Reason,
        GateDetail = Detail,
        Age = Header.Age == PatientAge.Unknown ? age.On(StudyDate) : Header.Age,
    };

    /// <summary>The crop under a package's rule; null when there is none.</summary>
    public Crop? CropFor(ModelCard card) => Frames.Count == 0 ? null
        : card is { Region: RegionPolicy.Largest, PixelFallback: true } ? Facts.Crop
        : Imaging.Regions.Choose(Regions, Images, card.Region, card.PixelFallback);

    /// <summary>The pictures of <see cref="Frames"/>.</summary>
    public IReadOnlyList<RasterImage> Images => [.. Frames.Select(f => f.Image)];

    /// <summary>Opens a Part-10 file and applies every gate that no model can change.</summary>
    /// <exception cref="DecodingUnavailableException">No decoding process can be started.</exception>
    public static InstanceReading Of(FileRange range, CodecPool codecs, CancellationToken cancellation)
    {
        try
        {
            using var file = Part10File.Open(range);
            var header = RoutingFacts.Read(file.DataSet);
            return Read(file, header.Age, codecs, cancellation) with { Header = header, StudyDate = file.DataSet.GetString(Tags.StudyDate) };
        }
        catch (DicomFormatException e)
        {
            return Not(ImageFacts.None, NotScoredReason.Corrupt, $"not a readable DICOM file (byte {e.ByteOffset})", []);
        }
        // A disk that fails is not the image's fault: such errors go out and are tried again.
        catch (IOException e) when (e is EndOfStreamException or FileNotFoundException or DirectoryNotFoundException)
        {
            return Not(ImageFacts.None, NotScoredReason.Corrupt, $"the file cannot be read ({e.GetType().Name})", []);
        }
    }

    public void Dispose()
    {
        foreach (var frame in Frames)
            frame.Image.Dispose();
    }

    private static InstanceReading Not(ImageFacts facts, NotScoredReason reason, string? detail, IReadOnlyList<RegionItem> regions) =>
        new(facts, reason, detail, [], regions);

    private static InstanceReading Read(Part10File file, PatientAge age, CodecPool codecs, CancellationToken cancellation)
    {
        var set = file.DataSet;
        var header = FrameHeader.Read(set);
        var regions = RegionItem.ReadAll(set);
        var facts = FirstFacts(file, header) with { AgeYears = age.Years };
        if (BeforePixels(file, facts) is { } early)
            return Not(facts, early.Reason, early.Detail, regions);
        if (ReportScreen.Found(set, regions) is { } report)
            return Not(facts, NotScoredReason.ReportScreen, report, regions);
        var mode = ModeGate.FromHeader(set.GetStrings(Tags.ImageType), regions);
        if (mode.Reason is { } notBMode)
            return Not(facts with { Mode = notBMode.Text() }, notBMode, mode.Detail, regions);
        var source = FrameSource.Open(file, header, codecs);
        if (source.Value is not { } pixels)
            return Not(facts, source.Reason!.Value, source.Detail, regions);
        facts = facts with { Frames = pixels.Frames, Flags = [.. facts.Flags, .. pixels.Flags], FrameIndex = pixels.How };
        var chosen = ChosenFrames.Read(pixels, cancellation);
        return chosen.Value is { } read
            ? Gated(facts with { Decodable = true, FramesChosen = [.. read.Frames.Select(f => f.Number)] }, read, regions)
            : Not(facts, chosen.Reason!.Value, chosen.Detail, regions);
    }

    /// <summary>The gates that need pixels. Takes the frames over.</summary>
    private static InstanceReading Gated(ImageFacts facts, ChosenFrames read, IReadOnlyList<RegionItem> regions)
    {
        var reading = new InstanceReading(facts, null, read.Missing, read.Frames, regions);
        if (Imaging.Regions.Choose(regions, reading.Images, RegionPolicy.Largest, fallback: true) is not { } crop)
            return reading.Refused(facts, NotScoredReason.NoUsableRegion, "no usable region in the header and no scan area in the pixels");
        facts = facts with { Crop = crop };
        if (Math.Min(crop.Width, crop.Height) < LeastSidePixels)
            return reading.Refused(facts, NotScoredReason.TooSmall,
                $"the scan area is {crop.Width} × {crop.Height} pixels; at least {LeastSidePixels} are needed");
        var colour = reading.Images.Select(i => ModeGate.Measure(i, crop)).MaxBy(m => (m.IsDoppler, m.ColouredShare))!;
        facts = facts with { ColouredShare = colour.ColouredShare, Tinted = colour.Tinted };
        return colour.IsDoppler
            ? reading.Refused(facts with { Mode = NotScoredReason.Doppler.Text() }, NotScoredReason.Doppler,
                $"{colour.ColouredShare:P1} of the scan area is coloured")
            : reading with { Facts = facts with { Mode = "B-mode" } };
    }

    private InstanceReading Refused(ImageFacts facts, NotScoredReason reason, string detail)
    {
        Dispose();
        return Not(facts, reason, detail, Regions);
    }

    private static (NotScoredReason Reason, string Detail)? BeforePixels(Part10File file, ImageFacts facts)
    {
        // A modality is compared, never repeated: it may hold anything.
        var ultrasoundClass = facts.SopClassUid.StartsWith(SopClasses.UltrasoundImageRetired, StringComparison.Ordinal)
            || facts.SopClassUid is SopClasses.UltrasoundMultiFrame or SopClasses.UltrasoundMultiFrameRetired;
        if (facts.Modality != "US" && !(facts.Modality.Length == 0 && ultrasoundClass))
            return (NotScoredReason.NotUltrasound, facts.Modality.Length == 0 ? "the modality is not stated" : "the modality is not US");
        if (!ScoredClasses.Contains(facts.SopClassUid))
            return (NotScoredReason.UnsupportedObject,
                $"{(DicomUid.IsValid(facts.SopClassUid) ? SopClasses.Name(facts.SopClassUid) : "this SOP class")} is not scored");
        if (file.Quarantined)
            return (NotScoredReason.Corrupt, "a piece of a sequence stands alone: somebody removed its header, and what else is not known");
        return file.PixelDataOffset < 0 ? (NotScoredReason.Corrupt, "there is no pixel data") : null;
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
            FrameRate = header.Frames > 1 ? ClipRate.Of(set) : null,
            PhotometricInterpretation = header.Photometric,
            OrderPriority = Tiers.Known(set.GetString(Tags.RequestedProcedurePriority)),
            IsPhantom = PhantomMarker.IsOn(set),
            Flags = file.Flags,
        };
    }
}
