using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Dicom.Upper;

namespace PacsAiWorker.Dicom.Dimse;

/// <summary>Answers of a C-FIND.</summary>
/// <param name="Final">Success, cancelled (because <see cref="DicomClient.Find"/> had enough) or a failure.</param>
/// <param name="Matches">Identifiers of the matches, in order.</param>
public sealed record FindResult(DimseResponse Final, IReadOnlyList<DataSet> Matches);

/// <content>Query and the normalized services.</content>
public sealed partial class DicomClient
{
    /// <summary>Matches that a peer may still send after it was asked to stop.</summary>
    private const int MostAfterCancel = 10_000;

    /// <summary>Asks for matches (PS3.7 section 9.1.2, PS3.4 annexes C.4.1 and K.4.1).</summary>
    /// <param name="sopClassUid">An information model's FIND class; a context for it must have been accepted.</param>
    /// <param name="identifier">Matching and return keys.</param>
    /// <param name="most">After so many matches the query is cancelled (C-CANCEL).</param>
    /// <exception cref="AssociationException">No context for it (not transient), or the association broke.</exception>
    public FindResult Find(string sopClassUid, DataSet identifier, int most = 10_000)
    {
        (PresentationContext context, TransferSyntax syntax) = ContextOf(sopClassUid);
        return Guarded(() =>
        {
            Send(context.Id, new CommandSet { AffectedSopClassUid = sopClassUid, Field = CommandField.CFindRq, Priority = 0 }, DataSetWriter.Encode(identifier, syntax));
            var matches = new List<DataSet>();
            int late = 0;
            bool cancelled = false;
            while (true)
            {
                IncomingMessage message = NextResponse();
                if (!DimseStatus.IsPending(message.Command.Status!.Value))
                {
                    return new FindResult(AsResponse(message.Command), matches);
                }

                if (matches.Count < most)
                {
                    matches.Add(Read(message.DataSet, syntax));
                }
                else if (++late > MostAfterCancel)
                {
                    throw PduFault.Dimse("the peer goes on with matches although it was asked to stop (PS3.7 9.3.2.3)");
                }

                if (matches.Count == most && !cancelled)
                {
                    cancelled = true;
                    SendCommand(context.Id, new CommandSet { Field = CommandField.CCancelRq, RespondedTo = messageId });
                }
            }
        });
    }

    /// <summary>N-ACTION (PS3.7 section 10.1.4) on an instance, for example a request for storage commitment.</summary>
    /// <exception cref="AssociationException">No context for it (not transient), or the association broke.</exception>
    public DimseResponse Action(string sopClassUid, string sopInstanceUid, ushort actionType, DataSet? information) => Request(
        sopClassUid, new CommandSet { RequestedSopClassUid = sopClassUid, Field = CommandField.NActionRq, RequestedSopInstanceUid = sopInstanceUid, ActionTypeId = actionType }, information);

    /// <summary>Asks the peer to commit to keeping instances (PS3.4 section J.3.2). The result comes later, see <see cref="ServeFor"/>.</summary>
    /// <inheritdoc cref="Action"/>
    public DimseResponse RequestCommitment(string transactionUid, IEnumerable<CommitmentItem> items) => Action(
        SopClasses.StorageCommitmentPush, SopClasses.StorageCommitmentPushInstance, 1, CommitmentReport.Request(transactionUid, items));

    /// <summary>N-EVENT-REPORT (PS3.7 section 10.1.1), as SCP of the class.</summary>
    /// <inheritdoc cref="Action"/>
    public DimseResponse ReportEvent(string sopClassUid, string sopInstanceUid, ushort eventType, DataSet? information) => Request(
        sopClassUid, new CommandSet { AffectedSopClassUid = sopClassUid, Field = CommandField.NEventReportRq, AffectedSopInstanceUid = sopInstanceUid, EventTypeId = eventType }, information);

