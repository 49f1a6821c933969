using System.Net.Security;
using System.Security.Authentication;

namespace PacsAiWorker.Dicom.Upper;

/// <summary>TLS with the same files, versions and judgement of certificates as on DICOM connections, over any stream.</summary>
public static class TlsStreams
{
    /// <summary>The handshake has happened once it returns; the stream belongs to the result.</summary>
    /// <exception cref="AuthenticationException">The peer speaks no TLS, or its certificate is not taken; the message says why.</exception>
    /// <exception cref="IOException">The connection broke.</exception>
    public static Task<SslStream> ConnectAsync(Stream inner, string host, TlsClientOptions options, CancellationToken cancellation)
    {
        var judge = new TlsJudge(required: true);
        return RunAsync(inner, judge, s => s.AuthenticateAsClientAsync(TlsChannel.Options(host, options, judge), cancellation));
    }

    /// <inheritdoc cref="ConnectAsync"/>
    public static Task<SslStream> AcceptAsync(Stream inner, TlsServerOptions options, CancellationToken cancellation)
    {
        var judge = new TlsJudge(options.RequireClientCertificate);
        return RunAsync(inner, judge, s => s.AuthenticateAsServerAsync(TlsChannel.Options(options, judge), cancellation));
    }

    private static async Task<SslStream> RunAsync(Stream inner, TlsJudge judge, Func<SslStream, Task> handshake)
    {
        var stream = new SslStream(inner);
        try
        {
            await handshake(stream);
            return stream;
        }
        catch (Exception e)
        {
            await stream.DisposeAsync();
            throw e switch
            {
                AuthenticationException when judge.Refusal is { } refusal => new AuthenticationException(refusal, e),
                TlsFileException => new AuthenticationException(e.Message, e),
                InvalidOperationException => new AuthenticationException("the TLS handshake failed: " + e.Message, e),
                _ => e,
            };
        }
    }
}
