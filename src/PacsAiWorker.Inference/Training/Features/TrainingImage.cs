using PacsAiWorker.Inference.Imaging;

namespace PacsAiWorker.Inference.Training.Features;

/// <summary>What is kept of an image once its features are known. Nothing in it names a person.</summary>
/// <param name="FileSha256">Of the whole file, 64 lower-case hex digits: finds the image again.</param>
/// <param name="PixelSha256">Of the scan areas that are scored, 64 lower-case hex digits: equal pixels under another header are found.</param>
/// <param name="DifferenceHash">64 bits, of the first of them; see <see cref="PictureHash"/>.</param>
/// <param name="CropSource">Where the scan area comes from.</param>
/// <param name="Frames">Features of each frame that a package would score.</param>
public sealed record TrainingImage(string FileSha256, string PixelSha256, ulong DifferenceHash, CropSource CropSource, IReadOnlyList<float[]> Frames);

/// <summary>An image that cannot be used, and why: of the closed list.</summary>
public sealed record UnusableImage(NotScoredReason Reason, string Detail);
