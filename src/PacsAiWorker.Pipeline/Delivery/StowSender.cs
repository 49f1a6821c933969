using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography.X509Certificates;
using PacsAiWorker.Dicom.Dimse;
using PacsAiWorker.Dicom.Web;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Stores;

namespace PacsAiWorker.Pipeline.Delivery;

/// <summary>Stores a report and what goes with it by one STOW-RS request (PS3.18 section 10.5).</summary>
public sealed class StowSender : IDisposable
{
    /// <summary>An answer names a few instances; what is longer is no answer.</summary>
    private const int MostAnswerBytes = 1 << 20;

    private static readonly TimeSpan Connect = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Response = TimeSpan.FromSeconds(60);

    private readonly ConcurrentDictionary<string, HttpClient> _clients = new();

    /// <summary>Nothing is negotiated over HTTP: the SOP classes are tried in their order until one is not refused as such.</summary>
    /// <param name="stored">The SOP class under which the server has it already; null when it has not.</param>
    /// <param name="other">The report on the same result in another form; null when it is not written.</param>
    /// <exception cref="HttpRequestException">No answer, or the connection broke.</exception>
    public async Task<SendOutcome> SendAsync(DestinationOptions destination, ReportRow report, string? stored, Func<ReportForm, Task<ReportRow?>> other, CancellationToken cancellation)
    {
        IReadOnlyList<string> classes = stored is null ? ReportClasses.All : [stored];
        var withoutMaps = report.WithoutMaps;
        for (var i = 0; ; i++)
        {
            var form = new ReportForm(classes[i], withoutMaps);
            if ((form == ReportSender.FormOf(report) ? report : await other(form)) is not { } sent)
            {
                return new SendOutcome.OtherForm(form);
            }

            var (answer, failed) = await PostAsync(destination, sent, cancellation);
            if (sent.Companions.Find(c => c.SopInstanceUid == failed) is { } companion)
            {
                if (answer.Status == DimseStatus.SopClassNotSupported)
                {
                    withoutMaps = true;
                    i--;
                    continue;
                }

                // Another SOP class of the report would change nothing for what goes with it.
                return new SendOutcome.Answered(sent, answer.Status, ReportSender.Words(sent, companion, answer));
            }

            if (answer.Status != DimseStatus.SopClassNotSupported || i == classes.Count - 1)
            {
                return new SendOutcome.Answered(sent, answer.Status, answer.ErrorComment);
            }
        }
    }

    /// <summary>Whether the server has an instance.</summary>
    /// <returns>Its status, 204 and what is no answer of a DICOMweb server told apart by 200 and 404; and whether it names the instance.</returns>
    /// <exception cref="HttpRequestException">No answer, or the connection broke.</exception>
    public async Task<(HttpStatusCode Status, bool Has)> HasAsync(DestinationOptions destination, string sopInstanceUid, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, destination.Url.TrimEnd('/') + InstanceQuery.Path(sopInstanceUid));
        request.Headers.Accept.ParseAdd(StowRequest.Accept);
        request.Headers.Authorization = Authorization(destination);
        using var response = await ClientOf(destination).SendAsync(request, cancellation);
        if (response.StatusCode is not (HttpStatusCode.OK or HttpStatusCode.NoContent))
        {
            return (response.StatusCode, false);
        }

        return InstanceQuery.Read(await response.Content.ReadAsByteArrayAsync(cancellation)) is { } found ? (HttpStatusCode.OK, found.Contains(sopInstanceUid)) : (HttpStatusCode.NotFound, false);
    }

    public static HttpClient Open(DestinationOptions destination) => new(HandlerOf(destination)) { Timeout = Response, MaxResponseContentBufferSize = MostAnswerBytes };

    /// <summary>
    /// Certificates of the destination's CAs are read when it is first asked. Never through a proxy of the environment: what is meant for
    /// this machine must not leave it (safety rule 11).
    /// </summary>
    public static SocketsHttpHandler HandlerOf(DestinationOptions destination)
    {
        var handler = new SocketsHttpHandler { UseProxy = false, ConnectTimeout = Connect, AllowAutoRedirect = false, MaxConnectionsPerServer = destination.MaxAssociations };
        if (destination.Tls is { Enabled: true, CaPath.Length: > 0 } tls)
        {
            var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            policy.CustomTrustStore.ImportFromPemFile(tls.CaPath);
            handler.SslOptions.CertificateChainPolicy = policy;
        }

        return handler;
    }

    /// <summary>The token is read each time: it may be renewed at any time.</summary>
    public static AuthenticationHeaderValue? Authorization(DestinationOptions destination) =>
        destination.TokenFile.Length == 0 ? null : new AuthenticationHeaderValue("Bearer", File.ReadAllText(destination.TokenFile).Trim());

    public void Dispose()
    {
        foreach (var client in _clients.Values)
        {
            client.Dispose();
        }
    }

    private HttpClient ClientOf(DestinationOptions destination) => _clients.GetOrAdd(destination.Name, _ => Open(destination));

    /// <returns>Its answer, and the SOP Instance UID of the object that it is about where it names one that failed.</returns>
    private async Task<(DimseResponse Answer, string? Failed)> PostAsync(DestinationOptions destination, ReportRow report, CancellationToken cancellation)
    {
        var companions = report.Companions.OrderBy(c => c.Position).ToList();
        var boundary = Guid.NewGuid().ToString("N");
        using var content = new ByteArrayContent(StowRequest.Body(boundary, [.. companions.Select(c => c.Content), report.Content]));
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(StowRequest.ContentType(boundary));
        using var request = new HttpRequestMessage(HttpMethod.Post, destination.Url.TrimEnd('/') + "/studies") { Content = content };
        request.Headers.Accept.ParseAdd(StowRequest.Accept);
        request.Headers.Authorization = Authorization(destination);
        using var response = await ClientOf(destination).SendAsync(request, cancellation);
        var (body, mediaType) = (await response.Content.ReadAsByteArrayAsync(cancellation), response.Content.Headers.ContentType?.MediaType);
        var answer = StowResponse.Read(body);
        SentInstance[] sent = [.. companions.Select(c => new SentInstance(c.SopClassUid, c.SopInstanceUid)), new SentInstance(report.SopClassUid, report.SopInstanceUid)];
        return (StowDecider.StatusOf(response.StatusCode, answer, sent, StowResponse.IsOne(mediaType, body) ? null : mediaType ?? "a body without a type"),
            StowDecider.FailedOf(answer, sent)?.SopInstanceUid);
    }
}
