using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using PacsAiWorker.Dicom.Upper;
using PacsAiWorker.Pipeline.Worklist.Hl7;

namespace PacsAiWorker.Tests.Pipeline.Worklist;

/// <summary>A receiver on loopback that takes framed messages and does with each what the test says.</summary>
internal sealed class ScriptedRis : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _accepting;
    private readonly TlsServerOptions? _tls;

    public ScriptedRis(TlsServerOptions? tls = null)
    {
        _tls = tls;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Messages as they came, in order.</summary>
    public ConcurrentQueue<byte[]> Received { get; } = [];

    /// <summary>What is written back; the message's control id and the stream. The connection is closed when it returns false.</summary>
    public Func<string, Stream, Task<bool>> Script { get; set; } = async (id, stream) =>
    {
        await stream.WriteAsync(Mllp.Wrap(Answer("AA", id)));
        return true;
    };

    public static byte[] Answer(string code, string id, string error = "") =>
        Encoding.UTF8.GetBytes($"MSH|^~\\&|RIS|HOSP|PACSAI|HOSP|20261121231703+0000||ACK^R01^ACK|7|P|2.5.1\rMSA|{code}|{id}\r{(error.Length > 0 ? $"ERR|||{error}|E\r" : "")}");

    public MllpPeer Peer(TlsClientOptions? tls = null, int seconds = 20) => new("127.0.0.1", Port, tls, TimeSpan.FromSeconds(seconds));

    private async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var socket = await _listener.AcceptTcpClientAsync(_stop.Token);
                _ = ServeAsync(socket);
            }
            catch (Exception error) when (error is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                await using Stream stream = _tls is null ? client.GetStream() : await TlsStreams.AcceptAsync(client.GetStream(), _tls, _stop.Token);
                var reader = new MllpReader(stream, 1 << 20, TimeSpan.FromMinutes(1), TimeProvider.System);
                while (await reader.ReadAsync(_stop.Token) is { } message)
                {
                    Received.Enqueue(message);
                    if (!await Script(Hl7Message.Parse(message).ControlId, stream))
                    {
                        return;
                    }
                }
            }
            catch (Exception error) when (error is IOException or OperationCanceledException or MllpException or AuthenticationException)
            {
                // The peer is gone, or refused.
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        _stop.Dispose();
    }
}
