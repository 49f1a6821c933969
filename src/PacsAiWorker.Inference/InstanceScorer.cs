using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using PacsAiWorker.Dicom.Files;
using PacsAiWorker.Inference.Imaging;
using PacsAiWorker.Inference.Imaging.Codecs;
using PacsAiWorker.Inference.Imaging.Resampling;
using PacsAiWorker.Inference.Packages;
using PacsAiWorker.Inference.Routing;
using PacsAiWorker.Inference.Runtime;
using PacsAiWorker.Inference.Runtime.Batching;
using PacsAiWorker.Native.Processes;

namespace PacsAiWorker.Inference;

/// <summary>From a stored file to exactly one final outcome. Safe for several threads at once.</summary>
/// <param name="packages">The packages in use.</param>
/// <param name="codecs">Where pictures are decoded.</param>
/// <param name="clock">For review dates.</param>
/// <param name="keep">Keeps what a score was computed from, a part of a frame, and gives its place.</param>
public sealed class InstanceScorer(ModelSet packages, CodecPool codecs, TimeProvider clock, Func<RasterImage, Crop, string>? keep = null)
{
    /// <summary>A model that applies, with its crop.</summary>
    private sealed record Candidate(LoadedModel Model, Crop Crop);

    /// <summary>Why a package gives no score.</summary>
    /// <param name="IsLoaded">Whether it runs at all.</param>
    /// <param name="Card">Of the package, when it could be read.</param>
    /// <param name="ModelId">Of the package, or its folder.</param>
    /// <param name="Verdict">Why.</param>
    private sealed record Obstacle(bool IsLoaded, ModelCard? Card, string ModelId, RoutingVerdict Verdict)
    {
        public Obstacle(LoadedModel model, RoutingVerdict verdict) : this(true, model.Card, model.Card.Id, verdict) => Model = model;

        /// <summary>Null where it could not be loaded.</summary>
        public LoadedModel? Model { get; }

        /// <summary>It ran, and gave no number.</summary>
        public bool HasFailed { get; init; }

        /// <summary>A recipe that would not take the image even with weights: no part of the reason.</summary>
        public bool IsAside { get; init; }

        /// <summary>Of the findings an image may get, routers make none.</summary>
        public bool MakesFindings => Card is not { IsRouter: true };
    }

    /// <summary>What the runs of one image share.</summary>
    /// <param name="Tier">Who goes first on the device.</param>
    /// <param name="Read">How long reading took.</param>
    /// <param name="Pictures">Places by frame and crop, see <see cref="Picture"/>.</param>
    private sealed record Run(int Tier, TimeSpan Read, Dictionary<(int, Crop), string> Pictures);

    [ThreadStatic]
    private static PreprocessingScratch? scratch;

    /// <summary>Frames of one image that may wait for a network together.</summary>
    private const int MostAhead = 4;

    /// <summary>
    /// Opens the Part-10 file, gates, crops and runs every model that applies. A damaged file is an outcome, not an error.
    /// </summary>
    /// <param name="file">The stored file.</param>
    /// <param name="tier">0 STAT, 1 urgent, 2 routine, 3 backfill: who goes first on the device.</param>
    /// <param name="age">Stands in for an age that the header does not tell.</param>
    /// <param name="ct">Ends waiting.</param>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    /// <exception cref="DeviceUnavailableException">The device failed; try again later.</exception>
    /// <exception cref="DecodingUnavailableException">No decoding process can be started; try again later.</exception>
    /// <exception cref="ImageRefusedException">A network does not run it, even by itself.</exception>
    /// <exception cref="ModelReplacedException">A package was taken out of use meanwhile; nothing is known of the image.</exception>
    public async Task<InstanceVerdict> ScoreAsync(FileRange file, int tier, AgeHint age, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        var begun = Stopwatch.GetTimestamp();
        using var reading = InstanceReading.Of(file, codecs, ct);
        var read = Stopwatch.GetElapsedTime(begun);
        KillPoint.At(KillPoints.Decoded);
        ct.ThrowIfCancellationRequested();
        var facts = reading.Routing(age);
        var obstacles = new List<Obstacle>();
        var run = new Run(tier, read, []);
        var (views, _, scores) = await AskRoutersAsync(reading, facts, run, obstacles, ct).ConfigureAwait(false);
        obstacles.InsertRange(0, Refused(reading, facts, views));
        var findings = await RunAllAsync(Route(reading, facts, views, routers: false, obstacles), reading, run, obstacles, ct).ConfigureAwait(false);
        var outcome = findings.Count > 0 ? RoutingVerdict.Runs : WhyNot(reading, obstacles);
        return new InstanceVerdict(outcome.Applies, outcome.Reason, outcome.Applies ? reading.Detail : outcome.Why, [.. scores, .. findings],
            NotApplied(obstacles), reading.Facts)
        {
            MeantFor = MeantFor(facts, views, obstacles),
            Suspended = [.. obstacles.Where(o => o.Verdict.Reason is NotScoredReason.PackageSuspended or NotScoredReason.PackageRecalled).Select(o => o.Verdict.Why)],
        };
    }

