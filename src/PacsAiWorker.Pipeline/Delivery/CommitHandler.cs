using System.Net;
using System.Net.Sockets;
using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Dicom.Dimse;
using PacsAiWorker.Pipeline.Work;
using PacsAiWorker.Records.Audit;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Stores;

namespace PacsAiWorker.Pipeline.Delivery;

/// <summary>
/// Has one PACS promise that it keeps a delivery, and with it all others that wait for the same PACS: one question names them together, and
/// its report is kept for each. The question stands in a row before it is put, so that a report finds it however early it comes, and a
/// question whose answer was lost is put again under the same transaction.
/// </summary>
public sealed class CommitHandler(Destinations destinations, CommitmentStore store, CommitmentEvents events, Connections connections, StowSender web, TimeProvider clock) : IWorkHandler
{
    private readonly QueryProof _query = new(store, web, connections, clock);

    /// <summary>While the association is kept open, whether the report came on another is looked up so often.</summary>
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(250);

    private static readonly string[] Syntaxes = [TransferSyntax.ImplicitVrLittleEndian.Uid, TransferSyntax.ExplicitVrLittleEndian.Uid];

    public string Kind => WorkKinds.Commit;

    /// <summary>One association for each destination, beside those that store.</summary>
    public ILanes Lanes { get; } = connections.Lanes(_ => 1, Exchange.Commitment);

    public int Slots => Lanes.Slots;

    public async Task<WorkVerdict> HandleAsync(WorkRow work, CancellationToken cancellation)
    {
        var standing = await store.ReadAsync(work.Subject, cancellation);
        var delivery = standing.Delivery;
        if (destinations.Find(delivery.Destination) is not { } destination)
        {
            return CommitmentStates.Owed.Contains(delivery.Commitment) ? DeliverHandler.Unknown(delivery) : Done();
        }

        if (!destination.WantsProof)
        {
            return NotAsked(standing);
        }

        if (destination.VerifyByQuery && CommitmentDecider.Open(delivery, standing.Requests) is { } question)
        {
            return await _query.LookAsync(standing, destination, question, cancellation);
        }

        return CommitmentDecider.Next(delivery, standing.Requests, TimeSpan.FromHours(destination.CommitmentHours), clock.GetUtcNow().UtcDateTime) switch
        {
            CommitmentStep.Ask ask => await AskAsync(standing, destination, ask.TransactionUid, work, cancellation),
            CommitmentStep.Wait wait => Waiting(standing, [standing], wait.TransactionUid, wait.Delay),
            CommitmentStep.AskAnew => new WorkVerdict.Postpone(TimeSpan.Zero, "commitment due", "another question goes out", async (transaction, token) =>
            {
                await CommitmentStore.AskAnewAsync(transaction, delivery.Id, DicomUid.NewRandom(), clock.GetUtcNow().UtcDateTime, token);
                return [Event("commitment due", standing, new { delivery.Destination, questions = standing.Requests.Count + 1 })];
            }),
            CommitmentStep.StoreAgain again => new WorkVerdict.Done(async (transaction, token) =>
            {
                await store.StoreAgainAsync(transaction, delivery, work.Tier, token);
                return [Event("commitment failed, stored again", standing, new { delivery.Destination, again.Why, times = delivery.Restores + 1 })];
            }),
            CommitmentStep.Stop stop => new WorkVerdict.Park("not kept", $"{delivery.Destination} does not keep the report, {stop.Why}: mend the PACS, then `work retry`", async (transaction, token) =>
            {
                await CommitmentStore.StopAsync(transaction, delivery.Id, token);
                return [Event("commitment given up", standing, new { delivery.Destination, stop.Why })];
            }),
            _ => Done(),
        };
    }

    private async Task<WorkVerdict> AskAsync(CommitmentStanding standing, DestinationOptions destination, string transactionUid, WorkRow work, CancellationToken cancellation)
    {
        if (connections.RestOf(destination.Name, Exchange.Commitment) is { } rest)
        {
            return new WorkVerdict.Postpone(rest, "pacs unreachable", $"{destination.Name} did not answer a moment ago");
        }

        try
        {
            if (!DeliveryDecider.MayGo(standing.IsDemonstration, await Dns.GetHostAddressesAsync(destination.Machine(), cancellation)))
            {
                return NotAsked(standing);
            }

            var asked = await store.PutAsync(standing, transactionUid, clock.GetUtcNow().UtcDateTime, cancellation);
            if (asked.Count == 0)
            {
                return new WorkVerdict.Postpone(TimeSpan.Zero, "asked with others", "another question asks for it too");
            }

            var response = await Connections.Blocking(() => Ask(asked, destination, transactionUid, cancellation));
            connections.Answered(destination.Name, Exchange.Commitment);
            if (await store.IsAnsweredAsync(transactionUid, cancellation))
            {
                return new WorkVerdict.Postpone(TimeSpan.Zero, "reported", "its report has come");
            }

            return CommitmentDecider.OfStatus(response.Status, work.Attempts) switch
            {
                CommitmentAnswer.Asked => Waiting(standing, asked, transactionUid, TimeSpan.Zero),
                var answer when CommitmentDecider.IsTooMuch(answer, asked.Count, work.Attempts) => OneByOne(standing, asked.Count, transactionUid, response.Status),
                CommitmentAnswer.Again => new WorkVerdict.Retry("pacs busy", response.ToString()),
                _ => Refused(standing, transactionUid, response.ToString(), DimseStatus.InWords(response.Status)),
            };
        }
        catch (AssociationException error) when (!error.Transient)
        {
            return Refused(standing, transactionUid, error.Message, error.Message);
        }
        catch (Exception error) when (error is AssociationException or SocketException or IOException or TimeoutException)
        {
            connections.Failed(destination.Name, Exchange.Commitment);
            return new WorkVerdict.Retry("pacs unreachable", error.Message);
        }
    }

