using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Dicom.Dimse;
using PacsAiWorker.Dicom.Upper;
using PacsAiWorker.Tests.Dicom.Upper;

namespace PacsAiWorker.Tests.Pipeline.Worklist;

/// <summary>A provider of work items on loopback that answers what the test says.</summary>
internal sealed class ScriptedUps : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Task _serving;

    public ScriptedUps()
    {
        _listener.Start();
        _serving = Task.Run(Serve);
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Commands as they came.</summary>
    public ConcurrentQueue<CommandSet> Received { get; } = [];

    /// <summary>Status by command.</summary>
    public Func<CommandSet, ushort> Answer { get; set; } = _ => DimseStatus.Success;

    private void Serve()
    {
        try
        {
            while (true)
            {
                using var raw = new RawPeer(_listener.AcceptSocket());
                raw.AcceptAssociation();
                var command = raw.ReceiveRequest();
                Received.Enqueue(command);
                raw.Message(1, Responses.To(command, new DimseResponse(Answer(command))), null);
                while (raw.ReceiveOrClosed() is { Length: > 0 } pdu)
                {
                    // Until the client closes; a data set that it sent before does not matter here.
                    if (pdu[0] == PduType.ReleaseRq)
                    {
                        raw.Send(Release.WriteRp());
                    }
                }
            }
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        await _serving;
    }
}
