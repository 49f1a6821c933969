using System.CommandLine;
using PacsAiWorker.Configuration;
using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Dicom.Dimse;
using PacsAiWorker.Dicom.Upper;
using PacsAiWorker.Inference;
using PacsAiWorker.Inference.Imaging.Codecs;
using PacsAiWorker.Pipeline;
using PacsAiWorker.Pipeline.Delivery;
using PacsAiWorker.Pipeline.Receiving;
using PacsAiWorker.Pipeline.Scoring;
using PacsAiWorker.Pipeline.Worklist;
using PacsAiWorker.Pipeline.Worklist.Hl7;
using PacsAiWorker.Records;
using PacsAiWorker.Records.Queries;
using PacsAiWorker.Records.Schema;
using PacsAiWorker.Records.Stores;
using RabbitMQ.Client;

namespace PacsAiWorker.Commands;

/// <summary><c>doctor</c>: whether everything the configuration names can be reached, and what to change when not.</summary>
internal static class DoctorCommand
{
    private sealed record Finding(string What, bool Well, string Says);

    public static Command Create()
    {
        var command = new Command("doctor", "Check database, broker, PACS, models and disk, and say what to change") { Cli.Json };
        command.SetAction(async (parse, cancellation) =>
        {
            var options = Cli.Options(parse);
            List<Finding> findings =
            [
                await DatabaseAsync(options, cancellation), await BrokerAsync(options, cancellation), Disk(options), .. await SpoolAsync(options, cancellation), .. Models(options), .. Codecs(options.Inference.Codecs), .. await Task.WhenAll(options.Dicom.Destinations.Select(d => d.Url.Length > 0 ? WebAsync(d, cancellation) : Task.FromResult(Pacs(d, options)))),
                .. options.Dicom.Destinations.Count == 0 ? [new Finding("PACS", false, "no destination: reports wait; set Dicom:Destinations:0:{Name,AeTitle,Host,Port}")] : Array.Empty<Finding>(),
                .. await Hl7Async(options.Worklist.Hl7, cancellation), Callers(options), .. Certificates(options),
            ];
            if (parse.GetValue(Cli.Json))
            {
                Cli.PrintJson(findings);
            }
            else
            {
                Cli.PrintTable(["", "What", "Finding"], findings.Select(f => (IReadOnlyList<string>)[f.Well ? "ok" : "!!", f.What, f.Says]));
            }

            return findings.All(f => f.Well) ? ExitCodes.Done : ExitCodes.Failed;
        });
        return command;
    }

    private static async Task<Finding> DatabaseAsync(WorkerOptions options, CancellationToken cancellation)
    {
        var what = $"database ({options.Database.Provider})";
        try
        {
            using var database = await Cli.OpenRecordsAsync(options, cancellation);
            return new Finding(what, true, "answers, schema current");
        }
        catch (Exception error) when (error is CommandException or SchemaException)
        {
            // The embedded database is made at the first start.
            return new Finding(what, options.Database.Provider == RecordsOptions.Sqlite, error.Message);
        }
    }

    private static async Task<Finding> BrokerAsync(WorkerOptions options, CancellationToken cancellation)
    {
        if (!options.Messaging.IsRabbitMq)
        {
            return new Finding("broker", true, "none needed: wake-ups travel inside the process");
        }

        try
        {
            var factory = new ConnectionFactory { Uri = new Uri(options.Messaging.Uri), RequestedConnectionTimeout = TimeSpan.FromSeconds(5) };
            await using var connection = await factory.CreateConnectionAsync(cancellation);
            return new Finding("broker (RabbitMQ)", true, $"answers as {factory.UserName} on {factory.HostName}:{factory.Port}");
        }
        catch (Exception error) when (!cancellation.IsCancellationRequested)
        {
            return new Finding("broker (RabbitMQ)", false, $"{error.GetBaseException().Message} (Messaging:Uri); receiving goes on without it, work is found by polling");
        }
    }

