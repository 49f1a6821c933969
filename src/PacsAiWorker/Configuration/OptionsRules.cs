using System.Net;
using PacsAiWorker.Dicom.Upper;
using PacsAiWorker.Pipeline;
using PacsAiWorker.Pipeline.Receiving;
using PacsAiWorker.Pipeline.Scoring;
using PacsAiWorker.Pipeline.Work;
using PacsAiWorker.Records;
using PacsAiWorker.Records.Rows;

namespace PacsAiWorker.Configuration;

/// <summary>Ranges and rules across fields; looks at nothing but whether files exist. Each problem names the key, the value and what is allowed.</summary>
public static class OptionsRules
{
    public static IEnumerable<string> Check(WorkerOptions o) =>
    [
        .. RolesOf(o), .. DicomRules.Check(o), .. Stores(o), .. Times(o), .. Models(o), .. Gpu(o.Inference), .. WorklistRules.Check(o.Worklist),
    ];

    private static IEnumerable<string> RolesOf(WorkerOptions o)
    {
        foreach (var unknown in WorkerRoles.Unknown(o.Roles))
        {
            yield return $"Roles names \"{unknown}\": allowed are all, {string.Join(", ", WorkerRoles.All)}";
        }

        if (!Uri.TryCreate(o.Admin.Urls, UriKind.Absolute, out _))
        {
            yield return $"Admin:Urls is \"{o.Admin.Urls}\": give one address such as http://127.0.0.1:8081";
        }

        if (!Uri.TryCreate(o.Web.Urls, UriKind.Absolute, out var desk) || desk.Scheme is not ("http" or "https"))
        {
            yield return $"Web:Urls is \"{o.Web.Urls}\": give one address such as http://127.0.0.1:8080";
        }

        if (o.Web.PublicUrl.Length > 0 && (!Uri.TryCreate(o.Web.PublicUrl, UriKind.Absolute, out var reached) || reached.Scheme is not ("http" or "https")))
        {
            yield return $"Web:PublicUrl is \"{o.Web.PublicUrl}\": give the address at which people reach the desk, such as https://desk.example, or leave it empty";
        }

        if (o.Web.SignInHours is < 1 or > 24)
        {
            yield return $"Web:SignInHours is {o.Web.SignInHours}: 1 to 24";
        }

        if (o.Web.ViewerUrl.Length > 0 && (!o.Web.ViewerUrl.Contains("{study}", StringComparison.Ordinal) || !Uri.TryCreate(o.Web.ViewerUrl.Replace("{study}", "1.2", StringComparison.Ordinal), UriKind.Absolute, out var viewer) || viewer.Scheme is "javascript" or "data"))
        {
            yield return $"Web:ViewerUrl is \"{o.Web.ViewerUrl}\": give an address with {{study}} in it, such as https://viewer.example/viewer?StudyInstanceUIDs={{study}}, or leave it empty";
        }

        if (o.Audit.PublishMinutes is < 1 or > 1440 || o.Audit.VerifyHours is < 0 or > 744)
        {
            yield return $"Audit:PublishMinutes is {o.Audit.PublishMinutes} (1 to 1440) and Audit:VerifyHours {o.Audit.VerifyHours} (0, never, to 744)";
        }

        if (o.Site.Name.Length is 0 or > 48)
        {
            yield return $"Site:Name has {o.Site.Name.Length} characters: 1 to 48";
        }

        if (!TimeZoneInfo.TryFindSystemTimeZoneById(o.Site.TimeZone, out _))
        {
            yield return $"Site:TimeZone is \"{o.Site.TimeZone}\": give an IANA name such as Europe/Vienna";
        }
    }

