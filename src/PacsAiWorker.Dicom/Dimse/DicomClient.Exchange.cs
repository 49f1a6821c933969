using PacsAiWorker.Dicom.Upper;

namespace PacsAiWorker.Dicom.Dimse;

/// <content>How messages go out and come in.</content>
public sealed partial class DicomClient
{
    private T Guarded<T>(Func<T> exchange)
    {
        if (broken)
        {
            throw new AssociationException("The association is over.", transient: true);
        }

        try
        {
            return exchange();
        }
        catch (Exception e) when (e is WireException or PduFault)
        {
            Break();
            throw new AssociationException($"The association broke: {e.Message}.", transient: true, e);
        }
        catch
        {
            Break(); // the caller's stream failed in the middle of a message
            throw;
        }
    }

    private void Break()
    {
        broken = true;
        if (IsOpen)
        {
            machine.Next(UpperLayerEvent.AbortRequest);
            TrySend(wire, new Abort(AbortCodes.ServiceUser, AbortCodes.NotSpecified).Write());
        }

        wire.Dispose();
    }

    /// <summary>Puts a command PDU at the front of the output buffer; its length.</summary>
    private int WriteCommand(byte contextId, CommandSet command)
    {
        int length = command.Write(output.AsSpan(DataTf.FrontBytes));
        DataTf.WriteFront(output, contextId, DataTf.Command | DataTf.Last, length);
        return DataTf.FrontBytes + length;
    }

    /// <summary>Command and first fragment leave together; each further fragment is one send, its headers in front.</summary>
    private void SendWithData(byte contextId, CommandSet command, Stream dataSet)
    {
        machine.Next(UpperLayerEvent.DataRequest); // DT-1
        int front = WriteCommand(contextId, command);
        int carried = 0;
        bool last;
        do
        {
            // One byte more than fits tells whether this fragment is the last.
            Span<byte> body = output.AsSpan(front + DataTf.FrontBytes, fragment + 1);
            int have = carried + dataSet.ReadAtLeast(body[carried..], body.Length - carried, throwOnEndOfStream: false);
            last = have <= fragment;
            int length = Math.Min(have, fragment);
            DataTf.WriteFront(output.AsSpan(front), contextId, last ? DataTf.Last : (byte)0, length);
            wire.Send(output.AsSpan(0, front + DataTf.FrontBytes + length));
            byte next = body[fragment];
            front = 0;
            carried = 1;
            output[DataTf.FrontBytes] = next;
        }
        while (!last);
    }

    /// <summary>The response to the request that was sent last.</summary>
    private DimseResponse Response() => AsResponse(NextResponse().Command);

    private static DimseResponse AsResponse(CommandSet answer) => new(answer.Status!.Value, answer.ErrorComment) { ErrorId = answer.ErrorId };

    /// <summary>Waits for a response; requests of the peer that come before it are answered on the way.</summary>
    private IncomingMessage NextResponse()
    {
        while (true)
        {
            IncomingMessage message = NextMessage(options.Response)!;
            if ((message.Command.Field & CommandField.Response) == 0)
            {
                Serve(message);
                continue;
            }

            return message.Command.RespondedTo == messageId && message.Command.Status is not null
                ? message
                : throw PduFault.Dimse("the response is not to the request that was sent (PS3.7 9.3)");
        }
    }

    /// <summary>The next complete message.</summary>
    /// <param name="allowed">Waiting for each PDU.</param>
    /// <param name="orNothing">Silence gives null, and the association goes on.</param>
    private IncomingMessage? NextMessage(TimeSpan allowed, bool orNothing = false)
    {
        IncomingMessage? message;
        while (!messages.TryTake(out message))
        {
            if (orNothing && !receiver.InMessage && !reader.Begins(allowed))
            {
                return null;
            }

            UpperLayerEvent @event = reader.Next(allowed);
            switch (machine.Next(@event))
            {
                case UpperLayerAction.DT2:
                    reader.Data();
                    break;
                case UpperLayerAction.AR2:
                    reader.Body();
                    machine.Next(UpperLayerEvent.ReleaseResponse); // AR-4
                    wire.Send(Upper.Release.WriteRp());
                    throw new WireException(false, "the peer released the association");
                case UpperLayerAction.AA3:
                    throw new WireException(false, "the peer " + Abort.Parse(reader.Body()).InWords());
                case UpperLayerAction.AA4:
                    throw new WireException(false, "the peer closed the connection");
                default:
                    throw new PduFault(AbortCodes.ServiceProvider, AbortCodes.UnexpectedPdu, $"unexpected PDU: {@event}");
            }
        }

        return message;
    }

    /// <summary>One PDU while the release is under way, collision included (PS3.8 table 9-8).</summary>
    private void ReleaseStep()
    {
        UpperLayerEvent @event = reader.Next(options.Release);
        switch (machine.Next(@event))
        {
            case UpperLayerAction.AR6:
                reader.Data();
                break;
            case UpperLayerAction.AR8:
                reader.Body();
                machine.Next(UpperLayerEvent.ReleaseResponse); // AR-9
                wire.Send(Upper.Release.WriteRp());
                break;
            case UpperLayerAction.AR3:
            case UpperLayerAction.AA3:
            case UpperLayerAction.AA4:
                break;
            default:
                throw new PduFault(AbortCodes.ServiceProvider, AbortCodes.UnexpectedPdu, "unexpected PDU while releasing");
        }
    }
}