    /// <summary>N-CREATE (PS3.7 section 10.1.5).</summary>
    /// <inheritdoc cref="Action"/>
    public DimseResponse CreateInstance(string sopClassUid, string sopInstanceUid, DataSet attributes) => Request(
        sopClassUid, new CommandSet { AffectedSopClassUid = sopClassUid, Field = CommandField.NCreateRq, AffectedSopInstanceUid = sopInstanceUid }, attributes);

    /// <summary>N-SET (PS3.7 section 10.1.3).</summary>
    /// <inheritdoc cref="Action"/>
    public DimseResponse SetInstance(string sopClassUid, string sopInstanceUid, DataSet modifications) => Request(
        sopClassUid, new CommandSet { RequestedSopClassUid = sopClassUid, Field = CommandField.NSetRq, RequestedSopInstanceUid = sopInstanceUid }, modifications);

    /// <summary>Keeps the association open and answers what the peer asks on it.</summary>
    /// <param name="time">At most so long.</param>
    /// <param name="enough">Asked after each message; true ends it.</param>
    /// <returns>Whether it was enough; false when the time was over, and the association is still open.</returns>
    /// <exception cref="AssociationException">The association ended.</exception>
    public bool ServeFor(TimeSpan time, Func<bool> enough) => Guarded(() =>
    {
        long begun = options.Time.GetTimestamp();
        while (!enough())
        {
            TimeSpan left = time - options.Time.GetElapsedTime(begun);
            if (left <= TimeSpan.Zero || NextMessage(left, orNothing: true) is not { } message)
            {
                return false;
            }

            if ((message.Command.Field & CommandField.Response) != 0)
            {
                throw PduFault.Dimse("a response came where nothing was asked (PS3.7 9.1)");
            }

            Serve(message);
        }

        return true;
    });

    private DimseResponse Request(string sopClassUid, CommandSet command, DataSet? dataSet)
    {
        (PresentationContext context, TransferSyntax syntax) = ContextOf(sopClassUid);
        return Guarded(() =>
        {
            Send(context.Id, command, dataSet is null ? null : DataSetWriter.Encode(dataSet, syntax));
            return Response();
        });
    }

    private void Send(byte contextId, CommandSet command, byte[]? dataSet)
    {
        command.MessageId = ++messageId;
        if (dataSet is null)
        {
            SendCommand(contextId, command);
            return;
        }

        command.DataSetType = CommandSet.WithDataSet;
        using var stream = new MemoryStream(dataSet, writable: false);
        SendWithData(contextId, command, stream);
    }

    private void SendCommand(byte contextId, CommandSet command)
    {
        machine.Next(UpperLayerEvent.DataRequest); // DT-1
        wire.Send(output.AsSpan(0, WriteCommand(contextId, command)));
    }

    /// <summary>Answers a request of the peer: results of storage commitment, nothing else.</summary>
    private void Serve(IncomingMessage message)
    {
        PresentationContext context = Contexts.First(c => c.Id == message.ContextId);
        (NormalizedRequest? served, DimseResponse response) = NormalizedRequest.Begin(
            message.Command, context, request.CalledAe, null, null, options.Commitment, options.MaxResponseBytes);
        if (served is not null)
        {
            served.Data(message.DataSet ?? []);
            response = served.Complete();
        }

        SendCommand(message.ContextId, Responses.To(message.Command, response));
    }

    private (PresentationContext Context, TransferSyntax Syntax) ContextOf(string sopClassUid)
    {
        PresentationContext context = Contexts.FirstOrDefault(c => c.IsAccepted && c.AbstractSyntax == sopClassUid && TransferSyntax.Find(c.Accepted!) is { Deflated: false, BigEndian: false })
            ?? throw new AssociationException($"The peer did not accept {SopClasses.Name(sopClassUid)}.", transient: false);
        return (context, TransferSyntax.Find(context.Accepted!)!);
    }

    private static DataSet Read(byte[]? bytes, TransferSyntax syntax)
    {
        try
        {
            return DataSetReader.Read(bytes ?? [], syntax).DataSet;
        }
        catch (DicomFormatException)
        {
            throw PduFault.Dimse("a match cannot be understood");
        }
    }
}
