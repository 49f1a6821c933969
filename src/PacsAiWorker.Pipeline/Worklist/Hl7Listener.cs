using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PacsAiWorker.Dicom.Upper;
using PacsAiWorker.Pipeline.Worklist.Hl7;

namespace PacsAiWorker.Pipeline.Worklist;

/// <summary>Our port for what the information system tells. A message is answered AA only after what it told is committed; all else changes nothing.</summary>
public sealed class Hl7Listener(Hl7ListenOptions options, NoticeReceivers site, InboundDesk desk, TimeProvider clock, ILogger<Hl7Listener> log) : BackgroundService
{
    private const int MostConnections = 32;
    private const int MostBytes = 1 << 20;
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan FrameTime = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Idle = TimeSpan.FromHours(1);
    private static readonly TimeSpan AnswerTime = TimeSpan.FromSeconds(30);

    private readonly Lazy<TlsServerOptions?> _tls = new(() => DicomTls.Server(options.Tls, "our HL7 port", log));
    private readonly SemaphoreSlim _places = new(MostConnections);

    /// <summary>Port in use, 0 while closed.</summary>
    public int Port { get; private set; }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var connections = new HashSet<Task>();
        while (!stoppingToken.IsCancellationRequested)
        {
            using var listener = new TcpListener(IPAddress.Parse(options.Bind), options.Port);
            try
            {
                listener.Start();
                Port = ((IPEndPoint)listener.LocalEndpoint).Port;
                PipelineLog.Hl7Listening(log, options.Bind, Port);
                while (true)
                {
                    var client = await listener.AcceptTcpClientAsync(stoppingToken);
                    connections.RemoveWhere(c => c.IsCompleted);
                    connections.Add(ServeAsync(client, stoppingToken));
                }
            }
            catch (OperationCanceledException)
            {
                break;
            }
            catch (SocketException error)
            {
                // A port that is taken must not end the process, which goes on receiving.
                PipelineLog.Hl7NotListening(log, options.Bind, options.Port, error.Message);
                await Task.Delay(Again, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            finally
            {
                Port = 0;
            }
        }

        await Task.WhenAll(connections);
    }

    private async Task ServeAsync(TcpClient client, CancellationToken stopping)
    {
        using var _ = client;
        var address = ((IPEndPoint)client.Client.RemoteEndPoint!).Address;
        if (!IsSender(address) || !_places.Wait(0, CancellationToken.None))
        {
            PipelineLog.Hl7ConnectionEnded(log, $"{address}", IsSender(address) ? $"more than {MostConnections} connections" : "not in Worklist:Hl7:Listen:Senders");
            return;
        }

        try
        {
            await using var stream = await OpenAsync(client, stopping);
            var reader = new MllpReader(stream, MostBytes, FrameTime, clock);
            while (await NextAsync(reader, stopping) is { } message)
            {
                var answer = await AnswerAsync(message, address, stopping);
                using var late = new CancellationTokenSource(AnswerTime, clock);
                await stream.WriteAsync(Mllp.Wrap(answer), late.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // The worker stops, or the peer said nothing for long, or takes no answer.
        }
        catch (Exception error) when (error is MllpException or IOException or AuthenticationException)
        {
            PipelineLog.Hl7ConnectionEnded(log, $"{address}", error.Message);
        }
        finally
        {
            _places.Release();
        }
    }

    private async Task<Stream> OpenAsync(TcpClient client, CancellationToken stopping)
    {
        client.NoDelay = true;
        if (_tls.Value is not { } tls)
        {
            return client.GetStream();
        }

        using var late = new CancellationTokenSource(tls.Handshake, clock);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(late.Token, stopping);
        return await TlsStreams.AcceptAsync(client.GetStream(), tls, both.Token);
    }

    private async Task<byte[]?> NextAsync(MllpReader reader, CancellationToken stopping)
    {
        using var idle = new CancellationTokenSource(Idle, clock);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(idle.Token, stopping);
        return await reader.ReadAsync(both.Token);
    }

    /// <summary>What goes back for a message, whatever it is.</summary>
    public async Task<byte[]> AnswerAsync(ReadOnlyMemory<byte> bytes, IPAddress from, CancellationToken cancellation)
    {
        Hl7Message? message = null;
        var (code, text, kind) = (AcknowledgementCode.Accept, "", "message");
        string outcome;
        try
        {
            message = Hl7Message.Parse(bytes.Span);
            if (!IsApplication(from, message.Header.Text(3)))
            {
                throw new InboundRefusedException(AcknowledgementCode.Reject, "MSH-3 is not the application that may send from this address (Worklist:Hl7:Listen:Senders)");
            }

            var news = InboundReader.Read(message, site.Zone, clock.GetUtcNow().UtcDateTime);
            kind = news.Source;
            outcome = await desk.TakeAsync(news, cancellation);
        }
        catch (Exception error) when (error is Hl7FormatException or InboundRefusedException)
        {
            (code, text) = ((error as InboundRefusedException)?.Code ?? AcknowledgementCode.Error, error.Message);
            outcome = $"not taken: {text}";
        }
        catch (Exception error) when (!cancellation.IsCancellationRequested)
        {
            // The database is away or refuses: nothing is written, and the sender keeps its message.
            (code, text) = (AcknowledgementCode.Error, "not recorded: send it again");
            outcome = $"not recorded: {error.GetType().Name}";
        }

        PipelineLog.Hl7Received(log, kind, $"{from}", outcome);
        PipelineMeters.Told.Add(1, PipelineMeters.Tag("answer", code.ToString()));
        return Acknowledgement.Write(code, message, text, site.Application, clock.GetUtcNow());
    }

    private bool IsSender(IPAddress address) => options.Senders.Count == 0
        ? IPAddress.IsLoopback(address)
        : options.Senders.Any(s => IPAddress.Parse(s.Address).Equals(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address));

    private bool IsApplication(IPAddress address, string name) => options.Senders.Count == 0
        || options.Senders.Any(s => IPAddress.Parse(s.Address).Equals(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address) && (s.Application.Length == 0 || s.Application == name));

    public override void Dispose()
    {
        _places.Dispose();
        base.Dispose();
    }
}
