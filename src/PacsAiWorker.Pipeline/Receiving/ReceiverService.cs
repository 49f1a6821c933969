using System.Net;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PacsAiWorker.Dicom.Dimse;
using PacsAiWorker.Dicom.Upper;
using PacsAiWorker.Spool;

namespace PacsAiWorker.Pipeline.Receiving;

/// <summary>The C-STORE SCP: its port opens first and closes first. It needs nothing but the disk.</summary>
public sealed class ReceiverService(
    DicomOptions options, SpoolOptions spoolOptions, SpoolLog spool, StorageHealth health, ArrivingStudies arriving, CallerDefaults defaults, PerformedSteps steps, TimeProvider clock, ILogger<ReceiverService> log,
    ICommitmentEvents? commitment = null) : IHostedLifecycleService, IAssociationHandler, IStoreService, IDisposable
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(10);

    private DicomListener? _listener;

    /// <summary>Port in use, 0 while closed.</summary>
    public int Port => _listener?.Port ?? 0;

    public IStoreService Store => this;

    public IMppsService Mpps => steps;

    /// <summary>Answered on the association of the PACS alone: no cart waits for it.</summary>
    public ICommitmentEvents? Commitment => commitment;

    public AssociationDecision Decide(AssociationRequest request, IPAddress remote)
    {
        var problem = health.Fault ?? DiskGuard.Look(spool.Root, spoolOptions.Watermark);
        var decision = CallerPolicy.Decide(request, remote, options, problem);
        if (decision is AssociationDecision.Reject reject)
        {
            PipelineMeters.Rejected.Add(1);
            PipelineLog.AssociationRefused(log, request.CallingAe, reject.Rule);
        }

        if (AcceptedContexts.ReportsCommitment(request) && !CallerPolicy.IsReporter(options, request.CallingAe))
        {
            PipelineLog.CommitmentNotTaken(log, request.CallingAe);
        }

        return decision;
    }

    public IStoreSession Open(AssociationRequest association, IPAddress remote) =>
        new SpoolSession(spool, health, arriving, defaults.For(options, association.CallingAe, remote), clock, log);

    public void Ended(AssociationRequest request, AssociationEnd end)
    {
        if (end.Kind is not (AssociationEndKind.Released or AssociationEndKind.Rejected))
        {
            PipelineLog.AssociationBroken(log, request.CallingAe, end.Reason);
        }
    }

    public void Refused(IPAddress remote, string reason) => PipelineLog.AssociationRefused(log, remote.ToString(), reason);

    public void Failed(AssociationRequest request, Exception exception) => PipelineLog.ReceiverFailed(log, exception, request.CallingAe);

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        RefuseFilesOfEarlierVersions();
        var tls = DicomTls.Server(options.Tls, "our port", log);
        tls?.Files.Check();
        _listener = new DicomListener(
            new ListenerOptions(IPAddress.Parse(options.Bind), options.Port) { QuickAck = options.QuickAcknowledge, Tls = tls, MaxOutstandingRequests = options.MaxOutstandingRequests }, this);
        _listener.Start();
        PipelineLog.Listening(log, options.AeTitle, options.Bind, _listener.Port);
        return Task.CompletedTask;
    }

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Before the spool was a log it held a file for each image, in folders of two letters: those are not overlooked.</summary>
    private void RefuseFilesOfEarlierVersions()
    {
        if (Directory.EnumerateDirectories(spool.Root).FirstOrDefault(d => Directory.EnumerateFiles(d, "*.dcm").Any()) is { } folder)
        {
            throw new IOException(
                $"{spool.Root} holds images of an earlier version as files (for example in {Path.GetFileName(folder)}): move those folders away, start, and send them again with `pacs-ai-worker send FOLDER --to {options.AeTitle}@HOST:{options.Port}`");
        }
    }

    public Task StoppingAsync(CancellationToken cancellationToken) => _listener?.StopAsync(Grace) ?? Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose() => _listener?.Dispose();
}

/// <summary>Fills what a caller's own settings leave open.</summary>
public sealed record CallerDefaults(string Site, int QuietSeconds)
{
    public CallerOptions For(DicomOptions options, string callingAe, IPAddress remote) => Fill(CallerPolicy.Find(options, callingAe, remote));

    private CallerOptions Fill(CallerOptions? caller)
    {
        caller ??= new CallerOptions();
        return caller with
        {
            Site = caller.Site.Length > 0 ? caller.Site : Site,
            QuietSeconds = caller.QuietSeconds > 0 ? caller.QuietSeconds : QuietSeconds,
        };
    }
}
