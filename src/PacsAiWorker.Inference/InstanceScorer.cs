using System.Diagnostics;
using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using PacsAiWorker.Dicom.Files;
using PacsAiWorker.Inference.Imaging;
using PacsAiWorker.Inference.Imaging.Codecs;
using PacsAiWorker.Inference.Imaging.Resampling;
using PacsAiWorker.Inference.Packages;
using PacsAiWorker.Inference.Runtime;
using PacsAiWorker.Inference.Runtime.Batching;
using PacsAiWorker.Native.Processes;

namespace PacsAiWorker.Inference;

/// <summary>From a stored file to exactly one final outcome. Safe for several threads at once.</summary>
/// <param name="registry">The packages in use.</param>
/// <param name="codecs">Where pictures are decoded.</param>
/// <param name="clock">For review dates.</param>
/// <param name="keepPictures">Whether scores bring what they were computed from.</param>
public sealed class InstanceScorer(ModelRegistry registry, CodecPool codecs, TimeProvider clock, bool keepPictures = false)
{
    /// <summary>A model that applies, with its crop.</summary>
    private sealed record Candidate(LoadedModel Model, Crop Crop);

    /// <summary>Why a model does not apply, and the reason that an image gets when this is the only obstacle.</summary>
    private sealed record Obstacle(string ModelId, NotScoredReason Reason, string Why);

    [ThreadStatic]
    private static PreprocessingScratch? scratch;

    /// <summary>Frames of one image that may wait for a network together.</summary>
    private const int MostAhead = 4;

    /// <summary>
    /// Opens the Part-10 file, gates, crops and runs every model that applies. A damaged file is an outcome, not an error.
    /// </summary>
    /// <param name="file">The stored file.</param>
    /// <param name="tier">0 STAT, 1 urgent, 2 routine, 3 backfill: who goes first on the device.</param>
    /// <param name="ct">Ends waiting.</param>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    /// <exception cref="DeviceUnavailableException">The device failed; try again later.</exception>
    /// <exception cref="DecodingUnavailableException">No decoding process can be started; try again later.</exception>
    /// <exception cref="ImageRefusedException">A network does not run it, even by itself.</exception>
    public async Task<InstanceVerdict> ScoreAsync(FileRange file, int tier, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        var begun = Stopwatch.GetTimestamp();
        using var reading = InstanceReading.Of(file, codecs, ct);
        var read = Stopwatch.GetElapsedTime(begun);
        KillPoint.At(KillPoints.Decoded);
        ct.ThrowIfCancellationRequested();
        var (candidates, obstacles) = Route(reading);
        var scores = new List<FrameScore>();
        var pictures = new Dictionary<(int, Crop), byte[]>();
        foreach (var candidate in candidates)
        {
            ct.ThrowIfCancellationRequested();
            var frames = await RunAsync(candidate, reading.Frames, tier, read, pictures, ct).ConfigureAwait(false);
            if (!frames.Contains(null))
                scores.AddRange(frames!);
            else
                obstacles.Add(new(candidate.Model.Card.Id, NotScoredReason.NoModelApplies,
                    "the network gave a value that is not a number"));
        }
        var outcome = scores.Count > 0 ? (Reason: (NotScoredReason?)null, Detail: null) : WhyNot(reading, obstacles);
        return new InstanceVerdict(scores.Count > 0, outcome.Reason, scores.Count > 0 ? reading.Detail : outcome.Detail, scores,
            [.. obstacles.Select(o => (o.ModelId, o.Why))], reading.Facts);
    }

    /// <summary>The same decisions without running a network.</summary>
    public InstanceInspection Inspect(FileRange file)
    {
        using var reading = InstanceReading.Of(file, codecs, CancellationToken.None);
        var (candidates, obstacles) = Route(reading);
        var outcome = candidates.Count > 0 ? (Reason: (NotScoredReason?)null, Detail: null) : WhyNot(reading, obstacles);
        return new InstanceInspection(
            candidates.Count > 0, outcome.Reason, outcome.Detail, [.. candidates.Select(c => c.Model.Card.Id)],
                [.. obstacles.Select(o => (o.ModelId, o.Why))], reading.Facts,
                [.. reading.Regions.Select(r => Regions.Describe(r, reading.Facts.Columns, reading.Facts.Rows))]);
    }

    /// <summary>The scan area of the first frame that would be scored, or why there is none to show.</summary>
    public (RasterImage? Image, string Why) Preview(FileRange file)
    {
        using var reading = InstanceReading.Of(file, codecs, CancellationToken.None);
        return reading is { Frames: [var first, ..], Facts.Crop: { } crop }
            ? (first.Image.Cropped(crop), "")
            : (null, $"{reading.Reason?.Text()}: {reading.Detail}");
    }

    private (List<Candidate> Candidates, List<Obstacle> Obstacles) Route(InstanceReading reading)
    {
        var candidates = new List<Candidate>();
        var obstacles = registry.Refused.Select(r => new Obstacle(r.ModelId ?? r.Folder, r.Reason, r.Why)).ToList();
        foreach (var model in registry.Models)
        {
            var card = model.Card;
            Crop? crop = null;
            var obstacle =
                reading.Reason is { } reason ? (reason, reading.Detail ?? reason.Text())
                : ModelRegistry.Expired(card, clock) ? (NotScoredReason.PackageExpired, ModelRegistry.ExpiredText(card))
                : card.Demonstration && !reading.Facts.IsPhantom
                    ? (NotScoredReason.NoModelApplies, "demonstration package scores phantoms only")
                : !card.Modalities.Contains(reading.Facts.Modality)
                    ? (NotScoredReason.NoModelApplies, $"{card.Id} does not accept this modality")
                : (crop = Regions.Choose(reading.Regions, reading.Images, card.Region, card.PixelFallback)) is null
                    ? (NotScoredReason.NoUsableRegion, $"{card.Id} finds no region that its rules accept")
                : Math.Min(crop.Width, crop.Height) < card.MinSidePixels
                    ? (NotScoredReason.TooSmall,
                        $"the scan area is {crop.Width} × {crop.Height} pixels; {card.Id} needs {card.MinSidePixels}")
                : ((NotScoredReason Reason, string Why)?)null;
            if (obstacle is { } o)
                obstacles.Add(new(card.Id, o.Reason, o.Why));
            else
                candidates.Add(new(model, crop!));
        }
        return (candidates, obstacles);
    }

