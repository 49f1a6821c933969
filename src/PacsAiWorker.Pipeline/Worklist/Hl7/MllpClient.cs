using System.Net.Sockets;
using System.Security.Authentication;
using PacsAiWorker.Dicom.Upper;

namespace PacsAiWorker.Pipeline.Worklist.Hl7;

/// <summary>Where messages go.</summary>
/// <param name="Timeout">For connection, TLS, message and answer together.</param>
public sealed record MllpPeer(string Host, int Port, TlsClientOptions? Tls, TimeSpan Timeout);

/// <summary>
/// Sends a message and waits for its answer, on a connection of its own: receivers that close after each message and receivers that keep
/// connections open are served alike.
/// </summary>
public static class MllpClient
{
    private const int MostAnswerBytes = 64 * 1024;

    /// <summary>The answer to this message; answers to others are passed over.</summary>
    /// <exception cref="MllpException">None came in time, or what came is none. Whether the message arrived is not known.</exception>
    /// <exception cref="IOException">No connection, or it broke; so too for a TLS handshake that failed.</exception>
    public static Task<Acknowledgement> SendAsync(MllpPeer peer, ReadOnlyMemory<byte> message, string controlId, TimeProvider clock, CancellationToken cancellation) =>
        WithAsync(peer, clock, async (stream, token) =>
        {
            await stream.WriteAsync(Mllp.Wrap(message.Span), token);
            return await AnswerAsync(new MllpReader(stream, MostAnswerBytes, peer.Timeout, clock), controlId, token);
        }, cancellation);

    /// <summary>Connects, with TLS where it is configured, and says nothing.</summary>
    /// <inheritdoc cref="SendAsync"/>
    public static Task CheckAsync(MllpPeer peer, TimeProvider clock, CancellationToken cancellation) => WithAsync(peer, clock, (_, _) => Task.FromResult(true), cancellation);

    private static async Task<T> WithAsync<T>(MllpPeer peer, TimeProvider clock, Func<Stream, CancellationToken, Task<T>> talk, CancellationToken cancellation)
    {
        using var late = new CancellationTokenSource(peer.Timeout, clock);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellation);
        try
        {
            using var tcp = new TcpClient { NoDelay = true };
            await tcp.ConnectAsync(peer.Host, peer.Port, both.Token);
            await using Stream stream = peer.Tls is { } tls ? await TlsStreams.ConnectAsync(tcp.GetStream(), peer.Host, tls, both.Token) : tcp.GetStream();
            return await talk(stream, both.Token);
        }
        catch (OperationCanceledException) when (late.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            throw new MllpException($"no answer within {peer.Timeout.TotalSeconds:0} s");
        }
        catch (Exception error) when (error is SocketException or AuthenticationException)
        {
            throw new IOException(error.Message, error);
        }
    }

    private static async Task<Acknowledgement> AnswerAsync(MllpReader reader, string controlId, CancellationToken cancellation)
    {
        while (await reader.ReadAsync(cancellation) is { } bytes)
        {
            try
            {
                if (Acknowledgement.Read(Hl7Message.Parse(bytes)) is var answer && answer.ControlId == controlId)
                {
                    return answer;
                }
            }
            catch (Hl7FormatException error)
            {
                throw new MllpException("the answer cannot be read: " + error.Message);
            }
        }

        throw new MllpException("the peer closed without an answer to this message");
    }
}
