using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using PacsAiWorker.Inference.Imaging;
using PacsAiWorker.Inference.Imaging.Resampling;
using PacsAiWorker.Inference.Packages;
using PacsAiWorker.Inference.Routing;
using PacsAiWorker.Inference.Runtime;
using PacsAiWorker.Inference.Runtime.Batching;

namespace PacsAiWorker.Inference;

/// <summary>What decides a score, and the score: recorded once, computed again later.</summary>
/// <param name="Identity">Digest over the package.</param>
/// <param name="Runtime">What ran it, and at which precision.</param>
/// <param name="Crop">Box in stored-image pixels; null when it is not computed again.</param>
/// <param name="Preprocessing">The rule in one line.</param>
/// <param name="InputSha256">Of the network's input.</param>
/// <param name="Logits">Raw values, one a class.</param>
public sealed record ScoreEvidence(string Identity, string Runtime, string? Crop, string Preprocessing, string InputSha256, IReadOnlyList<float> Logits);

/// <summary>One line of a comparison.</summary>
/// <param name="What">What is compared.</param>
/// <param name="Recorded">Then.</param>
/// <param name="Now">Now.</param>
/// <param name="IsSame">Whether they are equal, to the last bit.</param>
public sealed record ReplayLine(string What, string Recorded, string Now, bool IsSame);

/// <summary>Computes a recorded score again and says what is different.</summary>
public static class ScoreReplay
{
    /// <summary>From the picture that was kept: pre-processing and network.</summary>
    /// <exception cref="DeviceUnavailableException">The network could not be run.</exception>
    public static async Task<ScoreEvidence> FromPictureAsync(LoadedModel model, RasterImage picture, CancellationToken cancellation)
    {
        using var item = await model.Queue.LeaseAsync(Tiers.Backfill, cancellation).ConfigureAwait(false);
        var whole = new Crop(0, 0, picture.Width - 1, picture.Height - 1, CropSource.Full);
        Preprocessing.Fill(picture, whole, model.Card.Preprocessing, item.Input, new PreprocessingScratch());
        var digest = Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes(item.Input)));
        item.Submit();
        await item.DoneAsync().ConfigureAwait(false);
        return item.Outcome is BatchOutcome.Scored or BatchOutcome.NotFinite
            ? new ScoreEvidence(model.Identity, model.Runtime, null, model.Card.Preprocessing.Describe(), digest, item.Output.ToArray())
            : throw new DeviceUnavailableException($"{model.Card.Id} could not be run: {item.Why}");
    }

    /// <summary>From the original: everything.</summary>
    public static ScoreEvidence Of(FrameScore score) =>
        new(score.ModelIdentity, score.Runtime, Describe(score.Crop), score.Preprocessing, score.InputSha256, score.Logits);

    /// <summary>A crop in words, as it is compared.</summary>
    public static string Describe(Crop crop) => $"{crop.X0},{crop.Y0} to {crop.X1},{crop.Y1}";

    /// <summary>Field by field, in the order in which one decides the next.</summary>
    public static IReadOnlyList<ReplayLine> Compare(ScoreEvidence recorded, ScoreEvidence now)
    {
        List<ReplayLine> lines =
        [
            Line("package", recorded.Identity, now.Identity),
            Line("runtime", RuntimeText.Core(recorded.Runtime), RuntimeText.Core(now.Runtime)),
            Line("pre-processing", recorded.Preprocessing, now.Preprocessing),
            Line("network input (SHA-256)", recorded.InputSha256, now.InputSha256),
            new("raw values", Text(recorded.Logits), Difference(recorded.Logits, now.Logits), recorded.Logits.SequenceEqual(now.Logits)),
        ];
        if (recorded.Crop is not null && now.Crop is not null)
            lines.Insert(2, Line("crop", recorded.Crop, now.Crop));
        if (Precision.In(recorded.Runtime) is { } then && Precision.In(now.Runtime) is { } today)
            lines.Insert(2, Line("precision", then, today));
        foreach (var word in (string[])[RuntimeText.Options, RuntimeText.Placement])
            if (RuntimeText.In(recorded.Runtime, word) is { } old && RuntimeText.In(now.Runtime, word) is { } present)
                lines.Insert(2, Line(word, old, present));
        return lines;
    }

    private static ReplayLine Line(string what, string recorded, string now) => new(what, recorded, now, recorded == now);

    private static string Difference(IReadOnlyList<float> recorded, IReadOnlyList<float> now) =>
        recorded.Count != now.Count || recorded.SequenceEqual(now)
            ? Text(now)
            : string.Create(CultureInfo.InvariantCulture, $"{Text(now)} (largest difference {recorded.Zip(now).Max(p => Math.Abs(p.First - p.Second)):G3})");

    private static string Text(IEnumerable<float> values) => string.Join(' ', values.Select(v => v.ToString("R", CultureInfo.InvariantCulture)));
}
