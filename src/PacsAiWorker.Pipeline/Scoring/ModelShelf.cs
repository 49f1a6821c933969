using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PacsAiWorker.Inference;
using PacsAiWorker.Inference.Packages;
using PacsAiWorker.Inference.Runtime;
using PacsAiWorker.Inference.Runtime.Trials;
using PacsAiWorker.Native.OnnxRuntime;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Stores;

namespace PacsAiWorker.Pipeline.Scoring;

/// <summary>
/// Keeps the packages in use equal to what the models directory holds and to what people have stopped, beside the running worker; writes down
/// what is in use at which stage. A change of stage is audited.
/// </summary>
public sealed class ModelShelf(
    InferenceOptions inference, ModelsOptions models, ModelStore store, TimeProvider clock, ILogger<ModelShelf> log) : BackgroundService
{
    /// <summary>Safety rule 12: a package that was stopped is stopped everywhere within 10 s.</summary>
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(4);

    private static readonly TimeSpan Again = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan BuildLimit = TimeSpan.FromMinutes(60);

    private readonly ModelRegistry _registry = ModelRegistry.Of(FolderOf(models), Runtime(inference, models), clock);
    private volatile ModelSet? _packages;
    private volatile IReadOnlyDictionary<string, ModelRow>? _suspended;
    private string _fault = "";

    /// <summary>What scores images now; null until the packages are loaded, the records say so, and have said which are stopped.</summary>
    public ModelSet? Packages => _packages is { } packages && _suspended is { } suspended
        ? packages with
        {
            Suspended = packages.Models.Where(m => suspended.ContainsKey(m.Identity)).ToDictionary(m => m.Identity, m => suspended[m.Identity].SuspensionText),
            Recalled = suspended.Values.Where(m => m.RecalledAt is not null).Select(m => m.Identity).ToHashSet(),
        }
        : null;

    /// <summary>The packages were looked at.</summary>
    public bool HasLooked { get; private set; }

    /// <summary>The packages of a configuration, as the worker would load them.</summary>
    public static ModelRegistry Load(InferenceOptions inference, ModelsOptions models, TimeProvider clock) => ModelRegistry.Load(FolderOf(models), Runtime(inference, models), clock);

    /// <summary>Where and how networks run, of a configuration.</summary>
    public static RuntimeOptions Runtime(InferenceOptions options, ModelsOptions models) => new(
        options.NativeLibraryPath.Length > 0 ? options.NativeLibraryPath : null,
        Enum.Parse<OrtProvider>(options.Provider, ignoreCase: true), options.IntraOpThreads, options.CudaDevice)
    {
        RequireGpu = options.RequireGpu,
        Precision = Enum.Parse<OrtPrecision>(options.Precision, ignoreCase: true),
        GpuMemoryBytes = (long)options.GpuMemoryMegabytes << 20,
        CudnnSearch = Enum.Parse<OrtConvSearch>(options.CudnnSearch, ignoreCase: true),
        EngineCache = options.EngineCache.Length > 0 ? Path.GetFullPath(options.EngineCache, AppContext.BaseDirectory) : null,
        // TensorRT builds a network when it is first opened, for minutes.
        Trial = new TrialOptions { Limit = options.Provider == "tensorrt" ? BuildLimit : new TrialOptions().Limit },
        Signatures = new SignatureRule(models.TrustedKeys.Length > 0 ? Path.GetFullPath(models.TrustedKeys, AppContext.BaseDirectory) : null, models.RequireSignature),
    };

    /// <summary>Full path of the packages' folder.</summary>
    public static string FolderOf(ModelsOptions options) => Path.GetFullPath(options.Directory, AppContext.BaseDirectory);

    public override void Dispose()
    {
        _registry.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        OrtLog.SendTo(line => PipelineLog.OnnxRuntime(log, line.Severity, line.Category, line.Message));
        SayProviderFiles();
        // Whichever ends in a fault is heard at once.
        await await Task.WhenAny(FollowFolderAsync(stoppingToken), FollowSuspensionsAsync(stoppingToken));
    }

    /// <summary>Which files a GPU is used with, before the first of them is loaded.</summary>
    private void SayProviderFiles()
    {
        var runtime = Runtime(inference, models);
        if (OrtLibrary.Find(runtime.NativeLibraryPath, runtime.ApplicationFolder) is not { } library)
        {
            return;
        }

        foreach (var (file, sha256) in OrtProviderFiles.Digests(library, runtime.Provider))
        {
            PipelineLog.ProviderFile(log, file, sha256);
        }

        if (OrtProviderFiles.Missing(library, runtime.Provider) is { Count: > 0 } missing)
        {
            PipelineLog.ProviderFilesMissing(log, string.Join(", ", missing), Path.GetDirectoryName(library) ?? "");
        }
    }

    private async Task FollowFolderAsync(CancellationToken cancellation)
    {
        var said = "";
        for (; ; await Task.Delay(Look, clock, cancellation))
        {
            if (TryLook() is not { } packages)
            {
                continue;
            }

            var refused = string.Join('\n', packages.Refused.Select(r => r.Why));
            if (refused != said)
            {
                Complain(packages);
                said = refused;
            }

            HasLooked = true;
            var before = _packages;
            foreach (var model in packages.Models)
            {
                await WriteDownAsync(model, packages.Leads(model), isNew: before?.Models.Contains(model) != true, cancellation);
            }

            _packages = packages;
            await _registry.UseAsync(packages);
            foreach (var model in before?.Models.Except(packages.Models) ?? [])
            {
                PipelineLog.ModelGone(log, model.Card.Id, model.Card.Version, model.Identity[..12]);
            }
        }
    }

    /// <summary>Apart from the folder: a package that takes minutes to load must not delay a stop.</summary>
    private async Task FollowSuspensionsAsync(CancellationToken cancellation)
    {
        for (; ; await Task.Delay(Look, clock, cancellation))
        {
            try
            {
                _suspended = (await store.SuspendedAsync(cancellation)).ToDictionary(m => m.Identity);
            }
            catch (Exception error) when (!cancellation.IsCancellationRequested)
            {
                PipelineLog.SuspensionsNotRead(log, error.GetType().Name, error.Message);
            }
        }
    }

    /// <summary>Null when nothing changed, and when the folder cannot even be listed; said, and tried again: it must not end receiving.</summary>
    private ModelSet? TryLook()
    {
        try
        {
            var packages = _registry.Look();
            _fault = "";
            return packages;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            if (error.Message != _fault)
            {
                PipelineLog.ModelRefused(log, FolderOf(models), error.Message);
                _fault = error.Message;
            }

            return null;
        }
    }

    private void Complain(ModelSet packages)
    {
        foreach (var refused in packages.Refused)
        {
            if (refused.Reason == NotScoredReason.WeightsNotInstalled)
            {
                PipelineLog.ModelWithoutWeights(log, refused.Folder);
            }
            else
            {
                PipelineLog.ModelRefused(log, refused.Folder, refused.Why);
            }
        }
    }

    private async Task WriteDownAsync(LoadedModel model, bool leads, bool isNew, CancellationToken cancellation)
    {
        var (stage, remark) = StageGate.Decide(models, model.Card, leads);
        if (remark is not null && isNew)
        {
            PipelineLog.StageLowered(log, remark);
        }

        var row = Row(model, stage, clock.GetUtcNow().UtcDateTime);
        row.PositivePriority = models.PriorityOf(model.Card.Id, model.Card.Version, leads) ?? row.PositivePriority;
        row.FlagsPerDay = models.FlagsPerDayOf(model.Card.Id, model.Card.Version, leads);
        await WriteDownAsync(row, cancellation);
        if (isNew)
        {
            PipelineLog.ModelReady(log, model.Card.Id, model.Card.Version, model.Identity[..12], stage, model.Runtime);
            if (model.Shortfall is { } shortfall)
            {
                PipelineLog.OnProcessor(log, model.Card.Id, model.Card.Version, shortfall);
            }
        }
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

    private static ModelFacts Facts(ModelCard card) => new()
    {
        Subject = card.IsOfFetus ? ModelFacts.Fetus : "",
        Temperature = card.Temperature,
        OperatingPoint = card.Evaluation.OrderBy(e => e.Level != "study").FirstOrDefault() is { } measured
            ? string.Create(CultureInfo.InvariantCulture, $"by {measured.Level}: sensitivity {measured.Sensitivity:0.###}, specificity {measured.Specificity:0.###} ({measured.Dataset}, {measured.Cases} cases)")
            : "",
    };

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
        Facts = Facts(model.Card).ToJson(),
        Stage = stage,
        StageSince = now,
    };
}
