using System.Security.Cryptography;
using PacsAiWorker.Inference.Imaging;
using PacsAiWorker.Inference.Imaging.Codecs;
using PacsAiWorker.Inference.Imaging.Resampling;
using PacsAiWorker.Inference.Packages;

namespace PacsAiWorker.Inference.Training.Features;

/// <summary>
/// An image read, gated, cropped and pre-processed by the code that scores: what a head learns from is what it will see. What a package
/// asks of the header (age, description) is not asked here: the list of training data says what belongs.
/// </summary>
/// <param name="FileSha256">Of the file.</param>
/// <param name="PixelSha256">Of the scan areas.</param>
/// <param name="DifferenceHash">Of the first.</param>
/// <param name="CropSource">Where the scan area comes from.</param>
/// <param name="Frames">The network's input for each frame.</param>
internal sealed record PreparedImage(string FileSha256, string PixelSha256, ulong DifferenceHash, CropSource CropSource, IReadOnlyList<float[]> Frames)
{
    [ThreadStatic]
    private static PreprocessingScratch? scratch;

    /// <summary>SHA-256 of a file, 64 lower-case hex digits.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static string DigestOf(string file)
    {
        using var stream = File.OpenRead(file);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }

    /// <summary>Reads a file for a package.</summary>
    /// <exception cref="DecodingUnavailableException">No decoding process can be started.</exception>
    /// <exception cref="IOException">The disk fails.</exception>
    public static (PreparedImage? Image, UnusableImage? Why) Read(string file, string fileSha256, ModelCard card, CodecPool codecs, CancellationToken cancellation)
    {
        using var reading = InstanceReading.Of(file, codecs, cancellation);
        if (reading.Reason is { } reason)
            return (null, new(reason, reading.Detail ?? reason.Text()));
        if (reading.CropFor(card) is not { } crop)
            return (null, new(NotScoredReason.NoUsableRegion, "the recipe's rule finds no scan area"));
        if (Math.Min(crop.Width, crop.Height) < card.MinSidePixels)
            return (null, new(NotScoredReason.TooSmall, $"the scan area is {crop.Width} × {crop.Height} pixels; the recipe needs at least {card.MinSidePixels}"));
        var frames = reading.Frames.Select(f =>
        {
            var tensor = new float[card.Preprocessing.Length];
            Preprocessing.Fill(f.Image, crop, card.Preprocessing, tensor, scratch ??= new());
            return tensor;
        }).ToArray();
        return (new(fileSha256, PictureHash.Exact(reading.Images, crop), PictureHash.Difference(reading.Images[0], crop), crop.Source, frames), null);
    }
}
