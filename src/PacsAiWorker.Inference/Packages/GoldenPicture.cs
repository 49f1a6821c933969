using PacsAiWorker.Inference.Imaging;

namespace PacsAiWorker.Inference.Packages;

/// <summary>A DICOM file of the package and the scores that it must get, through all that a received image goes through.</summary>
/// <param name="File">Its path in the package: phantom or de-identified, uncompressed or RLE.</param>
/// <param name="Frame">0 for a single-frame object, else from 1.</param>
/// <param name="Scores">Probability of each class, in the order of the card's classes.</param>
/// <param name="Tolerance">Largest accepted absolute difference of a probability, by <see cref="Precision"/>.</param>
public sealed record GoldenPicture(string File, int Frame, IReadOnlyList<double> Scores, IReadOnlyDictionary<string, double> Tolerance)
{
    /// <summary>The crop that it must get, when the card states one; its source is not compared.</summary>
    public Crop? Crop { get; init; }
}
