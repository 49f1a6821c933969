using System.Text.Json;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PacsAiWorker.Inference;
using PacsAiWorker.Inference.Packages;
using PacsAiWorker.Inference.Runtime;
using PacsAiWorker.Native.OnnxRuntime;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Stores;

namespace PacsAiWorker.Pipeline.Scoring;

/// <summary>Loads the packages beside the running worker and writes down what is in use at which stage; a change of stage is audited.</summary>
public sealed class ModelShelf(
    InferenceOptions inference, ModelsOptions models, ModelStore store, TimeProvider clock, ILogger<ModelShelf> log) : BackgroundService
{
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan ForRuntime = TimeSpan.FromSeconds(30);

    /// <summary>Null until the packages are loaded and the records say so.</summary>
    public ModelRegistry? Registry { get; private set; }

    /// <summary>The packages were looked at.</summary>
    public bool HasLooked { get; private set; }

    /// <summary>The packages of a configuration, as the worker would load them.</summary>
    public static ModelRegistry Load(InferenceOptions inference, ModelsOptions models, TimeProvider clock) => ModelRegistry.Load(FolderOf(models), Runtime(inference), clock);

    /// <summary>Where and how networks run, of a configuration.</summary>
    public static RuntimeOptions Runtime(InferenceOptions options) => new(
        options.NativeLibraryPath.Length > 0 ? options.NativeLibraryPath : null,
        Enum.Parse<OrtProvider>(options.Provider, ignoreCase: true), options.IntraOpThreads, options.CudaDevice);

    /// <summary>Full path of the packages' folder.</summary>
    public static string FolderOf(ModelsOptions options) => Path.GetFullPath(options.Directory, AppContext.BaseDirectory);

    public override void Dispose()
    {
        Registry?.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        OrtLog.SendTo(line => PipelineLog.OnnxRuntime(log, line.Severity, line.Category, line.Message));
        var said = "";
        while (true)
        {
            if (TryLoad() is not { } registry)
            {
                await Task.Delay(ForRuntime, clock, stoppingToken);
                continue;
            }

            var refused = string.Join('\n', registry.Refused.Select(r => r.Why));
            if (refused != said)
            {
                Complain(registry);
                said = refused;
            }

            HasLooked = true;
            foreach (var model in registry.Models)
            {
                await UseAsync(model, stoppingToken);
            }

            Registry = registry;
            if (!IsWaitingForRuntime(registry))
            {
                return;
            }

            await Task.Delay(ForRuntime, clock, stoppingToken);
        }
    }

    /// <summary>Null when the folder cannot even be listed; said, and tried again: it must not end receiving.</summary>
    private ModelRegistry? TryLoad()
    {
        try
        {
            return Load(inference, models, clock);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            PipelineLog.ModelRefused(log, FolderOf(models), error.Message);
            return null;
        }
    }

    /// <summary>Nothing scores, and what is missing may still be installed.</summary>
    private static bool IsWaitingForRuntime(ModelRegistry registry) =>
        registry.Models.Count == 0 && registry.Refused.Any(r => r.Reason is NotScoredReason.RuntimeMissing or NotScoredReason.DeviceUnavailable);

    private void Complain(ModelRegistry registry)
    {
        foreach (var refused in registry.Refused)
        {
            PipelineLog.ModelRefused(log, refused.Folder, refused.Why);
        }
    }

    private async Task UseAsync(LoadedModel model, CancellationToken cancellation)
    {
        var (stage, remark) = StageGate.Decide(models.StageOf(model.Card.Id), model.Card.Evaluation, model.Card.Id);
        if (remark is not null)
        {
            PipelineLog.StageLowered(log, remark);
        }

        await WriteDownAsync(Row(model, stage, clock.GetUtcNow().UtcDateTime), cancellation);
        PipelineLog.ModelReady(log, model.Card.Id, model.Card.Version, model.Identity[..12], stage, model.Runtime);
    }

    /// <summary>A database that is away delays scoring; it must not end the process, which goes on receiving.</summary>
    private async Task WriteDownAsync(ModelRow model, CancellationToken cancellation)
    {
        while (true)
        {
            try
            {
                await store.WriteDownAsync(model, cancellation);
                return;
            }
            catch (Exception error) when (!cancellation.IsCancellationRequested)
            {
                PipelineLog.ModelNotWritten(log, model.ModelId, error.GetType().Name, error.Message);
                await Task.Delay(Again, clock, cancellation);
            }
        }
    }

    private static ModelRow Row(LoadedModel model, string stage, DateTime now) => new()
    {
        Identity = model.Identity,
        ModelId = model.Card.Id,
        Version = model.Card.Version,
        Sha256 = model.Card.Sha256!,
        Manufacturer = model.Card.Manufacturer,
        Family = model.Card.Family,
        IsDemonstration = model.Card.Demonstration,
        Aggregation = StudyRule.Of(model.Card).Aggregation,
        Threshold = StudyRule.Of(model.Card).Threshold,
        PositivePriority = StudyRule.Of(model.Card).PositivePriority,
        Classes = JsonSerializer.Serialize(model.Card.Classes, JsonSerializerOptions.Web),
        Stage = stage,
        StageSince = now,
    };
}