    /// <summary>A connection and no word: a message would be taken for a real one.</summary>
    private static async Task<IReadOnlyList<Finding>> Hl7Async(Hl7Options options, CancellationToken cancellation)
    {
        if (!options.Enabled)
        {
            return [];
        }

        var what = $"HL7 receiver {options.Host}:{options.Port}";
        try
        {
            var tls = DicomTls.Client(new DestinationOptions { Name = what, Host = options.Host, Tls = options.Tls }).Tls;
            await MllpClient.CheckAsync(new MllpPeer(options.Host, options.Port, tls, TimeSpan.FromSeconds(5)), TimeProvider.System, cancellation);
            return [new Finding(what, true, tls is null ? "takes connections" : "takes connections with TLS")];
        }
        catch (Exception error) when (error is IOException or MllpException)
        {
            return [new Finding(what, false, $"{error.Message} (Worklist:Hl7); raised priorities wait, `worklist` shows which")];
        }
    }

    private static Finding Disk(WorkerOptions options)
    {
        Directory.CreateDirectory(options.DataDirectory);
        var problem = DiskGuard.Look(options.DataDirectory, options.Spool.Watermark);
        return new Finding("disk", problem is null, problem ?? $"room in {options.DataDirectory}");
    }

    /// <summary>What keeps the spool full, and the day on which that matters. Without rows nothing can be said, and the database's finding stands above.</summary>
    private static async Task<IReadOnlyList<Finding>> SpoolAsync(WorkerOptions options, CancellationToken cancellation)
    {
        if (!Directory.Exists(options.SpoolDirectory))
        {
            return [];
        }

        try
        {
            using var database = await Cli.OpenRecordsAsync(options, cancellation);
            var now = Cli.Now;
            var segments = await SpoolWords.SurveyAsync(database, options, now, cancellation);
            var rate = await DiskRate.PerDayAsync(segments, new RetentionStore(database), now, cancellation);
            return [Kept(SpoolWords.Line(segments, options.Spool.Retention.Days)), Forecast(DiskGuard.Room(options.SpoolDirectory, options.Spool.Watermark), rate, segments, options.Spool.Retention.Days, now)];
        }
        catch (Exception error) when (error is CommandException or SchemaException)
        {
            return [];
        }
    }

    private static Finding Kept(RetentionLine line) => new("spool", line.Kept.Count == 0,
        SpoolWords.Sentence(line) + string.Concat(line.Kept.Select(k => $"; {SpoolWords.Sentence(k)}: {k.Remedy}")));

    private static Finding Forecast(long room, long rate, IReadOnlyList<SegmentLook> segments, int keepDays, DateTime now)
    {
        var days = DiskForecast.DaysUntilMark(room, rate, keepDays, DiskForecast.Goes(segments, keepDays, now));
        var facts = $"{SpoolWords.Size(Math.Max(0, room))} may still come, {SpoolWords.Size(rate)} come a day";
        return new Finding("disk forecast", days is null or > DiskForecast.Warning, days switch
        {
            null => $"the mark is not reached within {DiskForecast.Horizon} days: {facts}",
            0 => $"the mark is reached: carts are refused until there is room (Spool:Watermark)",
            { } n => $"the mark is reached in about {n} days, on {now.AddDays(n):yyyy-MM-dd}: {facts}{(n > DiskForecast.Warning ? "" : "; then carts are refused: give the disk room, keep fewer days (Spool:Retention:Days), or end what keeps old segments")}",
        });
    }

    private static List<Finding> Models(WorkerOptions options)
    {
        using var registry = ModelShelf.Load(options.Inference, options.Models, TimeProvider.System);
        List<Finding> findings = [.. registry.Current.Refused.Select(r => new Finding($"model {r.Folder}", r.Reason == NotScoredReason.WeightsNotInstalled, r.Why))];
        foreach (var model in registry.Current.Models)
        {
            var (stage, remark) = StageGate.Decide(options.Models, model.Card, registry.Current.Leads(model));
            findings.Add(new Finding($"model {model.Card.Id}", remark is null, remark ?? $"{model.Card.Version} at stage {stage}{(model.Card.Demonstration ? ", demonstration: phantoms only" : "")}; {model.Runtime}"));
        }

        return registry.Current.Models.Count > 0 || findings.Any(f => !f.Well) ? findings : [.. findings, new Finding("models", false, $"no package with weights in {ModelShelf.FolderOf(options.Models)} (Models:Directory): nothing can be scored")];
    }

