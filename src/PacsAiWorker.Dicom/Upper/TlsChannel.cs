using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;

namespace PacsAiWorker.Dicom.Upper;

/// <summary>TLS over a blocking TCP socket. The handshake has happened once there is one.</summary>
internal sealed class TlsChannel : IChannel
{
    /// <summary>First byte of every TLS handshake record (RFC 8446 section 5.1) and of an alert.</summary>
    public const byte HandshakeRecord = 22;
    public const byte AlertRecord = 21;

    private readonly Socket socket;
    private readonly SslStream stream;

    private TlsChannel(Socket socket, SslStream stream)
    {
        this.socket = socket;
        this.stream = stream;
    }

    /// <summary>Waits for a peer's first byte, then for the handshake, both within the options' time.</summary>
    /// <param name="turns">Limits handshakes at the same time. A peer that says nothing holds no turn.</param>
    /// <exception cref="WireException">No TLS, none in time, or its certificate is not taken.</exception>
    public static TlsChannel Accept(Socket socket, TlsServerOptions options, SemaphoreSlim turns, TimeProvider time)
    {
        RequireHandshake(socket, options.Handshake);
        if (!turns.Wait(options.Handshake))
        {
            throw new WireException(true, "too many TLS handshakes at the same time");
        }

        try
        {
            var judge = new TlsJudge(options.RequireClientCertificate);
            return Handshake(socket, options.Handshake, time, judge, s => s.AuthenticateAsServer(Options(options, judge)));
        }
        finally
        {
            turns.Release();
        }
    }

    /// <exception cref="WireException">The peer speaks no TLS, or its certificate is not taken.</exception>
    public static TlsChannel Connect(Socket socket, string host, TlsClientOptions options, TimeProvider time)
    {
        var judge = new TlsJudge(required: true);
        return Handshake(socket, options.Handshake, time, judge, s => s.AuthenticateAsClient(Options(host, options, judge)));
    }

    /// <summary>What the stream has decrypted already is not seen here.</summary>
    public bool HasBytes(TimeSpan within)
    {
        try
        {
            return socket.Poll(within, SelectMode.SelectRead);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            return false; // the next receive says what is wrong
        }
    }

    public int Receive(Span<byte> into, TimeSpan allowed)
    {
        try
        {
            socket.ReceiveTimeout = Milliseconds(allowed);
            return stream.Read(into);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or SocketException or InvalidOperationException)
        {
            throw Broken(e, "the peer is silent");
        }
    }

    public void Send(ReadOnlySpan<byte> bytes)
    {
        try
        {
            stream.Write(bytes);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or SocketException or InvalidOperationException)
        {
            throw Broken(e, "the peer takes no bytes");
        }
    }

    public void StopReceiving() => SocketChannel.StopReceiving(socket);

    /// <summary>Says close_notify if the peer still listens, and closes.</summary>
    public void Dispose()
    {
        try
        {
            stream.ShutdownAsync().Wait(TimeSpan.FromSeconds(1));
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or InvalidOperationException or AggregateException)
        {
            // The connection is over either way.
        }

        stream.Dispose();
        socket.Dispose();
    }

    internal static SslServerAuthenticationOptions Options(TlsServerOptions options, TlsJudge judge) => new()
    {
        ServerCertificateContext = options.Files.Context,
        ClientCertificateRequired = true, // asked for; whether it must come is the judge's
        EnabledSslProtocols = TlsProfile.Versions,
        CipherSuitesPolicy = options.Profile.Policy,
        CertificateChainPolicy = options.Files.ChainPolicy(),
        RemoteCertificateValidationCallback = judge.Take,
        AllowRenegotiation = false,
    };

    internal static SslClientAuthenticationOptions Options(string host, TlsClientOptions options, TlsJudge judge) => new()
    {
        TargetHost = options.ServerName.Length > 0 ? options.ServerName : host,
        ClientCertificateContext = options.Files.Context,
        EnabledSslProtocols = TlsProfile.Versions,
        CipherSuitesPolicy = options.Profile.Policy,
        CertificateChainPolicy = options.Files.ChainPolicy(),
        RemoteCertificateValidationCallback = judge.Take,
        AllowRenegotiation = false,
    };

    private static void RequireHandshake(Socket socket, TimeSpan allowed)
    {
        byte[] first = new byte[1];
        try
        {
            socket.ReceiveTimeout = Milliseconds(allowed);
            if (socket.Receive(first, SocketFlags.Peek) == 0)
            {
                throw new WireException(false, "the peer closed before the TLS handshake");
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            throw SocketChannel.Broken(e, "no TLS handshake in time");
        }

        if (first[0] != HandshakeRecord)
        {
            throw new WireException(false, first[0] == PduType.AssociateRq
                ? "the peer speaks plain DICOM on this TLS port: switch TLS on there, or Dicom:Tls:Enabled off here"
                : "what arrived on this TLS port is no TLS handshake");
        }
    }

    private static TlsChannel Handshake(Socket socket, TimeSpan allowed, TimeProvider time, TlsJudge judge, Action<SslStream> run)
    {
        var stream = new SslStream(new NetworkStream(socket, ownsSocket: false));
        bool late = false;
        using ITimer deadline = time.CreateTimer(
            _ =>
            {
                late = true;
                SocketChannel.StopReceiving(socket);
            },
            null, allowed, Timeout.InfiniteTimeSpan);
        try
        {
            socket.ReceiveTimeout = Milliseconds(allowed);
            run(stream);
            return new TlsChannel(socket, stream);
        }
        catch (Exception e) when (e is AuthenticationException or IOException or ObjectDisposedException or SocketException or InvalidOperationException)
        {
            stream.Dispose();
            if (late || e is IOException { InnerException: SocketException { SocketErrorCode: SocketError.TimedOut or SocketError.WouldBlock } })
            {
                throw new WireException(true, "no TLS handshake in time", e);
            }

            throw new WireException(false, judge.Refusal ?? "the TLS handshake failed: " + Reason(e), e);
        }
        catch (TlsFileException e)
        {
            stream.Dispose();
            throw new WireException(false, e.Message, e);
        }
    }

    /// <summary>The innermost message: the outer ones say only that it failed.</summary>
    private static string Reason(Exception e)
    {
        string text = e.GetBaseException().Message.Trim();
        return text.Contains("wrong version number", StringComparison.OrdinalIgnoreCase) || text.Contains("frame", StringComparison.OrdinalIgnoreCase)
            ? $"the peer seems to speak plain DICOM ({text})"
            : text;
    }

    private static WireException Broken(Exception e, string whenTimedOut) => e switch
    {
        { InnerException: SocketException inner } => SocketChannel.Broken(inner, whenTimedOut),
        SocketException or ObjectDisposedException => SocketChannel.Broken(e, whenTimedOut),
        _ => new WireException(false, "the TLS connection is lost", e),
    };

    private static int Milliseconds(TimeSpan allowed) => Math.Max(1, (int)Math.Min(allowed.TotalMilliseconds, int.MaxValue));
}