    /// <inheritdoc cref="ScoreAsync(FileRange, int, AgeHint, CancellationToken)"/>
    /// <param name="childrenOnly">Whoever sent it sends children only.</param>
    public Task<InstanceVerdict> ScoreAsync(FileRange file, int tier, bool childrenOnly, CancellationToken ct) => ScoreAsync(file, tier, new AgeHint(childrenOnly), ct);

    /// <inheritdoc cref="InspectAsync(FileRange, AgeHint, CancellationToken)"/>
    public Task<InstanceInspection> InspectAsync(FileRange file, bool childrenOnly, CancellationToken ct) => InspectAsync(file, new AgeHint(childrenOnly), ct);

    /// <summary>The same decisions; only view routers are run, for what follows depends on them.</summary>
    /// <inheritdoc cref="ScoreAsync(FileRange, int, AgeHint, CancellationToken)"/>
    public async Task<InstanceInspection> InspectAsync(FileRange file, AgeHint age, CancellationToken ct)
    {
        using var reading = InstanceReading.Of(file, codecs, ct);
        var facts = reading.Routing(age);
        var obstacles = new List<Obstacle>();
        var (views, view, _) = await AskRoutersAsync(reading, facts, new Run(Tiers.Routine, TimeSpan.Zero, []), obstacles, ct).ConfigureAwait(false);
        obstacles.InsertRange(0, Refused(reading, facts, views));
        var candidates = Route(reading, facts, views, routers: false, obstacles);
        var outcome = candidates.Count > 0 ? RoutingVerdict.Runs : WhyNot(reading, obstacles);
        return new InstanceInspection(
            outcome.Applies, outcome.Reason, outcome.Applies ? null : outcome.Why, [.. candidates.Select(c => c.Model.Card.Id)],
                NotApplied(obstacles), reading.Facts,
                [.. reading.Regions.Select(r => Regions.Describe(r, reading.Facts.Columns, reading.Facts.Rows))])
        { View = view };
    }

    /// <summary>The scan area of the first frame that would be scored, or why there is none to show.</summary>
    public (RasterImage? Image, string Why) Preview(FileRange file)
    {
        using var reading = InstanceReading.Of(file, codecs, CancellationToken.None);
        return reading is { Frames: [var first, ..], Facts.Crop: { } crop }
            ? (first.Image.Cropped(crop), "")
            : (null, $"{reading.Reason?.Text()}: {reading.Detail}");
    }

    private List<Obstacle> Refused(InstanceReading reading, RoutingFacts facts, ImageViews views) =>
    [
        .. packages.Refused.Select(r => WithoutWeights(r, reading, facts, views) is { } verdict
            ? new Obstacle(false, r.Card, r.ModelId ?? r.Folder, verdict) { IsAside = true }
            : new Obstacle(false, r.Card, r.ModelId ?? r.Folder, new(r.Reason, r.Why))),
    ];