    private static IEnumerable<Finding> Codecs(DecodingOptions decoding)
    {
        using var pool = new CodecPool(decoding.ToCodecOptions());
        yield return Pictures(pool);
        var ffmpeg = pool.FindFfmpeg();
        yield return new Finding("codecs: MPEG-2, H.264, HEVC", ffmpeg is not null, ffmpeg ?? "ffmpeg is not installed: video clips are kept and reported, not scored; install ffmpeg or set Inference:Codecs:Ffmpeg");
    }

    private static Finding Pictures(CodecPool pool)
    {
        const string What = "codecs: JPEG, JPEG-LS, JPEG 2000";
        try
        {
            var missing = pool.MissingLibraries();
            return new Finding(What, missing.Count == 0, missing.Count == 0
                ? "a decoding process starts and finds its libraries"
                : $"not installed: {string.Join(", ", missing.Select(l => $"{l.File} for {l.Decodes} (package {l.Package})"))}; such images are kept and reported, not scored");
        }
        catch (DecodingUnavailableException error)
        {
            return new Finding(What, false, error.Message);
        }
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

    private static Finding Pacs(DestinationOptions destination, WorkerOptions options)
    {
        var peer = new PeerAddress(destination.AeTitle, destination.Host, destination.Port);
        var what = $"PACS {destination.Name}";
        try
        {
            string[] syntaxes = [TransferSyntax.ExplicitVrLittleEndian.Uid, TransferSyntax.ImplicitVrLittleEndian.Uid];
            using var client = DicomClient.Connect(peer, options.Dicom.AeTitle,
                [
                    new ProposedContext(SopClasses.Verification, [TransferSyntax.ImplicitVrLittleEndian.Uid]), .. ReportClasses.All.Select(c => new ProposedContext(c, syntaxes)),
                    .. destination.StorageCommitment ? [new ProposedContext(SopClasses.StorageCommitmentPush, syntaxes)] : Array.Empty<ProposedContext>(),
                ], DicomTls.Client(destination));
            var echo = client.Echo();
            bool Accepts(string sopClass) => syntaxes.Any(s => client.Accepts(sopClass, s));
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

    private static IEnumerable<Finding> Certificates(WorkerOptions options)
    {
        List<(string What, TlsFiles Files)> sides = [.. options.Dicom.Destinations.Where(d => d.Tls.Enabled).Select(d => ($"certificate for {d.Name}", DicomTls.Client(d).Tls!.Files))];
        if (DicomTls.Server(options.Dicom.Tls, "our port") is { } server)
        {
            sides.Insert(0, ("certificate of our port", server.Files));
        }

        return sides.Select(s => Certificate(s.What, s.Files, Cli.Now));
    }

    /// <summary>Warns 30 days before a certificate runs out.</summary>
    private static Finding Certificate(string what, TlsFiles files, DateTime now)
    {
        try
        {
            return files.ExpiresUtc is not { } end ? new Finding(what, true, "none: we show no certificate")
                : end < now ? new Finding(what, false, $"ran out on {end:yyyy-MM-dd}: renew it; the new files are read without a restart")
                : new Finding(what, end - now > TimeSpan.FromDays(30), $"valid until {end:yyyy-MM-dd}{(end - now > TimeSpan.FromDays(30) ? "" : ": renew it now")}");
        }
        catch (TlsFileException error)
        {
            return new Finding(what, false, error.Message);
        }
    }

    private static Finding Callers(WorkerOptions options) => options.Dicom.AcceptsUnknown
        ? new Finding("carts", true, "every calling AE title is accepted, on loopback only; list carts in Dicom:Callers before opening Dicom:Bind")
        : new Finding("carts", options.Dicom.Callers.Count > 0, options.Dicom.Callers.Count > 0 ? $"{options.Dicom.Callers.Count} configured" : "no cart may send: list them in Dicom:Callers");
}
