using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Dicom.Dimse;
using PacsAiWorker.Native.Processes;
using PacsAiWorker.Pipeline.Work;
using PacsAiWorker.Records.Audit;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Stores;

namespace PacsAiWorker.Pipeline.Delivery;

/// <summary>Sends one report to one PACS. A repeat sends the same bytes under the same UID, so an unknown outcome does no harm.</summary>
public sealed class DeliverHandler(
    Destinations destinations, DeliveryStore store, CommitmentStore commitment, Connections connections, StowSender web, TimeProvider clock, ILogger<DeliverHandler> log) : IWorkHandler
{
    /// <summary>A report in another form wakes its deliveries; one that did not is looked for so often.</summary>
    private static readonly TimeSpan OtherForm = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan WhileHeld = TimeSpan.FromHours(1);

    public string Kind => WorkKinds.Deliver;

    public ILanes Lanes { get; } = connections.Lanes(d => d.MaxAssociations);

    public int Slots => Lanes.Slots;

    public async Task<WorkVerdict> HandleAsync(WorkRow work, CancellationToken cancellation)
    {
        var delivery = await store.ReadAsync(work.Subject, cancellation);
        if (delivery.State is DeliveryStates.Stored or DeliveryStates.Withheld or DeliveryStates.Retired)
        {
            return new WorkVerdict.Done((_, _) => Task.FromResult<IReadOnlyList<AuditEvent>>([]));
        }

        if (await store.HoldAsync(delivery, cancellation) is { } hold)
        {
            return Held(hold);
        }

        if (delivery.Report!.Result!.Withdraws is null && await store.ModelAsync(delivery, cancellation) is { SuspendedAt: not null } suspended)
        {
            return SuspendedReports.Held(suspended);
        }

        if (destinations.Find(delivery.Destination) is not { } destination)
        {
            return Unknown(delivery);
        }

        if (connections.RestOf(destination.Name) is { } rest)
        {
            return new WorkVerdict.Postpone(rest, "pacs unreachable", $"{destination.Name} did not answer a moment ago");
        }

        try
        {
            var addresses = await Dns.GetHostAddressesAsync(destination.Machine(), cancellation);
            if (!DeliveryDecider.MayGo(delivery.Report.Result.IsDemonstration, addresses))
            {
                const string Why = "demonstration result: not sent beyond this machine";
                return new WorkVerdict.Done(Effect(delivery, DeliveryStates.Withheld, null, Why));
            }

            return await (destination.Url.Length > 0 ? SendByWebAsync(delivery, destination, cancellation) : Connections.Blocking(() => Send(delivery, destination))) switch
            {
                SendOutcome.Answered answered => Judge(delivery, answered, destination, work),
                SendOutcome.NotWanted when await store.HoldAsync(delivery, cancellation) is { } late => Held(late),
                SendOutcome.NotWanted => new WorkVerdict.Done((_, _) => Task.FromResult<IReadOnlyList<AuditEvent>>([])),
                SendOutcome.OtherForm other => await InOtherFormAsync(delivery, other.Form, work, cancellation),
                _ => throw new InvalidOperationException("An attempt has one of these outcomes."),
            };
        }
        catch (AssociationException error) when (!error.Transient)
        {
            return new WorkVerdict.Park("pacs refuses", error.Message, Effect(delivery, DeliveryStates.Refused, null, error.Message));
        }
        catch (Exception error) when (error is AssociationException or SocketException or IOException or TimeoutException or HttpRequestException
            || (error is TaskCanceledException && !cancellation.IsCancellationRequested))
        {
            connections.Failed(destination.Name);
            return new WorkVerdict.Retry("pacs unreachable", error.Message, Effect(delivery, DeliveryStates.Pending, null, error.Message));
        }
    }

    internal static WorkVerdict.Park Unknown(DeliveryRow delivery) => new("destination unknown",
        $"destination \"{delivery.Destination}\" is no longer configured: add it to Dicom:Destinations again, or give up all that waits for it with `destination retire`");

    /// <summary>Whoever ends the hold wakes it.</summary>
    private static WorkVerdict.Postpone Held(StudyHoldRow hold) => new(WhileHeld, "held", $"{hold.Text}; look, then `study confirm`");

    private SendOutcome Send(DeliveryRow delivery, DestinationOptions destination)
    {
        var report = delivery.Report!;
        using var client = connections.Open(destination, ReportSender.Contexts(report));
        if (!store.IsWantedAsync(delivery.Id, CancellationToken.None).GetAwaiter().GetResult())
        {
            client.Release();
            return new SendOutcome.NotWanted();
        }

        var outcome = ReportSender.Send(client, report, delivery.Restores > 0 ? report.SopClassUid : null,
            form => store.ReportAsync(report.ResultId, form, CancellationToken.None).GetAwaiter().GetResult());
        client.Release();
        return outcome;
    }

    private async Task<SendOutcome> SendByWebAsync(DeliveryRow delivery, DestinationOptions destination, CancellationToken cancellation) => !await store.IsWantedAsync(delivery.Id, cancellation)
        ? new SendOutcome.NotWanted()
        : await web.SendAsync(destination, delivery.Report!, delivery.Restores > 0 ? delivery.Report!.SopClassUid : null, form => store.ReportAsync(delivery.Report!.ResultId, form, cancellation), cancellation);

    private WorkVerdict Judge(DeliveryRow delivery, SendOutcome.Answered answered, DestinationOptions destination, WorkRow work)
    {
        var (status, comment) = (answered.Status, answered.Comment);
        var detail = FormattableString.Invariant($"{status:X4}H{(string.IsNullOrEmpty(comment) ? "" : " " + comment)}");
        var told = DimseStatus.InWords(status);
        var step = DeliveryDecider.Decide(status, work.Attempts);
        PipelineLog.Delivered(log, delivery.ReportId, delivery.Destination, told);
        PipelineMeters.Deliveries.Add(1, PipelineMeters.Tag("destination", delivery.Destination), PipelineMeters.Tag("outcome", step.ToString()));
        if (DeliveryDecider.IsBusy(status))
        {
            connections.Failed(destination.Name);
        }
        else
        {
            connections.Answered(destination.Name);
        }

        return step switch
        {
            DeliveryStep.Stored => new WorkVerdict.Done(Stored(delivery, answered.Report, status, detail, told, destination, work.Tier), KillPoints.DeliveryCommitted),
            DeliveryStep.Again => new WorkVerdict.Retry("pacs busy", detail, Effect(delivery, DeliveryStates.Pending, status, detail, told)),
            _ => new WorkVerdict.Park("pacs refuses", detail, Effect(delivery, DeliveryStates.Refused, status, detail, told)),
        };
    }

    /// <summary>The PACS takes reports in a form of which there is none: it is asked for, and this delivery waits.</summary>
    private async Task<WorkVerdict> InOtherFormAsync(DeliveryRow delivery, ReportForm form, WorkRow work, CancellationToken cancellation)
    {
        connections.Answered(delivery.Destination);
        var (result, name) = (delivery.Report!.ResultId, SopClasses.Name(form.SopClassUid) + (form.WithoutMaps ? " without heat maps" : ""));
        PipelineLog.OtherClass(log, delivery.Destination, name);
        return await store.StoppedReportAsync(result, form, cancellation) is { } stopped
            ? new WorkVerdict.Park("no such report", $"{delivery.Destination} takes {name} only, and work {stopped.Id}, which writes the report in it, is {stopped.State}: end that with `work retry {stopped.Id}`, then `work retry {work.Id}`")
            : new WorkVerdict.Postpone(OtherForm, "other SOP class", $"{delivery.Destination} takes {name} only: the report is written in it", async (transaction, token) =>
            {
                await store.WriteReportAsync(transaction, result, form, work.Tier, token);
                return [];
            });
    }

    private WorkEffect Stored(DeliveryRow delivery, ReportRow sent, int status, string detail, string told, DestinationOptions destination, short tier)
    {
        var effect = Timed(delivery, tier, Effect(delivery, DeliveryStates.Stored, status, detail, told, sent.Id));
        effect = DeliveryDecider.IsCoerced(status) ? Coerced(delivery, effect) : effect;
        return !destination.WantsProof ? effect : async (transaction, cancellation) =>
        {
            var events = await effect(transaction, cancellation);
            await commitment.DueAsync(transaction, delivery, tier, DicomUid.NewRandom(), clock.GetUtcNow().UtcDateTime, cancellation);
            return events;
        };
    }

    private WorkEffect Timed(DeliveryRow delivery, short tier, WorkEffect effect) => delivery.Restores > 0 ? effect : async (transaction, cancellation) =>
    {
        DoorMeters.Stored(await DeliveryStore.LastImageAsync(transaction, delivery.Report!.Result!, cancellation), clock.GetUtcNow().UtcDateTime, tier);
        return await effect(transaction, cancellation);
    };

    /// <summary>The archive may have this study under another identity than ours: what follows would be a second patient there (safety rule 13).</summary>
    private WorkEffect Coerced(DeliveryRow delivery, WorkEffect effect) => async (transaction, cancellation) =>
    {
        var study = delivery.Report!.Result!.StudyId;
        var events = await effect(transaction, cancellation);
        if (!await IdentityStore.HoldAsync(transaction, study, HoldReasons.Coerced, delivery.Destination, clock.GetUtcNow().UtcDateTime, cancellation))
        {
            return events;
        }

        PipelineLog.IdentityChanged(log, delivery.ReportId, delivery.Destination);
        return [.. events, new AuditEvent("archive changed the identity", $"study:{study}", study, new { delivery.Destination, report = delivery.ReportId })];
    };

    /// <param name="told">What the audit says in place of the detail, where that holds words of the PACS: they may name the patient, and the audit is for ever.</param>
    private WorkEffect Effect(DeliveryRow delivery, string state, int? status, string detail, string? told = null, Guid? report = null) => async (transaction, cancellation) =>
    {
        var attempts = await DeliveryStore.WriteAsync(transaction, delivery.Id, report, state, status, detail, clock.GetUtcNow().UtcDateTime, cancellation);
        return [new AuditEvent("delivery " + state, $"report:{report ?? delivery.ReportId}", delivery.Report!.Result!.StudyId, new { delivery.Destination, status, detail = told ?? detail, attempts })];
    };
}