    private static IEnumerable<string> Stores(WorkerOptions o)
    {
        if (o.Database.Provider is not (RecordsOptions.Sqlite or RecordsOptions.Postgres))
        {
            yield return $"Database:Provider is \"{o.Database.Provider}\": sqlite or postgres";
        }

        if (o.Database.Provider == RecordsOptions.Postgres && o.Database.ConnectionString.Length == 0)
        {
            yield return "Database:ConnectionString is empty: postgres needs one, for example Host=db;Database=pacsai;Username=worker;Password=…";
        }

        if (o.Messaging.Transport is not (MessagingOptions.InProcess or MessagingOptions.RabbitMq))
        {
            yield return $"Messaging:Transport is \"{o.Messaging.Transport}\": inprocess or rabbitmq";
        }

        if (o.Messaging.IsRabbitMq && (!Uri.TryCreate(o.Messaging.Uri, UriKind.Absolute, out var uri) || uri.Scheme is not ("amqp" or "amqps")))
        {
            yield return "Messaging:Uri must be amqp://user:password@host:port/vhost (or amqps://…) when Messaging:Transport is rabbitmq";
        }

        if (o.Messaging.Replicas is not (1 or 3 or 5 or 7) || o.Messaging.DeliveryLimit is < 1 or > 100)
        {
            yield return $"Messaging:Replicas is {o.Messaging.Replicas} and Messaging:DeliveryLimit {o.Messaging.DeliveryLimit}: replicas 1, 3, 5 or 7; limit 1 to 100";
        }

        // A receiver alone needs nobody: what it has taken in waits in its data folder for a worker with all roles.
        if (o.Roles is not (WorkerRoles.AllRoles or WorkerRoles.Receive) && !o.Messaging.IsRabbitMq)
        {
            yield return $"Roles is \"{o.Roles}\" while Messaging:Transport is inprocess: several processes need rabbitmq (and postgres)";
        }

        if (o.Spool.Watermark.Percent is <= 0 or > 100 || o.Spool.Watermark.ReserveGiB < 0)
        {
            yield return "Spool:Watermark:Percent must lie above 0 and at most at 100, ReserveGiB at 0 or above";
        }

        if (o.Spool.Retention.Days is < 0 or > 36500)
        {
            yield return $"Spool:Retention:Days is {o.Spool.Retention.Days}: 0 (for ever) to 36500";
        }

        if (o.Spool.SegmentMiB is < 1 or > 4096 || o.Spool.SpareSegments is < 0 or > 64)
        {
            yield return $"Spool:SegmentMiB is {o.Spool.SegmentMiB} (1 to 4096) and Spool:SpareSegments {o.Spool.SpareSegments} (0 to 64)";
        }
    }

    private static IEnumerable<string> Times(WorkerOptions o)
    {
        if (o.Studies.QuietSeconds is < 1 or > 3600 || o.Studies.MaxOpenSeconds < o.Studies.QuietSeconds)
        {
            yield return $"Studies:QuietSeconds is {o.Studies.QuietSeconds} (1 to 3600) and Studies:MaxOpenSeconds {o.Studies.MaxOpenSeconds} (not below it)";
        }

        if (o.Watch.StepMinutes is < 5 or > 10080 || o.Watch.SilentMinutes is < 5 or > 10080)
        {
            yield return $"Watch:StepMinutes is {o.Watch.StepMinutes} and Watch:SilentMinutes {o.Watch.SilentMinutes}: 5 to 10080 each";
        }

        if (o.Work.LeaseSeconds is < 5 or > 3600 || o.Work.RenewSeconds < 1 || o.Work.RenewSeconds * 2 >= o.Work.LeaseSeconds)
        {
            yield return $"Work:LeaseSeconds is {o.Work.LeaseSeconds} (5 to 3600) and Work:RenewSeconds {o.Work.RenewSeconds} (1 to below half the lease)";
        }

        if (o.Work.PollSeconds is < 0 or > 600 || o.Work.SweepSeconds is < 1 or > 600 || o.Work.ScoreSlots is < 0 or > 256)
        {
            yield return "Work:PollSeconds must lie at 0 to 600, Work:SweepSeconds at 1 to 600, Work:ScoreSlots at 0 to 256";
        }
    }

