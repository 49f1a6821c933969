using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PacsAiWorker.Configuration;
using PacsAiWorker.Desk;
using PacsAiWorker.Dicom.Dimse;
using PacsAiWorker.Health;
using PacsAiWorker.Inference.Imaging.Codecs;
using PacsAiWorker.Pipeline;
using PacsAiWorker.Pipeline.Delivery;
using PacsAiWorker.Pipeline.Receiving;
using PacsAiWorker.Pipeline.Reporting;
using PacsAiWorker.Pipeline.Scoring;
using PacsAiWorker.Pipeline.Studies;
using PacsAiWorker.Pipeline.Work;
using PacsAiWorker.Pipeline.Worklist;
using PacsAiWorker.Records;
using PacsAiWorker.Records.Audit;
using PacsAiWorker.Records.Stores;
using PacsAiWorker.Records.Work;
using PacsAiWorker.Spool;
using PacsAiWorker.Telemetry;
using PacsAiWorker.Web;

namespace PacsAiWorker;

/// <summary>Puts the rooms together, one method a room, in flow order.</summary>
public static class Composition
{
    public static IServiceCollection AddWorker(this IServiceCollection services, WorkerOptions options)
    {
        var roles = WorkerRoles.Parse(options.Roles);
        if (roles.Contains(WorkerRoles.Receive))
        {
            // Started before all others: receiving needs the disk and nothing else.
            services.AddHostedSingleton<DataFolderLock>();
            services.AddReceiving(options);
        }

        services.AddRecords(options);
        services.AddWork(options, roles);
        if (roles.Contains(WorkerRoles.Receive))
        {
            services.AddRecorder();
            services.AddHostedService<AuditKeeper>();
        }

        if (roles.Contains(WorkerRoles.Score))
        {
            services.AddScoring(options);
        }

        if (roles.Contains(WorkerRoles.Report))
        {
            services.AddReporting(options);
        }

        if (roles.Contains(WorkerRoles.Deliver))
        {
            services.AddDelivery(options);
            services.AddWorklist(options);
        }

        if (roles.Any(r => r != WorkerRoles.Web))
        {
            // The desk alone has nothing to tell of itself, and may not write such rows.
            services.AddHostedService<FactKeeper>();
        }

        if (roles.Contains(WorkerRoles.Web))
        {
            // Started after all others: a cart never waits for a page.
            services.AddDesk(options);
        }

        return services;
    }

    private static void AddReceiving(this IServiceCollection services, WorkerOptions options)
    {
        var defaults = new CallerDefaults(options.Site.Name, options.Studies.QuietSeconds);
        services.AddSingleton(options.Dicom);
        services.AddSingleton(options.Spool);
        services.AddSingleton(defaults);
        services.AddSingleton<StorageHealth>();
        services.AddSingleton<ArrivingStudies>();
        services.AddSingleton(_ => new SpoolLog(options.SpoolDirectory, new SpoolSizes((long)options.Spool.SegmentMiB << 20, options.Spool.SpareSegments)));
        services.AddSingleton<PerformedSteps>();
        services.AddCommitment(options);
        services.AddHostedSingleton<ReceiverService>();
    }

    private static void AddRecords(this IServiceCollection services, WorkerOptions options)
    {
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton(_ => new RecordsDatabase(options.Records));
        services.AddSingleton<WorkTable>();
        services.AddSingleton<Outbox>();
        services.AddSingleton<ModelStore>();
        services.AddSingleton<ScoreStore>();
        services.AddSingleton<AgeStore>();
        services.AddSingleton<StudyStore>();
        services.AddSingleton<IdentityStore>();
        services.AddSingleton<PerformedStepStore>();
        services.AddSingleton<ReportStore>();
        services.AddSingleton<DeliveryStore>();
        services.AddSingleton<CommitmentStore>();
        services.AddSingleton<NoticeStore>();
        services.AddSingleton<RecallStore>();
        services.AddSingleton(new PublishedHeads(options.AuditHeadsFile));
        services.AddSingleton(options);
        services.AddSingleton<Metrics>();
        services.AddSingleton<WorkerHealth>();
        services.AddHostedService<SchemaGate>();
        services.AddHostedSingleton<InvariantWatch>();
        services.AddSingleton<FactStore>();
    }

    private static void AddRecorder(this IServiceCollection services)
    {
        services.AddSingleton(s => new Journal(s.GetRequiredService<RecordsDatabase>(), s.GetRequiredService<WorkTable>(), s.GetRequiredService<TimeProvider>(), s.GetRequiredService<StudyTimes>().Cap));
        services.AddHostedSingleton<Recorder>();
        services.AddSingleton<RetentionStore>();
        services.AddHostedSingleton<Retention>();
    }

    private static void AddWork(this IServiceCollection services, WorkerOptions options, IReadOnlyList<string> roles)
    {
        services.AddSingleton(options.Work);
        services.AddSingleton(options.Messaging);
        services.AddSingleton(options.Records.IsPostgres ? WorkerIdentity.New() : WorkerIdentity.Embedded);
        services.AddSingleton<WakeUps>();
        services.AddSingleton<OutboxSignal>();
        services.AddSingleton(new SpoolFiles(options.SpoolDirectory));
        services.AddSingleton(new StudyTimes(TimeSpan.FromSeconds(options.Studies.QuietSeconds), TimeSpan.FromSeconds(options.Studies.MaxOpenSeconds)));
        services.AddWakeUpBus(options.Messaging, WorkerRoles.Kinds(roles));
        services.AddHostedService<OutboxPump>();
        services.AddHostedService<Sweeper>();
    }

