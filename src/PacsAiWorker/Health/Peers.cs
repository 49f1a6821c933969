using PacsAiWorker.Configuration;
using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Dicom.Dimse;
using PacsAiWorker.Dicom.Upper;
using PacsAiWorker.Pipeline;
using PacsAiWorker.Pipeline.Delivery;
using PacsAiWorker.Pipeline.Worklist;
using PacsAiWorker.Pipeline.Worklist.Hl7;

namespace PacsAiWorker.Health;

/// <summary>What was found of one thing that the worker needs.</summary>
/// <param name="Says">One sentence, with what to change where it is not well.</param>
internal sealed record Finding(string What, bool Well, string Says);

/// <summary>A peer that the configuration names.</summary>
/// <param name="Name">For people.</param>
/// <param name="Address">Where it is.</param>
/// <param name="LookAsync">Whether it answers, and takes what it is there for.</param>
internal sealed record Peer(string Name, string Address, Func<CancellationToken, Task<Finding>> LookAsync);

/// <summary>Every peer, and how to look whether it answers: for <c>doctor</c>, and for whoever asks on the page.</summary>
internal static class Peers
{
    private static readonly string[] Syntaxes = [TransferSyntax.ExplicitVrLittleEndian.Uid, TransferSyntax.ImplicitVrLittleEndian.Uid];
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private const string OfHl7 = "HL7 receiver";

    public static IReadOnlyList<Peer> Of(WorkerOptions options)
    {
        var (own, worklist) = (options.Dicom.AeTitle, options.Worklist);
        var peers = options.Dicom.Destinations.Select(d => new Peer($"PACS {d.Name}", d.Address(), d.Url.Length > 0 ? c => WebAsync(d, c) : _ => Task.Run(() => Pacs(d, own)))).ToList();
        if (worklist.Mwl.Host.Length > 0)
        {
            var to = new DestinationOptions { Name = "modality worklist", AeTitle = worklist.Mwl.AeTitle, Host = worklist.Mwl.Host, Port = worklist.Mwl.Port };
            peers.Add(new Peer("modality worklist", to.Address(), _ => Task.Run(() => Ask(to, own, SopClasses.ModalityWorklistFind, "Worklist:Mwl"))));
        }

        if (worklist.Hl7.Enabled)
        {
            peers.Add(new Peer(OfHl7, $"{worklist.Hl7.Host}:{worklist.Hl7.Port}", c => Hl7Async(worklist.Hl7, c)));
        }

        if (worklist.Ups.Enabled)
        {
            var to = new DestinationOptions { Name = "UPS provider", AeTitle = worklist.Ups.AeTitle, Host = worklist.Ups.Host, Port = worklist.Ups.Port, Tls = worklist.Ups.Tls };
            peers.Add(new Peer("UPS provider", to.Address(), _ => Task.Run(() => Ask(to, own, SopClasses.UnifiedProcedureStepPush, "Worklist:Ups"))));
        }

        return peers;
    }

    private static async Task<Finding> WebAsync(DestinationOptions destination, CancellationToken cancellation)
    {
        var what = $"PACS {destination.Name}";
        try
        {
            using var client = StowSender.Open(destination);
            using var request = new HttpRequestMessage(HttpMethod.Get, destination.Url.TrimEnd('/') + "/studies?limit=1");
            request.Headers.Authorization = StowSender.Authorization(destination);
            using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
            return new Finding(what, response.IsSuccessStatusCode, $"{destination.Url} answers HTTP {(int)response.StatusCode}{(response.IsSuccessStatusCode ? "" : ": is it the base of a DICOMweb service, and does TokenFile hold the token it wants?")}");
        }
        catch (Exception error) when (!cancellation.IsCancellationRequested && error is HttpRequestException or TaskCanceledException or IOException or UnauthorizedAccessException)
        {
            return new Finding(what, false, $"{destination.Url}: {error.Message}");
        }
    }

    private static Finding Pacs(DestinationOptions destination, string own)
    {
        var peer = new PeerAddress(destination.AeTitle, destination.Host, destination.Port);
        var what = $"PACS {destination.Name}";
        try
        {
            using var client = DicomClient.Connect(peer, own,
                [
                    new ProposedContext(SopClasses.Verification, [TransferSyntax.ImplicitVrLittleEndian.Uid]), .. ReportClasses.All.Select(c => new ProposedContext(c, Syntaxes)),
                    .. destination.StorageCommitment ? [new ProposedContext(SopClasses.StorageCommitmentPush, Syntaxes)] : Array.Empty<ProposedContext>(),
                ], DicomTls.Client(destination));
            var echo = client.Echo();
            bool Accepts(string sopClass) => Syntaxes.Any(s => client.Accepts(sopClass, s));
            var takes = ReportClasses.Choose(Accepts, null);
            var commits = !destination.StorageCommitment || Accepts(SopClasses.StorageCommitmentPush);
            client.Release();
            return new Finding(what, echo.IsSuccess && takes is not null && commits,
                takes is null ? $"{peer} answers but accepts none of {string.Join(", ", ReportClasses.All.Select(SopClasses.Name))}: enable one of these SOP classes there"
                : commits ? $"{peer} answers and takes {SopClasses.Name(takes)}"
                : $"{peer} answers but does not accept storage commitment: enable it there, or set StorageCommitment of this destination to false");
        }
        catch (AssociationException error)
        {
            return new Finding(what, false, $"{peer}: {error.Message}");
        }
    }

    /// <summary>Whether it takes what it is there for; C-ECHO where it takes that as well.</summary>
    private static Finding Ask(DestinationOptions to, string own, string sopClass, string section)
    {
        var peer = new PeerAddress(to.AeTitle, to.Host, to.Port);
        try
        {
            using var client = DicomClient.Connect(peer, own, [new ProposedContext(SopClasses.Verification, [TransferSyntax.ImplicitVrLittleEndian.Uid]), new ProposedContext(sopClass, Syntaxes)], DicomTls.Client(to));
            var takes = Syntaxes.Any(s => client.Accepts(sopClass, s));
            var echo = !client.Accepts(SopClasses.Verification, TransferSyntax.ImplicitVrLittleEndian.Uid) || client.Echo().IsSuccess;
            client.Release();
            return new Finding(to.Name, takes && echo, takes ? $"{peer} answers and takes {SopClasses.Name(sopClass)}" : $"{peer} answers but does not accept {SopClasses.Name(sopClass)}: enable it there for {own} ({section})");
        }
        catch (AssociationException error)
        {
            return new Finding(to.Name, false, $"{peer}: {error.Message} ({section})");
        }
    }

    /// <summary>A connection and no word: a message would be taken for a real one.</summary>
    private static async Task<Finding> Hl7Async(Hl7Options options, CancellationToken cancellation)
    {
        try
        {
            var tls = DicomTls.Client(new DestinationOptions { Name = OfHl7, Host = options.Host, Tls = options.Tls }).Tls;
            await MllpClient.CheckAsync(new MllpPeer(options.Host, options.Port, tls, Patience), TimeProvider.System, cancellation);
            return new Finding(OfHl7, true, $"{options.Host}:{options.Port} takes connections{(tls is null ? "" : " with TLS")}");
        }
        catch (Exception error) when (error is IOException or MllpException)
        {
            return new Finding(OfHl7, false, $"{options.Host}:{options.Port}: {error.Message} (Worklist:Hl7); raised priorities wait, `worklist` shows which");
        }
    }
}
