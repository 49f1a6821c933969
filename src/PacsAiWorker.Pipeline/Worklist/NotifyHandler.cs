using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Dicom.Files;
using PacsAiWorker.Inference;
using PacsAiWorker.Pipeline.Work;
using PacsAiWorker.Pipeline.Worklist.Hl7;
using PacsAiWorker.Records.Audit;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Stores;
using PacsAiWorker.Records.Work;

namespace PacsAiWorker.Pipeline.Worklist;

/// <summary>
/// Tells one rise of a study's priority, or writes down why not. The rule is asked again before each attempt; the message is kept before it
/// first leaves, so that an attempt whose end nobody saw is repeated with the same bytes under the same control id.
/// </summary>
public sealed class NotifyHandler(
    NoticeReceivers receivers, NoticeStore store, WorkTable table, OrderLookup lookup, InboundDesk desk, SpoolFiles spool, TimeProvider clock, ILogger<NotifyHandler> log) : IWorkHandler
{
    /// <summary>A flag is worth little an hour later: a receiver that comes back is found within a minute.</summary>
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan ForTheOther = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ForTheList = TimeSpan.FromMinutes(1);

    private const int MostRefusals = 5;

    public string Kind => WorkKinds.Notify;

    public int Slots => 2;

    private DateTime Now => clock.GetUtcNow().UtcDateTime;

    public async Task<WorkVerdict> HandleAsync(WorkRow work, CancellationToken cancellation)
    {
        var picture = await store.ReadAsync(work, cancellation);
        var rise = work.DedupeKey[(work.DedupeKey.LastIndexOf(':') + 1)..];
        var name = NoticeChannels.Of(work.DedupeKey);
        if (name == NoticeChannels.Hl7 && receivers.All.Count > 1)
        {
            await OverOthersAsync(picture, rise, cancellation);
        }

        var notice = picture.Of(rise);
        var isAgain = notice is { State: NoticeStates.Acknowledged } && RoseAgain(picture, notice);
        if (receivers.Of(name) is not { } channel || (channel.Host.Length == 0 && receivers.All.Count > 1) || (notice is { State: NoticeStates.Acknowledged } && !isAgain))
        {
            return new WorkVerdict.Done((_, _) => Task.FromResult<IReadOnlyList<AuditEvent>>([]));
        }

        var addresses = channel.Host.Length > 0 ? await AddressesAsync(channel.Host, cancellation) : [];
        var receiver = channel.Receiver(addresses.Length > 0 && addresses.All(IPAddress.IsLoopback));
        var patient = OruPatient.Of(picture.Identity, picture.Reconciled, Header(picture), receivers.Zone);
        var word = receiver.IsEnabled && !IsFresh(picture.Order, receiver) ? await lookup.PriorityAsync(patient.Accession, patient.PatientId, cancellation) : "";
        if (word is { Length: > 0 })
        {
            await desk.TakeAsync(new InboundNews("MWL", Now, [new InboundFact.OrderTold(patient.Accession, word, "", [])]), cancellation);
            picture = await store.ReadAsync(work, cancellation);
        }

        var verdict = PriorityDecider.Decide(Facts(picture, rise, patient), receiver);
        if (verdict is PriorityVerdict.Silent { Code: SilenceCodes.Unknown } && word is null)
        {
            // Not asked is not the same as not known; it ends when the study is too old.
            return new WorkVerdict.Postpone(ForTheList, "worklist away", "the order's priority is not known and the modality worklist could not be asked (Worklist:Mwl): it is asked again");
        }

        if (isAgain && verdict is PriorityVerdict.Silent { Code: SilenceCodes.Superseded })
        {
            return new WorkVerdict.Done((_, _) => Task.FromResult<IReadOnlyList<AuditEvent>>([]));
        }

        if (verdict is PriorityVerdict.Silent silent)
        {
            return new WorkVerdict.Done(Silence(picture, New(picture, rise, name), silent));
        }

        if (picture.OthersRunning)
        {
            // A lower one of the same study is on the wire: what arrives last decides.
            return new WorkVerdict.Postpone(ForTheOther, "in order", "another notice of this study is being sent");
        }

        if (notice?.Message is null || isAgain || picture.Withheld.Concat(picture.Lowered).Any(w => channel.Names(notice.Message, w.Model)))
        {
            notice = await store.PrepareAsync(Write(channel, picture, rise, ((PriorityVerdict.Send)verdict).Letter, patient), notice?.ControlId, cancellation);
        }

        if (work.Attempts <= 1)
        {
            // The first time, or a person had it tried again: refusals of before do not count.
            notice.Refusals = 0;
        }

        return await SendAsync(channel, picture, notice, cancellation);
    }

    /// <summary>A person lowered the study after this was told, and something else has raised it to the same priority since.</summary>
    private static bool RoseAgain(NoticePicture picture, PriorityNoticeRow notice) => picture.Study.Priority == notice.Priority
        && picture.Overrides.Any(o => (o.Action == OverrideActions.Lower && o.At > notice.AcknowledgedAt) || o.EndedAt > notice.AcknowledgedAt);

    /// <summary>A rise is told over each channel that is on, by work of its own: none waits for another.</summary>
    private Task OverOthersAsync(NoticePicture picture, string rise, CancellationToken cancellation) => store.QueueAsync(
        receivers.All.Where(c => c.Name != NoticeChannels.Hl7).Select(c => NoticeStore.WorkOf(picture.Study, rise, c.Name)), picture.Overrides.Count > 0 && picture.Study.Priority == rise, table, cancellation);

    private bool IsFresh(OrderContextRow? order, PriorityReceiver receiver) => order is { Priority.Length: > 0, PriorityAt: { } at } && Now - at <= receiver.ExistingHolds;

    private async Task<WorkVerdict> SendAsync(INoticeChannel channel, NoticePicture picture, PriorityNoticeRow notice, CancellationToken cancellation)
    {
        try
        {
            return Judge(picture, notice, await channel.SendAsync(notice, cancellation));
        }
        catch (Exception error) when (error is MllpException or IOException)
        {
            Say(notice, "no answer");
            return new WorkVerdict.Retry("ris unreachable", error.Message, Attempt(notice, NoticeStates.Pending, error.Message, isRefusal: false), LongestPause);
        }
    }

    private WorkVerdict Judge(NoticePicture picture, PriorityNoticeRow notice, NoticeAnswer answer)
    {
        Say(notice, answer.Text);
        if (answer.IsClosed)
        {
            return new WorkVerdict.Done(Silence(picture, notice, new PriorityVerdict.Silent(SilenceCodes.Taken, $"Not told: somebody reads its work item, or has read it ({answer.Text})")));
        }

        switch (answer.Code)
        {
            case AcknowledgementCode.Accept:
                return new WorkVerdict.Done(Attempt(notice, NoticeStates.Acknowledged, answer.Text, isRefusal: false));
            case AcknowledgementCode.Reject when notice.Refusals + 1 >= MostRefusals:
                return new WorkVerdict.Park("ris refuses",
                    $"the receiver refused message {notice.ControlId} {MostRefusals} times with {answer.Text}: look for that control id in its log, mend what it names there or in Worklist:{(notice.Channel == NoticeChannels.Ups ? "Ups" : "Hl7")}, and `work retry`",
                    Attempt(notice, NoticeStates.Refused, answer.Text, isRefusal: true));
            default:
                return new WorkVerdict.Retry("ris error", $"the receiver answered {answer.Text} to message {notice.ControlId}",
                    Attempt(notice, NoticeStates.Pending, answer.Text, answer.Code == AcknowledgementCode.Reject), LongestPause);
        }
    }

    private void Say(PriorityNoticeRow notice, string outcome)
    {
        PipelineLog.Noticed(log, notice.Priority, notice.StudyId, outcome);
        PipelineMeters.Notices.Add(1, PipelineMeters.Tag("outcome", outcome));
    }

    private WorkEffect Attempt(PriorityNoticeRow notice, string state, string answer, bool isRefusal) => async (transaction, cancellation) =>
    {
        var now = Now;
        var isNew = notice.Answer != answer;
        var row = await NoticeStore.WriteAsync(transaction, notice, n =>
        {
            (n.State, n.Answer, n.ChangedAt, n.ReasonCode, n.Reason) = (state, answer, now, "", "");
            n.Attempts++;
            n.Refusals = notice.Refusals + (isRefusal ? 1 : 0);
            n.SentAt ??= now;
            n.AcknowledgedAt = state == NoticeStates.Acknowledged ? now : null;
        }, cancellation);
        // A receiver that is away for a weekend fills no record with the same line.
        return !isNew ? [] : [new AuditEvent("priority " + (state == NoticeStates.Acknowledged ? "told" : "not taken"), $"study:{notice.StudyId}", notice.StudyId,
            new { notice.Priority, notice.Letter, existing = notice.ExistingPriority, notice.ControlId, answer, row.Attempts })];
    };

    private WorkEffect Silence(NoticePicture picture, PriorityNoticeRow notice, PriorityVerdict.Silent silent) => async (transaction, cancellation) =>
    {
        var rise = notice.Priority;
        var before = picture.Of(rise);
        await NoticeStore.WriteAsync(transaction, notice, n => (n.State, n.ReasonCode, n.Reason, n.ChangedAt) = (NoticeStates.Silent, silent.Code, silent.Reason, Now), cancellation);
        Say(notice, silent.Code);
        if ((silent.Code is SilenceCodes.Suspended or SilenceCodes.Withdrawn || (silent.Code == SilenceCodes.Stopped && picture.Stop is null)) && Speaking(picture).Where(p => p is Priorities.High or Priorities.Elevated && Priorities.Rank(p) > Priorities.Rank(rise)).MinBy(Priorities.Rank) is { } next)
        {
            // It hid what others found: theirs is told in its place.
            await PriorityRise.TellHiddenAsync(transaction, table, picture.Study, next, cancellation);
        }

        return before?.ReasonCode == silent.Code ? [] : [new AuditEvent("priority not told", $"study:{picture.Study.Id}", picture.Study.Id, new { priority = rise, reason = silent.Reason })];
    };

    private PriorityNoticeRow Write(INoticeChannel channel, NoticePicture picture, string rise, string letter, OruPatient patient)
    {
        var notice = New(picture, rise, channel.Name);
        notice.Letter = letter;
        notice.ExistingPriority = picture.Order?.Priority ?? "";
        (notice.ControlId, notice.Message) = channel.Write(picture, rise, letter, patient, picture.Of(rise)?.ControlId);
        return notice;
    }

    private PriorityNoticeRow New(NoticePicture picture, string rise, string channel) => new()
    {
        Id = Guid.CreateVersion7(),
        StudyId = picture.Study.Id,
        Revision = picture.Study.Revision,
        Channel = channel,
        Priority = rise,
        State = NoticeStates.Pending,
        CreatedAt = Now,
        ChangedAt = Now,
    };

    /// <summary>Priorities to which packages that are neither suspended nor stopped raise the study.</summary>
    private static IEnumerable<string> Speaking(NoticePicture picture) => picture.Results.Select(r => r.Result.Priority).Concat(picture.Early.Select(e => e.Model.PositivePriority));

    /// <summary>The study's priority; where only suspended packages gave it, or results that were withdrawn, the one that the others give.</summary>
    private static string Current(NoticePicture picture, string rise)
    {
        var priority = picture.Study.Priority;
        var isGone = picture.Withheld.Any(w => w.Priority == priority) || picture.Withdrawn.Any(w => w.Priority == priority);
        return !isGone || Speaking(picture).Contains(priority) || picture.RaiseTo(priority) is not null
            ? priority
            : Speaking(picture).Append(rise).MinBy(Priorities.Rank)!;
    }

    private PriorityFacts Facts(NoticePicture picture, string rise, OruPatient patient)
    {
        var raising = picture.Results.Where(r => r.Result.Priority == rise).Select(r => r.Model)
            .Concat(picture.Early.Where(e => e.Model.PositivePriority == rise).Select(e => e.Model)).ToList();
        var order = picture.Order;
        var withheld = picture.Withheld.FirstOrDefault(w => w.Priority == rise);
        var isUnsaid = raising.Count == 0 && picture.RaiseTo(rise) is null;
        return new PriorityFacts(rise, Current(picture, rise), picture.Notices.Where(n => n.Priority != rise && n.SentAt is not null).Select(n => n.Priority).MinBy(Priorities.Rank))
        {
            HasOrder = patient.Accession.Length > 0 || patient.Placer.Length > 0,
            Existing = order?.Priority ?? "",
            ExistingAge = order?.PriorityAt is { } at ? Now - at : null,
            IsRead = order?.ReadState == ReadStates.Read || picture.Study.IsRead,
            IsCancelled = order?.Status is "CA" or "DC" or "RP",
            IsOverridden = isUnsaid && picture.Lowered.Any(l => l.Priority == rise),
            StudyAge = Now - (patient.StudyTime is { } time && time.UtcDateTime <= Now ? time.UtcDateTime : picture.Study.FirstReceivedAt),
            IsTest = raising.Any(m => m.IsDemonstration) || picture.Images.Any(i => i.Manufacturer == PhantomMarker.Manufacturer)
                || patient.PatientId.StartsWith(PhantomMarker.PatientIdPrefix, StringComparison.Ordinal),
            Stop = (picture.Stop ?? (isUnsaid ? withheld?.Stop : null)) is { } stop ? (stop.Since, stop.Why) : null,
            Suspended = isUnsaid && withheld is { Model.SuspendedAt: not null } ? withheld.Model.SuspensionText : "",
            Withdrawn = isUnsaid ? picture.Withdrawn.FirstOrDefault(w => w.Priority == rise)?.Why ?? "" : "",
            IsConflict = picture.IsHeld || Identities.Conflict(picture.IdentityDigests),
        };
    }

    /// <summary>Null where no image is kept or readable: the message then says what the rows know.</summary>
    private DataSet? Header(NoticePicture picture)
    {
        try
        {
            if (picture.Images.Count == 0 || spool.Find(picture.Images[0].File) is not { } range)
            {
                return null;
            }

            using var file = Part10File.Open(range);
            return file.DataSet;
        }
        catch (Exception error) when (error is IOException or DicomFormatException)
        {
            return null;
        }
    }

    /// <summary>Empty when the name does not resolve: then it is not this machine, and the connection says what is wrong.</summary>
    private static async Task<IPAddress[]> AddressesAsync(string host, CancellationToken cancellation)
    {
        try
        {
            return await Dns.GetHostAddressesAsync(host, cancellation);
        }
        catch (SocketException)
        {
            return [];
        }
    }
}