    private static void AddScoring(this IServiceCollection services, WorkerOptions options)
    {
        services.AddSingleton(options.Inference);
        services.AddSingleton(options.Models);
        services.AddSingleton(CallerPolicy.ChildrenOnly(options.Dicom));
        services.AddSingleton(_ => new CodecPool(options.Inference.Codecs.ToCodecOptions()));
        services.TryAddSingleton(new KeptInputs(options.InputsDirectory));
        services.AddHostedService<KeptInputsRetention>();
        services.AddSingleton(new HeatMaps(options.Models.HeatMaps));
        services.AddHostedSingleton<ModelShelf>();
        services.AddHandler<IdentityHandler>();
        services.AddHandler<ScoreHandler>();
        services.AddHandler<FlagHandler>();
        services.AddHandler<StudyHandler>();
        services.AddHandler<ExplainHandler>();
        services.AddHandler<RecallHandler>();
    }

    private static void AddReporting(this IServiceCollection services, WorkerOptions options)
    {
        services.AddSingleton(new ReportingSite(options.Site.Name, TimeZoneInfo.FindSystemTimeZoneById(options.Site.TimeZone), ProgramVersion.Text, [.. options.Dicom.Destinations.Select(d => d.Name)]));
        services.AddHandler<ReportHandler>();
    }

    private static void AddDelivery(this IServiceCollection services, WorkerOptions options)
    {
        services.AddCommitment(options);
        services.AddSingleton<Connections>();
        services.AddSingleton<StowSender>();
        services.AddHostedService<WaitingReports>();
        services.AddHandler<DeliverHandler>();
        services.AddHandler<CommitHandler>();
    }

    /// <summary>A PACS reports to whoever listens, and to whoever asked.</summary>
    private static void AddCommitment(this IServiceCollection services, WorkerOptions options)
    {
        services.TryAddSingleton(new Destinations(options.Dicom.AeTitle, options.Dicom.Destinations));
        services.TryAddSingleton<CommitmentEvents>();
        services.TryAddSingleton<ICommitmentEvents>(s => s.GetRequiredService<CommitmentEvents>());
    }

    private static void AddWorklist(this IServiceCollection services, WorkerOptions options)
    {
        var zone = TimeZoneInfo.FindSystemTimeZoneById(options.Site.TimeZone);
        services.AddSingleton(s => new NoticeReceivers(
            options.Worklist.Ups.Enabled
                ? [ActivatorUtilities.CreateInstance<Hl7Channel>(s, options.Worklist.Hl7, zone), ActivatorUtilities.CreateInstance<UpsChannel>(s, options.Worklist.Ups, options.Worklist.Hl7, options.Dicom.AeTitle, zone)]
                : [ActivatorUtilities.CreateInstance<Hl7Channel>(s, options.Worklist.Hl7, zone)], zone, options.Worklist.Hl7.SendingApplication));
        services.AddSingleton(options.Worklist.Mwl);
        services.AddSingleton(s => ActivatorUtilities.CreateInstance<OrderLookup>(s, options.Dicom.AeTitle));
        services.AddSingleton(new ScheduledSteps(options.Worklist.Mwl, options.Dicom.AeTitle, zone));
        services.AddSingleton<ExpectedStore>();
        services.AddHostedService<AbsenceWatch>();
        services.AddHostedService<AgeWatch>();
        services.AddHandler<NotifyHandler>();
        services.AddHandler<LookHandler>();
        services.AddSingleton<InboundStore>();
        services.AddSingleton<InboundDesk>();
        if (options.Worklist.Hl7.Listen.Enabled)
        {
            services.AddSingleton(options.Worklist.Hl7.Listen);
            services.AddHostedService<Hl7Listener>();
        }
    }

    private static void AddDesk(this IServiceCollection services, WorkerOptions options)
    {
        services.TryAddSingleton(new KeptInputs(options.InputsDirectory));
        services.AddSingleton(options.Web);
        services.AddSingleton(new DeskPlace(options.Site.Name, TimeZoneInfo.FindSystemTimeZoneById(options.Site.TimeZone), ProgramVersion.Text, options.DataDirectory, options.AbsenceLimits, options.StudyLimit));
        services.AddSingleton<IDeskSources, DeskSources>();
        services.AddHostedSingleton<WebDesk>();
    }

    private static void AddHostedSingleton<T>(this IServiceCollection services)
        where T : class, IHostedService
    {
        services.AddSingleton<T>();
        services.AddSingleton<IHostedService>(s => s.GetRequiredService<T>());
    }

    private static void AddHandler<T>(this IServiceCollection services)
        where T : class, IWorkHandler
    {
        services.AddSingleton<T>();
        services.AddSingleton<IHostedService>(s => ActivatorUtilities.CreateInstance<WorkLoop>(s, s.GetRequiredService<T>()));
    }
}
