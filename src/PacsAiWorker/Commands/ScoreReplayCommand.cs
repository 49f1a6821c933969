using System.Globalization;
using System.Text.Json;
using PacsAiWorker.Configuration;
using PacsAiWorker.Inference;
using PacsAiWorker.Inference.Imaging;
using PacsAiWorker.Inference.Imaging.Codecs;
using PacsAiWorker.Inference.Packages;
using PacsAiWorker.Inference.Routing;
using PacsAiWorker.Inference.Runtime;
using PacsAiWorker.Pipeline;
using PacsAiWorker.Pipeline.Receiving;
using PacsAiWorker.Pipeline.Scoring;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Stores;
using PacsAiWorker.Records.Work;

namespace PacsAiWorker.Commands;

/// <summary><c>score --replay ID</c>: recorded scores computed again, from the kept picture and, while the spool has it, from the original.</summary>
internal static class ScoreReplayCommand
{
    /// <summary>Done when everything is as it was, to the last bit; failed when anything is different or cannot be computed.</summary>
    public static async Task<int> RunAsync(WorkerOptions options, string id, bool json, CancellationToken cancellation)
    {
        using var database = await Cli.OpenRecordsAsync(options, cancellation);
        var rows = await new ScoreStore(database, new WorkTable(database)).ScoresAsync(id, cancellation);
        if (rows.Count == 0)
        {
            throw new CommandException($"--replay {id}: there is no such score and no such scored image; `audit query --action scored` shows images as instance:ID", ExitCodes.Failed);
        }

        using var registry = ModelShelf.Load(options.Inference, options.Models, TimeProvider.System);
        using var codecs = new CodecPool(options.Inference.Codecs.ToCodecOptions());
        var replays = new List<Replayed>();
        foreach (var row in rows)
        {
            replays.Add(await ReplayAsync(options, registry, codecs, row, cancellation));
        }

        Print(replays, json);
        return replays.All(r => r.IsSame) ? ExitCodes.Done : ExitCodes.Failed;
    }

    private static async Task<Replayed> ReplayAsync(WorkerOptions options, ModelRegistry registry, CodecPool codecs, ScoreRow row, CancellationToken cancellation)
    {
        if ((registry.Current.Models.FirstOrDefault(m => m.Identity == row.ModelIdentity) ?? registry.Current.Find(row.ModelId)) is not { } model)
        {
            var why = registry.Current.Refused.FirstOrDefault(r => r.ModelId == row.ModelId)?.Why ?? $"{row.ModelId} is not installed: put version {row.ModelVersion} ({row.ModelIdentity[..12]}…) into {ModelShelf.FolderOf(options.Models)}";
            return new Replayed(row, "cannot be computed: " + why, [], "", []);
        }

        var recorded = new ScoreEvidence(
            row.ModelIdentity, row.Runtime, string.Create(CultureInfo.InvariantCulture, $"{row.CropX0},{row.CropY0} to {row.CropX1},{row.CropY1}"), row.Preprocessing, row.InputSha256, JsonSerializer.Deserialize<float[]>(row.Logits)!);
        var (fromPicture, pictureLines) = await FromPictureAsync(options, model, row, recorded, cancellation);
        var (fromOriginal, originalLines) = await FromOriginalAsync(options, registry.Current, model, codecs, row, recorded, cancellation);
        return new Replayed(row, fromPicture, pictureLines, fromOriginal, originalLines);
    }

