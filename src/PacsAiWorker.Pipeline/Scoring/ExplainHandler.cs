using System.Text.Json;
using Microsoft.Extensions.Logging;
using PacsAiWorker.Inference.Explanation;
using PacsAiWorker.Inference.Imaging;
using PacsAiWorker.Inference.Imaging.Codecs;
using PacsAiWorker.Inference.Packages;
using PacsAiWorker.Inference.Runtime;
using PacsAiWorker.Pipeline.Work;
using PacsAiWorker.Records.Audit;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Stores;

namespace PacsAiWorker.Pipeline.Scoring;

/// <summary>
/// Makes the heat maps of a flagged result and lets its report go on. A map is a courtesy: whatever keeps it from being made is said, and the
/// report goes without it. The flag does not wait for either.
/// </summary>
public sealed class ExplainHandler(
    ModelShelf shelf, InferenceOptions inference, ModelsOptions models, CodecPool codecs, ReportStore store, SpoolFiles spool, TimeProvider clock, ILogger<ExplainHandler> log) : IWorkHandler
{
    /// <summary>Of the images that are flagged, those with the highest scores.</summary>
    private const int MostMaps = 3;

    /// <summary>A map that took the process down so often is not tried again.</summary>
    private const int MostAttempts = 3;

    private static readonly TimeSpan ForModels = TimeSpan.FromSeconds(1);

    public string Kind => WorkKinds.Explain;

    /// <summary>It runs a network dozens of times: never two at once.</summary>
    public int Slots => 1;

    public async Task<WorkVerdict> HandleAsync(WorkRow work, CancellationToken cancellation)
    {
        if (shelf.Packages is not { } packages)
        {
            return new WorkVerdict.Postpone(ForModels, "awaiting", "packages are being loaded");
        }

        var source = await store.ReadAsync(work.Subject, cancellation);
        var (maps, why) = work.Attempts > MostAttempts ? ([], "it was tried too often")
            : packages.Models.FirstOrDefault(m => m.Identity == source.Result.ModelIdentity) is { } model ? await Task.Run(() => Make(source, model, cancellation), cancellation)
            : ([], "the package is not in use any more");
        if (why.Length > 0)
        {
            PipelineLog.NotExplained(log, source.Result.Id, why);
        }

        return new WorkVerdict.Done(async (transaction, token) =>
        {
            await store.ExplainedAsync(transaction, source.Result, maps, source.Study.Tier, token);
            return [new AuditEvent("explained", $"result:{source.Result.Id}", source.Study.Id, new { maps = maps.Count, why })];
        });
    }

    /// <summary>Of pictures whose scan area the header names: only there it is certain that no text of the screen lies in it.</summary>
    private (IReadOnlyList<HeatMapRow> Maps, string Why) Make(ReportSource source, LoadedModel model, CancellationToken cancellation)
    {
        var maps = new List<HeatMapRow>();
        try
        {
            using var explainer = Explainer.Open(model, ModelShelf.Runtime(inference, models));
            var flagged = source.Scores.Where(s => s.IsPositive && s.CropSource == "region").OrderByDescending(s => s.PositiveProbability).ThenBy(s => s.Id).DistinctBy(s => s.InstanceId).Take(MostMaps);
            foreach (var score in flagged)
            {
                if (spool.Find(source.Instances.Single(i => i.Id == score.InstanceId).File) is not { } file)
                {
                    return (maps, "an image left the spool");
                }

                var crop = new Crop(score.CropX0, score.CropY0, score.CropX1, score.CropY1, CropSource.Region);
                var explained = explainer.Explain(file, score.Frame, crop, JsonSerializer.Deserialize<double[]>(score.Probabilities)!, codecs, ScoreCam.DefaultChannels, cancellation);
                maps.Add(Row(source.Result, score, explained));
            }

            return (maps, maps.Count == 0 ? "of no flagged image the header names the scan area" : "");
        }
        catch (Exception error) when (error is ExplanationException or PackageException or DeviceUnavailableException or DecodingUnavailableException or IOException)
        {
            return (maps, error.Message);
        }
    }

    private HeatMapRow Row(ResultRow result, ScoreRow score, ImageExplanation explained)
    {
        using var picture = new MemoryStream();
        using (explained.Overlay)
        {
            PngFile.Write(picture, explained.Overlay);
        }

        return new HeatMapRow
        {
            Id = Guid.CreateVersion7(),
            ResultId = result.Id,
            InstanceId = score.InstanceId,
            Frame = score.Frame,
            ClassId = explained.ClassId,
            Method = explained.Map.Variant,
            Picture = picture.ToArray(),
            CreatedAt = clock.GetUtcNow().UtcDateTime,
        };
    }
}
