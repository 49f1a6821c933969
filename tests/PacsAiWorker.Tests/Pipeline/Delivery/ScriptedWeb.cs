using System.Collections.Concurrent;
using System.Net;
using System.Text;

namespace PacsAiWorker.Tests.Pipeline.Delivery;

/// <summary>A request as it came.</summary>
internal sealed record WebRequest(string Path, string ContentType, string? Accept, string? Authorization, byte[] Body)
{
    /// <summary>From the question mark; empty where there is none.</summary>
    public string Query { get; init; } = "";

    /// <summary>The parts' contents, cut at the boundary byte by byte, as RFC 2046 section 5.1 has it.</summary>
    public IReadOnlyList<byte[]> Parts()
    {
        var boundary = "--" + ContentType[(ContentType.IndexOf("boundary=", StringComparison.Ordinal) + 9)..];
        var text = Encoding.Latin1.GetString(Body);
        Assert.EndsWith($"\r\n{boundary}--\r\n", text, StringComparison.Ordinal);
        return
        [
            .. text[..^(boundary.Length + 6)].Split(boundary + "\r\n").Skip(1).Select(part =>
            {
                var head = part.IndexOf("\r\n\r\n", StringComparison.Ordinal);
                Assert.Equal("Content-Type: application/dicom", part[..head]);
                var content = part[(head + 4)..];
                return Encoding.Latin1.GetBytes(content.EndsWith("\r\n", StringComparison.Ordinal) ? content[..^2] : content);
            }),
        ];
    }
}

/// <summary>A DICOMweb server on loopback.</summary>
internal sealed class ScriptedWeb : IDisposable
{
    private readonly HttpListener _listener = new();

    public ScriptedWeb()
    {
        // HttpListener takes no port 0: one that is free a moment before.
        using (var free = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0))
        {
            free.Start();
            Port = ((IPEndPoint)free.LocalEndpoint).Port;
        }

        _listener.Prefixes.Add($"http://127.0.0.1:{Port}/");
        _listener.Start();
        _ = Task.Run(ServeAsync);
    }

    public int Port { get; }

    /// <summary>Status and body for a request.</summary>
    public Func<WebRequest, (int Status, string Body)> Answer { get; set; } = _ => (200, "");

    public ConcurrentQueue<WebRequest> Requests { get; } = new();

    public void Dispose() => _listener.Close();

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                var context = await _listener.GetContextAsync();
                using var body = new MemoryStream();
                await context.Request.InputStream.CopyToAsync(body);
                var request = new WebRequest(context.Request.Url!.AbsolutePath, context.Request.ContentType ?? "", context.Request.Headers["Accept"], context.Request.Headers["Authorization"], body.ToArray()) { Query = context.Request.Url.Query };
                Requests.Enqueue(request);
                var (status, text) = Answer(request);
                context.Response.StatusCode = status;
                await context.Response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes(text));
                context.Response.Close();
            }
        }
        catch (Exception error) when (error is HttpListenerException or ObjectDisposedException or InvalidOperationException)
        {
            // Closed.
        }
    }
}