    private static async Task<(string Summary, IReadOnlyList<ReplayLine> Lines)> FromPictureAsync(
        WorkerOptions options, LoadedModel model, ScoreRow row, ScoreEvidence recorded, CancellationToken cancellation)
    {
        if (new KeptInputs(options.InputsDirectory).Read(row.InputPicture) is not { } kept)
        {
            return (row.InputPicture.Length == 0 ? "no picture was kept" : "the kept picture is gone, by retention or erasure", []);
        }

        try
        {
            using var picture = PngFile.Read(new MemoryStream(kept.Picture));
            var (width, height) = (row.CropX1 - row.CropX0 + 1, row.CropY1 - row.CropY0 + 1);
            List<ReplayLine> lines =
            [
                new("kept picture", Path.GetFileNameWithoutExtension(row.InputPicture)[..12], kept.IsWhole ? "as it was kept" : "changed since it was kept", kept.IsWhole),
                new("its size", $"{width} × {height}", $"{picture.Width} × {picture.Height}", (picture.Width, picture.Height) == (width, height)),
                .. ScoreReplay.Compare(recorded, await ScoreReplay.FromPictureAsync(model, picture, cancellation)),
            ];
            return (Summary(lines), lines);
        }
        catch (InvalidDataException error)
        {
            return ($"the kept picture cannot be read: {error.Message}", [new ReplayLine("kept picture", "whole", "damaged", false)]);
        }
    }

    private static async Task<(string Summary, IReadOnlyList<ReplayLine> Lines)> FromOriginalAsync(
        WorkerOptions options, ModelSet packages, LoadedModel model, CodecPool codecs, ScoreRow row, ScoreEvidence recorded, CancellationToken cancellation)
    {
        if (row.Instance!.PurgedAt is not null || new SpoolFiles(options.SpoolDirectory).Find(row.Instance.File) is not { } file)
        {
            return ("the original has left the spool", []);
        }

        var verdict = await new InstanceScorer(packages, codecs, TimeProvider.System).ScoreAsync(file, Tiers.Backfill, CallerPolicy.ChildrenOnly(options.Dicom).Has(row.Instance.CallingAe), cancellation);
        if (verdict.Scores.FirstOrDefault(s => s.ModelIdentity == model.Identity && s.FrameNumber == row.Frame) is not { } score)
        {
            var why = verdict.Reason?.Text() ?? verdict.NotApplied.FirstOrDefault(n => n.ModelId == row.ModelId)?.Why ?? "other frames are chosen";
            return ($"the original is not scored now: {why}", [new ReplayLine("outcome", "scored", why, false)]);
        }

        var lines = ScoreReplay.Compare(recorded, ScoreReplay.Of(score));
        return (Summary(lines), lines);
    }

    private static string Summary(IReadOnlyList<ReplayLine> lines) =>
        lines.All(l => l.IsSame) ? "the same to the last bit" : "different: " + string.Join(", ", lines.Where(l => !l.IsSame).Select(l => l.What));

    private static void Print(List<Replayed> replays, bool json)
    {
        if (json)
        {
            Cli.PrintJson(replays.Select(r => new { score = r.Row.Id, model = r.Row.ModelId, r.Row.Frame, precision = Precision.In(r.Row.Runtime), r.IsSame, r.FromPicture, r.PictureLines, r.FromOriginal, r.OriginalLines }));
            return;
        }

        foreach (var replay in replays)
        {
            Console.WriteLine($"Score {replay.Row.Id}: {replay.Row.ModelId} {replay.Row.ModelVersion}{(replay.Row.Frame > 0 ? $", frame {replay.Row.Frame}" : "")}, {replay.Row.ScoredAt:yyyy-MM-dd HH:mm:ss'Z'}, {Precision.In(replay.Row.Runtime) ?? "precision not recorded"}");
            Show("from the kept picture", replay.FromPicture, replay.PictureLines);
            Show("from the original", replay.FromOriginal, replay.OriginalLines);
        }
    }

    private static void Show(string from, string summary, IReadOnlyList<ReplayLine> lines)
    {
        if (summary.Length == 0)
        {
            return;
        }

        Console.WriteLine($"  {from}: {summary}");
        foreach (var line in lines.Where(l => !l.IsSame))
        {
            Console.WriteLine($"    {line.What}: {line.Recorded} recorded, {line.Now} now");
        }
    }

    /// <summary>A road that cannot be taken any more is no difference, as long as one can.</summary>
    private sealed record Replayed(ScoreRow Row, string FromPicture, IReadOnlyList<ReplayLine> PictureLines, string FromOriginal, IReadOnlyList<ReplayLine> OriginalLines)
    {
        public bool IsSame => PictureLines.Count + OriginalLines.Count > 0 && PictureLines.Concat(OriginalLines).All(l => l.IsSame);
    }
}