    private static IEnumerable<string> Models(WorkerOptions o)
    {
        if (o.Models is { RequireSignature: true, TrustedKeys.Length: 0 })
        {
            yield return "Models:RequireSignature is true and Models:TrustedKeys is empty: no package could score; name the folder of the public keys";
        }

        foreach (var (model, stage) in o.Models.Stages.Where(s => !ModelStages.All.Contains(s.Value)))
        {
            yield return $"Models:Stages:{model} is \"{stage}\": {string.Join(", ", ModelStages.All)}";
        }

        for (var i = 0; i < o.Models.Priorities.Count; i++)
        {
            var (model, priority) = (o.Models.Priorities[i].Model, o.Models.Priorities[i].Priority);
            if (model.Length == 0 || o.Models.Priorities.Take(i).Any(p => p.Model == model))
            {
                yield return $"Models:Priorities:{i}:Model is \"{model}\": the id of a package, or id@version, each once";
            }

            if (priority is not (Priorities.Critical or Priorities.High or Priorities.Elevated or Priorities.Routine))
            {
                yield return $"Models:Priorities:{i}:Priority is \"{priority}\": TP1 (critical), TP2 (high), TP3 (elevated) or TP4 (raises nothing)";
            }
        }

        for (var i = 0; i < o.Models.FlagBudgets.Count; i++)
        {
            var (model, flags) = (o.Models.FlagBudgets[i].Model, o.Models.FlagBudgets[i].FlagsPerDay);
            if (model.Length == 0 || o.Models.FlagBudgets.Take(i).Any(b => b.Model == model))
            {
                yield return $"Models:FlagBudgets:{i}:Model is \"{model}\": the id of a package, or id@version, each once";
            }

            if (flags is < 1 or > 100_000)
            {
                yield return $"Models:FlagBudgets:{i}:FlagsPerDay is {flags}: studies flagged in a day at most, 1 to 100000";
            }
        }

        if (o.Inference.IntraOpThreads is < 0 or > 256)
        {
            yield return $"Inference:IntraOpThreads is {o.Inference.IntraOpThreads}: 0 (cores minus one) to 256";
        }

        if (o.Inference.KeepInputsDays is < 0 or > 36500)
        {
            yield return $"Inference:KeepInputsDays is {o.Inference.KeepInputsDays}: 0 (for ever) to 36500";
        }

        var codecs = o.Inference.Codecs;
        if (codecs.Processes is < 0 or > 256)
        {
            yield return $"Inference:Codecs:Processes is {codecs.Processes}: 0 (one a core) to 256";
        }

        if (codecs.TimeoutSeconds is < 1 or > 600)
        {
            yield return $"Inference:Codecs:TimeoutSeconds is {codecs.TimeoutSeconds}: 1 to 600";
        }

        if (codecs.MemoryMegabytes is < 64 or > 65536)
        {
            yield return $"Inference:Codecs:MemoryMegabytes is {codecs.MemoryMegabytes}: 64 to 65536";
        }
    }

    private static IEnumerable<string> Gpu(InferenceOptions o)
    {
        if (o.Provider is not ("auto" or "cpu" or "cuda" or "tensorrt"))
        {
            yield return $"Inference:Provider is \"{o.Provider}\": auto, cpu, cuda or tensorrt";
        }

        if (o.Precision is not ("fp32" or "tf32" or "fp16"))
        {
            yield return $"Inference:Precision is \"{o.Precision}\": fp32, tf32 or fp16";
        }
        else if (o.Precision == "fp16" && o.Provider != "tensorrt")
        {
            yield return $"Inference:Precision is fp16 while Inference:Provider is {o.Provider}: only tensorrt makes float16 of float32; install a package with float16 weights, or set Provider to tensorrt";
        }
        else if (o.Precision == "tf32" && o.Provider == "cpu")
        {
            yield return "Inference:Precision is tf32 while Inference:Provider is cpu: a processor computes fp32; set one of them differently";
        }

        if (o is { RequireGpu: true, Provider: "cpu" })
        {
            yield return "Inference:RequireGpu is true while Inference:Provider is cpu: nothing could score; set Provider to auto, cuda or tensorrt";
        }

        if (o.CudaDevice is < 0 or > 255)
        {
            yield return $"Inference:CudaDevice is {o.CudaDevice}: 0 to 255";
        }

        if (o.GpuMemoryMegabytes is < 0 or > 1048576)
        {
            yield return $"Inference:GpuMemoryMegabytes is {o.GpuMemoryMegabytes}: 0 (all) to 1048576";
        }

        if (o.CudnnSearch is not ("heuristic" or "exhaustive" or "default"))
        {
            yield return $"Inference:CudnnSearch is \"{o.CudnnSearch}\": heuristic, exhaustive or default";
        }

        if (o is { Provider: "tensorrt", EngineCache.Length: 0 })
        {
            yield return "Inference:EngineCache is empty while Inference:Provider is tensorrt: name a folder of the worker's own for what TensorRT builds";
        }
    }
}