    /// <summary>Puts the question and stays for the report; a PACS that reports on an association of its own is not waited for longer than it takes.</summary>
    private DimseResponse Ask(IReadOnlyList<CommitmentStanding> asked, DestinationOptions destination, string transactionUid, CancellationToken cancellation)
    {
        var heard = new Heard(events, transactionUid);
        using var client = connections.Open(destination, [new ProposedContext(SopClasses.StorageCommitmentPush, Syntaxes)], heard);
        var response = client.RequestCommitment(transactionUid, asked.SelectMany(s => s.Instances).Select(i => new CommitmentItem(i.SopClassUid, i.SopInstanceUid)));
        if (CommitmentDecider.OfStatus(response.Status, 1) == CommitmentAnswer.Asked)
        {
            try
            {
                for (var looks = TimeSpan.FromSeconds(destination.CommitmentWaitSeconds) / Look; looks > 0 && !cancellation.IsCancellationRequested; looks--)
                {
                    if (client.ServeFor(Look, () => heard.It) || store.IsAnsweredAsync(transactionUid, CancellationToken.None).GetAwaiter().GetResult())
                    {
                        break;
                    }
                }
            }
            catch (AssociationException)
            {
                // The PACS ended it: it has the question, and reports on an association of its own.
            }
        }

        client.Release();
        return response;
    }

    /// <param name="asked">What the PACS has the question about.</param>
    /// <param name="delay">Zero: until it is decided anew how long.</param>
    private WorkVerdict.Postpone Waiting(CommitmentStanding standing, IReadOnlyList<CommitmentStanding> asked, string transactionUid, TimeSpan delay) => new(delay, "commitment asked", "the PACS owes its report", async (transaction, token) =>
    {
        var events = new List<AuditEvent>();
        foreach (var one in asked)
        {
            var waits = await CommitmentStore.AskedAsync(transaction, one.Delivery.Id, transactionUid, clock.GetUtcNow().UtcDateTime, token);
            if (!waits && one.Delivery.Id == standing.Delivery.Id)
            {
                throw new WorkSupersededException("the report came meanwhile");
            }

            if (waits && one.Delivery.Commitment != CommitmentStates.Asked)
            {
                events.Add(Event("commitment asked", one, new { one.Delivery.Destination, together = asked.Count }));
            }
        }

        return events;
    });

    /// <summary>One of them may be what it does not take, or their number: each is asked for by itself.</summary>
    private WorkVerdict.Postpone OneByOne(CommitmentStanding standing, int together, string transactionUid, ushort status) =>
        new(TimeSpan.Zero, "commitment due", $"the PACS does not take a question about {together} deliveries: they are asked for one by one", async (transaction, token) =>
        {
            await CommitmentStore.AskOneByOneAsync(transaction, transactionUid, DicomUid.NewRandom, clock.GetUtcNow().UtcDateTime, token);
            return [Event("commitment asked one by one", standing, new { standing.Delivery.Destination, together, why = DimseStatus.InWords(status) })];
        });

    /// <param name="told">What the audit says of it: without the words of the PACS, which may name the patient.</param>
    private WorkVerdict.Park Refused(CommitmentStanding standing, string transactionUid, string why, string told) => new("commitment refused",
        $"{why} Let {standing.Delivery.Destination} accept storage commitment from {destinations.CallingAe}, or set StorageCommitment of that destination to false; then `work retry`", async (transaction, token) =>
    {
        await CommitmentStore.RefusedAsync(transaction, standing.Delivery.Id, transactionUid, why, clock.GetUtcNow().UtcDateTime, token);
        return [Event("commitment refused", standing, new { standing.Delivery.Destination, why = told })];
    });

    private static WorkVerdict.Done NotAsked(CommitmentStanding standing) => new(async (transaction, token) =>
    {
        await CommitmentStore.NotAskedAsync(transaction, standing.Delivery.Id, token);
        return [Event("commitment not asked", standing, new { standing.Delivery.Destination })];
    });

    private static WorkVerdict.Done Done() => new((_, _) => Task.FromResult<IReadOnlyList<AuditEvent>>([]));

    private static AuditEvent Event(string action, CommitmentStanding standing, object detail) => new(action, $"report:{standing.Delivery.ReportId}", standing.StudyId, detail);

    /// <summary>Tells whether the report that is waited for was written down.</summary>
    private sealed class Heard(ICommitmentEvents events, string transactionUid) : ICommitmentEvents
    {
        public bool It { get; private set; }

        public DimseResponse Report(ServiceRequest request, CommitmentReport report)
        {
            var answer = events.Report(request, report);
            It |= answer.IsSuccess && report.TransactionUid == transactionUid;
            return answer;
        }
    }
}
