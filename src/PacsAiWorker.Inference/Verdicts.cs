using PacsAiWorker.Inference.Imaging;
using PacsAiWorker.Inference.Routing;

namespace PacsAiWorker.Inference;

/// <summary>One model's result for one frame, complete enough to be replayed and audited.</summary>
/// <param name="ModelId">Id of the package.</param>
/// <param name="ModelVersion">Version of the package.</param>
/// <param name="ModelSha256">SHA-256 of model.onnx.</param>
/// <param name="ModelIdentity">Digest over all files of the package.</param>
/// <param name="FrameNumber">0 for a single-frame object, else from 1.</param>
/// <param name="Logits">Raw outputs, one a class.</param>
/// <param name="Probabilities">After activation, one a class.</param>
/// <param name="ClassIds">Ids of the classes, in the same order.</param>
/// <param name="PredictedClass">Index of the highest probability.</param>
/// <param name="PositiveProbability">Sum (softmax) or highest (else) over the positive classes, at most 1.</param>
/// <param name="Threshold">The package's threshold.</param>
/// <param name="IsPositive">PositiveProbability is at or above the threshold.</param>
/// <param name="Crop">The scan area that was used, in stored-image pixels.</param>
/// <param name="Preprocessing">The rule in words.</param>
/// <param name="Runtime">Version, provider and precision that ran it.</param>
/// <param name="InputSha256">SHA-256 of the tensor's little-endian bytes.</param>
public sealed record FrameScore(
    string ModelId, string ModelVersion, string ModelSha256, string ModelIdentity, int FrameNumber, float[] Logits, double[] Probabilities,
    string[] ClassIds, int PredictedClass, double PositiveProbability, double Threshold, bool IsPositive, Crop Crop, string Preprocessing,
    string Runtime, string InputSha256)
{
    /// <summary>The batch that it ran in.</summary>
    public required BatchFacts Batch { get; init; }

    /// <summary>Opening, decoding and gating the whole image; filling the network's input.</summary>
    public required (TimeSpan Read, TimeSpan Fill) Times { get; init; }

    /// <summary>Place of the picture of what was used of the frame, before anything was computed from it; null unless it was to be kept.</summary>
    public string? Picture { get; init; }
}

/// <summary>The batch that a frame ran in.</summary>
/// <param name="Bucket">Its size, padding included.</param>
/// <param name="Rows">Frames in it.</param>
/// <param name="Waited">From the filled input to the batch's start.</param>
/// <param name="Ran">How long the batch ran.</param>
public sealed record BatchFacts(int Bucket, int Rows, TimeSpan Waited, TimeSpan Ran);