    /// <summary>
    /// Why a package without weights would not take the image even with them; null when it certainly would, so that its weights are all that is
    /// missing.
    /// </summary>
    private RoutingVerdict? WithoutWeights(RefusedPackage refused, InstanceReading reading, RoutingFacts facts, ImageViews views) =>
        refused is { Reason: NotScoredReason.WeightsNotInstalled, Card: { } card }
        && Router.Decide(facts, card, reading.CropFor(card), views, Today) is { Applies: false } verdict ? verdict : null;

    private DateOnly Today => DateOnly.FromDateTime(clock.GetUtcNow().UtcDateTime);

    private List<string> MeantFor(RoutingFacts facts, ImageViews views, List<Obstacle> obstacles) =>
    [
        .. packages.Models.Where(m => !m.Card.IsRouter && !packages.Suspended.ContainsKey(m.Identity)
            && obstacles.Any(o => o.Model == m && (o.HasFailed || Router.IsMeant(facts, m.Card, views, o.Verdict, Today)))).Select(m => m.Identity),
    ];

    private static List<PackageNotRun> NotApplied(List<Obstacle> obstacles) => [.. obstacles.Select(o => new PackageNotRun(o.ModelId, o.Verdict.Said))];

    private List<Candidate> Route(InstanceReading reading, RoutingFacts facts, ImageViews views, bool routers, List<Obstacle> obstacles)
    {
        var candidates = new List<Candidate>();
        foreach (var model in packages.Models.Where(m => m.Card.IsRouter == routers))
        {
            var crop = reading.CropFor(model.Card);
            var verdict = Router.Decide(facts, model.Card, crop, views, Today);
            if (verdict.Applies && packages.Suspended.TryGetValue(model.Identity, out var why))
                verdict = new(packages.Recalled.Contains(model.Identity) ? NotScoredReason.PackageRecalled : NotScoredReason.PackageSuspended, why);
            if (verdict.Applies)
                candidates.Add(new(model, crop!));
            else
                obstacles.Add(new(model, verdict));
        }
        return candidates;
    }

    /// <summary>First stage: what the routers see decides which packages run in the second.</summary>
    private async Task<(ImageViews Views, string? View, List<FrameScore> Scores)> AskRoutersAsync(
        InstanceReading reading, RoutingFacts facts, Run run, List<Obstacle> obstacles, CancellationToken ct)
    {
        var routers = Route(reading, facts, ImageViews.Unknown, routers: true, obstacles);
        var scores = await RunAllAsync(routers, reading, run, obstacles, ct).ConfigureAwait(false);
        var answers = routers.Select(r => (r.Model.Card, Frames: scores.Where(s => s.ModelIdentity == r.Model.Identity).ToList()))
            .Where(r => r.Frames.Count > 0)
            .Select(r => (r.Card.Id, Answer: ViewAnswer.Of([.. r.Frames.Select(f => f.Probabilities)], r.Card.Classes))).ToList();
        var view = string.Join("; ", answers.Select(a => $"{a.Answer.Named ?? "unknown"} ({a.Id}; may be {string.Join(", ", a.Answer.Views)})"));
        return (ImageViews.Of([.. answers.Select(a => a.Answer)], failed: answers.Count < routers.Count), answers.Count > 0 ? view : null, scores);
    }

    /// <summary>
    /// Why no package that makes findings gave a score: the image's own reason; else those of the loaded packages and of those that lack nothing but
    /// their weights; else those of the refused.
    /// </summary>
    private RoutingVerdict WhyNot(InstanceReading reading, List<Obstacle> obstacles)
    {
        if (reading.Reason is not null)
            return new(reading.Reason, reading.Detail ?? reading.Reason.Value.Text());
        var ofLoaded = obstacles.Where(o => o.IsLoaded && o.MakesFindings).ToList();
        var weightless = obstacles.Where(o => o.Verdict.Reason == NotScoredReason.WeightsNotInstalled && o.MakesFindings);
        if (ofLoaded.Count > 0)
            return Router.Together([.. ofLoaded.Concat(weightless).Select(o => (o.ModelId, o.Verdict))]);
        NotScoredReason[] gravity = [NotScoredReason.RuntimeMissing, NotScoredReason.DeviceUnavailable, NotScoredReason.PackageExpired,
            NotScoredReason.WeightsNotInstalled, NotScoredReason.NoModelApplies];
        var gravest = obstacles.Where(o => !o.IsLoaded && !o.IsAside).OrderByDescending(o => o.MakesFindings)
            .ThenBy(o => Array.IndexOf(gravity, o.Verdict.Reason!.Value) is >= 0 and var rank ? rank : gravity.Length).FirstOrDefault();
        return gravest?.Verdict ?? new(NotScoredReason.NoModelApplies, packages.Models.Count == 0
            ? packages.Refused.Count == 0 ? "no model package is installed" : "no model package that is installed takes it" : "only view routers are installed, and they make no findings");
    }

