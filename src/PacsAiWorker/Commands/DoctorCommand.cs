using System.CommandLine;
using PacsAiWorker.Configuration;
using PacsAiWorker.Health;
using PacsAiWorker.Inference;
using PacsAiWorker.Inference.Imaging.Codecs;
using PacsAiWorker.Pipeline.Receiving;
using PacsAiWorker.Pipeline.Scoring;
using PacsAiWorker.Records;
using PacsAiWorker.Records.Queries;
using PacsAiWorker.Records.Schema;

namespace PacsAiWorker.Commands;

/// <summary><c>doctor</c>: whether everything the configuration names can be reached, and what to change when not.</summary>
internal static class DoctorCommand
{
    public static Command Create()
    {
        var command = new Command("doctor", "Check database, broker, PACS, models and disk, and say what to change") { Cli.Json };
        command.SetAction(async (parse, cancellation) =>
        {
            var options = Cli.Options(parse);
            List<Finding> findings =
            [
                await DatabaseAsync(options, cancellation), await Surroundings.BrokerAsync(options, cancellation), Surroundings.Disk(options), .. await SpoolAsync(options, cancellation), .. Models(options), .. Codecs(options.Inference.Codecs),
                .. await Task.WhenAll(Peers.Of(options).Select(p => p.LookAsync(cancellation))),
                .. options.Dicom.Destinations.Count == 0 ? [new Finding("PACS", false, "no destination: reports wait; set Dicom:Destinations:0:{Name,AeTitle,Host,Port}")] : Array.Empty<Finding>(),
                Callers(options), .. Surroundings.Certificates(options, Cli.Now),
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
            return [Kept(SpoolWords.Line(segments, options.Spool.Retention.Days)), await Surroundings.ForecastAsync(database, options, segments, now, cancellation)];
        }
        catch (Exception error) when (error is CommandException or SchemaException)
        {
            return [];
        }
    }

    private static Finding Kept(RetentionLine line) => new("spool", line.Kept.Count == 0,
        SpoolWords.Sentence(line) + string.Concat(line.Kept.Select(k => $"; {SpoolWords.Sentence(k)}: {k.Remedy}")));

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

    private static Finding Callers(WorkerOptions options) => options.Dicom.AcceptsUnknown
        ? new Finding("carts", true, "every calling AE title is accepted, on loopback only; list carts in Dicom:Callers before opening Dicom:Bind")
        : new Finding("carts", options.Dicom.Callers.Count > 0, options.Dicom.Callers.Count > 0 ? $"{options.Dicom.Callers.Count} configured" : "no cart may send: list them in Dicom:Callers");
}