    /// <summary>One reason: the image's own; else that of the loaded packages; else that of the refused ones, the gravest first.</summary>
    private (NotScoredReason? Reason, string? Detail) WhyNot(InstanceReading reading, List<Obstacle> obstacles)
    {
        if (reading.Reason is not null)
            return (reading.Reason, reading.Detail);
        var ofLoaded = obstacles.Where(o => registry.Models.Any(m => m.Card.Id == o.ModelId)).ToList();
        if (ofLoaded.Count > 0)
            return (ofLoaded.Select(o => o.Reason).Distinct().Count() == 1 ? ofLoaded[0].Reason : NotScoredReason.NoModelApplies,
                string.Join("; ", ofLoaded.Select(o => o.Why).Distinct()));
        NotScoredReason[] gravity = [NotScoredReason.RuntimeMissing, NotScoredReason.DeviceUnavailable, NotScoredReason.PackageExpired,
            NotScoredReason.NoModelApplies];
        var gravest = obstacles.OrderBy(o => Array.IndexOf(gravity, o.Reason) is >= 0 and var rank ? rank : gravity.Length);
        return gravest.FirstOrDefault() is { } worst
            ? (worst.Reason, worst.Why)
            : (NotScoredReason.NoModelApplies, "no model package is installed");
    }

    /// <summary>One a frame, in their order; null where the network gives a value that is not finite.</summary>
    private async Task<List<FrameScore?>> RunAsync(
        Candidate candidate, IReadOnlyList<ChosenFrame> frames, int tier, TimeSpan read, Dictionary<(int, Crop), byte[]> pictures, CancellationToken ct)
    {
        var queue = candidate.Model.Queue;
        var scores = new List<FrameScore?>(frames.Count);
        var ahead = new Queue<(ChosenFrame Frame, BatchItem Item, string Digest, TimeSpan Fill)>(MostAhead);
        try
        {
            foreach (var frame in frames)
            {
                BatchItem? item = null;
                while (ahead.Count == MostAhead || (ahead.Count > 0 && (item = queue.TryLease(tier)) is null))
                    scores.Add(await EndAsync().ConfigureAwait(false));
                item ??= await queue.LeaseAsync(tier, ct).ConfigureAwait(false);
                var filling = Stopwatch.GetTimestamp();
                Preprocessing.Fill(frame.Image, candidate.Crop, candidate.Model.Card.Preprocessing, item.Input, scratch ??= new());
                var digest = Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes(item.Input)));
                item.Submit();
                ahead.Enqueue((frame, item, digest, Stopwatch.GetElapsedTime(filling)));
            }
            while (ahead.Count > 0)
                scores.Add(await EndAsync().ConfigureAwait(false));
            return scores;
        }
        finally
        {
            foreach (var (_, item, _, _) in ahead)
            {
                await item.DoneAsync().ConfigureAwait(false);
                item.Dispose();
            }
        }

        async Task<FrameScore?> EndAsync()
        {
            var (frame, item, digest, fill) = ahead.Dequeue();
            await item.DoneAsync().ConfigureAwait(false);
            using (item)
                return item.Outcome switch
                {
                    BatchOutcome.Scored => Score(candidate, frame, item, digest) with { Times = (read, fill), Picture = keepPictures ? Picture(frame, candidate.Crop, pictures) : null },
                    BatchOutcome.NotFinite => null,
                    BatchOutcome.Refused => throw new ImageRefusedException($"{candidate.Model.Card.Id} does not run it: {item.Why}"),
                    _ => throw new DeviceUnavailableException($"{candidate.Model.Card.Id} could not be run: {item.Why}"),
                };
        }
    }

    /// <summary>Networks that use the same part of a frame share its picture.</summary>
    private static byte[] Picture(ChosenFrame frame, Crop crop, Dictionary<(int, Crop), byte[]> known)
    {
        if (!known.TryGetValue((frame.Number, crop), out var picture))
        {
            using var bytes = new MemoryStream();
            PngFile.Write(bytes, frame.Image.Cropped(crop), CompressionLevel.Fastest);
            known[(frame.Number, crop)] = picture = bytes.ToArray();
        }
        return picture;
    }

    private static FrameScore Score(Candidate candidate, ChosenFrame frame, BatchItem item, string digest)
    {
        var card = candidate.Model.Card;
        var logits = item.Output.ToArray();
        var probabilities = Probabilities.From(logits, card.Activation);
        var positive = Probabilities.Positive(probabilities, card);
        return new FrameScore(
            card.Id, card.Version, card.Sha256!, candidate.Model.Identity, frame.Number, logits, probabilities, [.. card.Classes.Select(c => c.Id)],
            Array.IndexOf(probabilities, probabilities.Max()), positive, card.Threshold, positive >= card.Threshold, candidate.Crop,
            card.Preprocessing.Describe(), candidate.Model.Runtime, digest)
        {
            Batch = new BatchFacts(item.Bucket, item.Rows, item.Waited, item.Ran),
            Times = default,
        };
    }
}