    /// <summary>The scores of every candidate; one whose network gives no number becomes an obstacle.</summary>
    private async Task<List<FrameScore>> RunAllAsync(
        List<Candidate> candidates, InstanceReading reading, Run run, List<Obstacle> obstacles, CancellationToken ct)
    {
        var scores = new List<FrameScore>();
        foreach (var candidate in candidates)
        {
            ct.ThrowIfCancellationRequested();
            var frames = await RunAsync(candidate, reading.Frames, run, ct).ConfigureAwait(false);
            if (!frames.Contains(null))
                scores.AddRange(frames!);
            else
                obstacles.Add(new(candidate.Model, new(NotScoredReason.NoModelApplies, "the network gave a value that is not a number")) { HasFailed = true });
        }
        return scores;
    }

    /// <summary>One a frame, in their order; null where the network gives a value that is not finite.</summary>
    private async Task<List<FrameScore?>> RunAsync(
        Candidate candidate, IReadOnlyList<ChosenFrame> frames, Run run, CancellationToken ct)
    {
        var queue = candidate.Model.Queue;
        var scores = new List<FrameScore?>(frames.Count);
        var ahead = new Queue<(ChosenFrame Frame, BatchItem Item, string Digest, TimeSpan Fill)>(MostAhead);
        try
        {
            foreach (var frame in frames)
            {
                BatchItem? item = null;
                while (ahead.Count == MostAhead || (ahead.Count > 0 && (item = queue.TryLease(run.Tier)) is null))
                    scores.Add(await EndAsync().ConfigureAwait(false));
                item ??= await queue.LeaseAsync(run.Tier, ct).ConfigureAwait(false);
                var filling = Stopwatch.GetTimestamp();
                var digest = Fill(item, frame, candidate);
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
            FrameScore? score;
            using (item)
                score = item.Outcome switch
                {
                    BatchOutcome.Scored => Score(candidate, frame, item, digest) with { Times = (run.Read, fill) },
                    BatchOutcome.NotFinite => null,
                    BatchOutcome.Refused => throw new ImageRefusedException($"{candidate.Model.Card.Id} does not run it: {item.Why}"),
                    _ => throw new DeviceUnavailableException($"{candidate.Model.Card.Id} could not be run: {item.Why}"),
                };
            // The disk must not hold a place that another image waits for.
            return score is null ? null : score with { Picture = Picture(frame, candidate.Crop, run.Pictures) };
        }
    }

    /// <summary>Fills the place; gives the digest of what the network is to see.</summary>
    private static string Fill(BatchItem item, ChosenFrame frame, Candidate candidate)
    {
        try
        {
            Preprocessing.Fill(frame.Image, candidate.Crop, candidate.Model.Card.Preprocessing, item.Input, scratch ??= new());
            return Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes(item.Input)));
        }
        catch
        {
            item.Dispose();
            throw;
        }
    }

    /// <summary>Networks that use the same part of a frame share its picture.</summary>
    private string? Picture(ChosenFrame frame, Crop crop, Dictionary<(int, Crop), string> known)
    {
        if (keep is null)
            return null;
        if (!known.TryGetValue((frame.Number, crop), out var place))
            known[(frame.Number, crop)] = place = keep(frame.Image, crop);
        return place;
    }

    private static FrameScore Score(Candidate candidate, ChosenFrame frame, BatchItem item, string digest)
    {
        var card = candidate.Model.Card;
        var logits = item.Output.ToArray();
        var probabilities = Probabilities.From(logits, card);
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