/// <summary>
/// What the file says about itself and what was measured; no patient text. Texts are empty and numbers 0 where the file is silent.
/// </summary>
/// <param name="SopClassUid">(0008,0016).</param>
/// <param name="SopInstanceUid">(0008,0018).</param>
/// <param name="StudyInstanceUid">(0020,000D).</param>
/// <param name="SeriesInstanceUid">(0020,000E).</param>
/// <param name="TransferSyntaxUid">Of the file.</param>
/// <param name="TransferSyntaxName">In words.</param>
/// <param name="Modality">(0008,0060).</param>
/// <param name="Rows">Height of a frame, pixels.</param>
/// <param name="Columns">Width of a frame, pixels.</param>
/// <param name="Frames">Number of frames.</param>
/// <param name="PhotometricInterpretation">(0028,0004).</param>
/// <param name="IsPhantom">Carries both phantom markers.</param>
/// <param name="Decodable">The pixels could be read.</param>
/// <param name="Mode">"B-mode", "colour or spectral Doppler", "M-mode", or "unknown" when it was not looked at: B-mode is said only
/// after header and colours were.</param>
/// <param name="ColouredShare">Share of clearly coloured pixels inside the crop, 0 to 1; null when not measured.</param>
/// <param name="Tinted">All colour is one hue: grey with a tint.</param>
/// <param name="Crop">The scan area under default rules, in stored-image pixels; null when none was found.</param>
/// <param name="FrameRate">Frames per second of a clip; null for a still.</param>
/// <param name="FrameIndex">How the frames of encapsulated pixels were told apart; null for others.</param>
/// <param name="FramesChosen">Numbers of the frames that are scored, from 1; 0 for a still.</param>
/// <param name="Flags">What was tolerated in the file, one sentence each.</param>
public sealed record ImageFacts(
    string SopClassUid, string SopInstanceUid, string StudyInstanceUid, string SeriesInstanceUid, string TransferSyntaxUid,
    string TransferSyntaxName,
    string Modality, int Rows, int Columns, int Frames, string PhotometricInterpretation, bool IsPhantom, bool Decodable, string Mode,
    double? ColouredShare, bool Tinted, Crop? Crop, double? FrameRate, string? FrameIndex, IReadOnlyList<int> FramesChosen,
    IReadOnlyList<string> Flags)
{
    /// <summary>Completed years on the day of the study; null when unknown.</summary>
    public int? AgeYears { get; init; }

    /// <summary>(0040,1003), when it is a word of <see cref="Routing.Tiers.Table"/>; else null.</summary>
    public string? OrderPriority { get; init; }

    /// <summary>Nothing is known.</summary>
    public static ImageFacts None { get; } = new("", "", "", "", "", "", "", 0, 0, 0, "", false, false, "unknown", null, false, null, null, null, [], []);
}

/// <summary>A package that does not run on an image.</summary>
/// <param name="ModelId">Of the package, or its folder.</param>
/// <param name="Said">Why, without patient text.</param>
public sealed record PackageNotRun(string ModelId, Sentence Said)
{
    /// <summary>Why, in one sentence.</summary>
    public string Why => Said.Text;
}

/// <summary>The final outcome of one instance: scored by at least one model that makes findings, or one reason.</summary>
/// <param name="IsScored">Whether there is a score of a model that makes findings; a view router alone assesses nothing.</param>
/// <param name="Reason">Why not; null when scored.</param>
/// <param name="Detail">One sentence about the reason, without patient text; of a scored clip what could not be read, null when all was.</param>
/// <param name="Scores">One a model and frame, also those of view routers.</param>
/// <param name="NotApplied">Packages that were not run, and why.</param>
/// <param name="Facts">What was seen.</param>
public sealed record InstanceVerdict(
    bool IsScored, NotScoredReason? Reason, string? Detail, IReadOnlyList<FrameScore> Scores,
    IReadOnlyList<PackageNotRun> NotApplied, ImageFacts Facts)
{
    /// <summary>
    /// Identities of loaded packages that the image is meant for and that give no score of it: all else that they ask for holds, and the pixels, the
    /// age, the view or the network failed them.
    /// </summary>
    public IReadOnlyList<string> MeantFor { get; init; } = [];

    /// <summary>Of these, packages that would apply and that a person has stopped: a sentence each.</summary>
    public IReadOnlyList<string> Suspended { get; init; } = [];
}

/// <summary>The same decisions without running a network that makes findings.</summary>
/// <param name="WouldScore">Whether a model applies.</param>
/// <param name="Reason">Why not.</param>
/// <param name="Detail">One sentence about the reason.</param>
/// <param name="Applies">Ids of the models that would run.</param>
/// <param name="NotApplied">Packages that would not, and why.</param>
/// <param name="Facts">What was seen.</param>
/// <param name="Regions">Each item of (0018,6011) and what was made of it.</param>
public sealed record InstanceInspection(
    bool WouldScore, NotScoredReason? Reason, string? Detail, IReadOnlyList<string> Applies,
    IReadOnlyList<PackageNotRun> NotApplied,
    ImageFacts Facts, IReadOnlyList<string> Regions)
{
    /// <summary>What the view routers say in words; null when none was asked.</summary>
    public string? View { get; init; }
}
