using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Dicom.Dimse;
using PacsAiWorker.Dicom.Files;
using PacsAiWorker.Dicom.Upper;
using PacsAiWorker.Native.Processes;
using PacsAiWorker.Pipeline.Work;
using PacsAiWorker.Records.Audit;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Stores;

namespace PacsAiWorker.Pipeline.Delivery;

/// <summary>Our AE title and the PACS that get reports.</summary>
public sealed record Destinations(string CallingAe, IReadOnlyList<DestinationOptions> All);

/// <summary>Sends one report to one PACS. A repeat sends the same bytes under the same UID, so an unknown outcome does no harm.</summary>
public sealed class DeliverHandler(Destinations destinations, DeliveryStore store, TimeProvider clock, ILogger<DeliverHandler> log) : IWorkHandler
{
    /// <summary>A PACS that did not answer is left alone for a while, so that its backlog never stands before another's.</summary>
    private static readonly TimeSpan LeftAlone = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<string, DateTime> _awayUntil = new();

    private readonly ConcurrentDictionary<string, ClientOptions> _ways = new();

    public string Kind => WorkKinds.Deliver;

    public int Slots => 2;

    public async Task<WorkVerdict> HandleAsync(WorkRow work, CancellationToken cancellation)
    {
        var delivery = await store.ReadAsync(work.Subject, cancellation);
        if (delivery.State is DeliveryStates.Stored or DeliveryStates.Withheld or DeliveryStates.Retired)
        {
            return new WorkVerdict.Done((_, _) => Task.FromResult<IReadOnlyList<AuditEvent>>([]));
        }

        if (await store.ModelAsync(delivery, cancellation) is { SuspendedAt: not null } suspended)
        {
            return SuspendedReports.Held(suspended);
        }

        var destination = destinations.All.FirstOrDefault(d => d.Name == delivery.Destination);
        if (destination is null)
        {
            return new WorkVerdict.Park("destination unknown", $"destination \"{delivery.Destination}\" is no longer configured: add it to Dicom:Destinations again, or give up all that waits for it with `destination retire`");
        }

        if (_awayUntil.TryGetValue(destination.Name, out var until) && until - clock.GetUtcNow().UtcDateTime is { Ticks: > 0 } rest)
        {
            return new WorkVerdict.Postpone(rest, "pacs unreachable", $"{destination.Name} did not answer a moment ago");
        }

        try
        {
            var addresses = await Dns.GetHostAddressesAsync(destination.Host, cancellation);
            if (!DeliveryDecider.MayGo(delivery.Report!.Result!.IsDemonstration, addresses))
            {
                const string Why = "demonstration result: not sent beyond this machine";
                return new WorkVerdict.Done(Effect(delivery, DeliveryStates.Withheld, null, Why));
            }

            // Blocking sockets: a thread of the pool is enough for two at a time.
            var response = await Task.Run(() => Send(delivery.Report, destination), cancellation);
            return Judge(delivery, work, response.Status, response.ErrorComment);
        }
        catch (AssociationException error)
        {
            return error.Transient
                ? Unreachable(delivery, error)
                : new WorkVerdict.Park("pacs refuses", error.Message, Effect(delivery, DeliveryStates.Refused, null, error.Message));
        }
        catch (Exception error) when (error is SocketException or IOException or TimeoutException)
        {
            return Unreachable(delivery, error);
        }
    }

    private WorkVerdict.Retry Unreachable(DeliveryRow delivery, Exception error)
    {
        _awayUntil[delivery.Destination] = clock.GetUtcNow().UtcDateTime + LeftAlone;
        return new WorkVerdict.Retry("pacs unreachable", error.Message, Effect(delivery, DeliveryStates.Pending, null, error.Message));
    }

    private DimseResponse Send(ReportRow report, DestinationOptions destination)
    {
        var syntax = TransferSyntax.ExplicitVrLittleEndian.Uid;
        using var client = DicomClient.Connect(new PeerAddress(destination.AeTitle, destination.Host, destination.Port), destinations.CallingAe,
            [new ProposedContext(report.SopClassUid, [syntax])], _ways.GetOrAdd(destination.Name, _ => DicomTls.Client(destination, log)));
        if (!client.Accepts(report.SopClassUid, syntax))
        {
            client.Release();
            return new DimseResponse(DimseStatus.SopClassNotSupported, $"the PACS does not accept {SopClasses.Name(report.SopClassUid)}");
        }

        KillPoint.At(KillPoints.SendBegun);
        var response = client.Store(report.SopClassUid, report.SopInstanceUid, syntax, Part10.DataSetOf(report.Content).Span);
        KillPoint.At(KillPoints.SendAnswered);
        client.Release();
        return response;
    }

    private WorkVerdict Judge(DeliveryRow delivery, WorkRow work, ushort status, string? comment)
    {
        var detail = FormattableString.Invariant($"{status:X4}H{(string.IsNullOrEmpty(comment) ? "" : " " + comment)}");
        var step = DeliveryDecider.Decide(status, work.Attempts);
        PipelineLog.Delivered(log, delivery.ReportId, delivery.Destination, detail);
        PipelineMeters.Deliveries.Add(1, PipelineMeters.Tag("destination", delivery.Destination), PipelineMeters.Tag("outcome", step.ToString()));
        return step switch
        {
            DeliveryStep.Stored => new WorkVerdict.Done(Effect(delivery, DeliveryStates.Stored, status, detail), KillPoints.DeliveryCommitted),
            DeliveryStep.Again => new WorkVerdict.Retry("pacs busy", detail, Effect(delivery, DeliveryStates.Pending, status, detail)),
            _ => new WorkVerdict.Park("pacs refuses", detail, Effect(delivery, DeliveryStates.Refused, status, detail)),
        };
    }

    private WorkEffect Effect(DeliveryRow delivery, string state, int? status, string detail) => async (transaction, cancellation) =>
    {
        var attempts = await DeliveryStore.WriteAsync(transaction, delivery.Id, state, status, detail, clock.GetUtcNow().UtcDateTime, cancellation);
        return [new AuditEvent("delivery " + state, $"report:{delivery.ReportId}", delivery.Report!.Result!.StudyId, new { delivery.Destination, status, detail, attempts })];
    };
}
