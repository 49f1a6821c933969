using System.Globalization;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using PacsAiWorker.Records;
using PacsAiWorker.Records.Queries;
using PacsAiWorker.Records.Stores;
using PacsAiWorker.Web.Accounts;

namespace PacsAiWorker.Web.Pages;

/// <summary>Every score of every image, with what is needed to compute it again.</summary>
[Authorize(Policy = Rights.Review)]
public sealed class ScoresModel(RecordsDatabase database, AuditStore audit, DeskTime time) : PeriodPage(database, time)
{
    private const int OnePage = 100;

    [BindProperty(SupportsGet = true)]
    public string? Version { get; set; }

    [BindProperty(SupportsGet = true)]
    public string? Device { get; set; }

    [BindProperty(SupportsGet = true)]
    public string? Label { get; set; }

    [BindProperty(SupportsGet = true)]
    public double? Least { get; set; }

    [BindProperty(SupportsGet = true)]
    public double? Most { get; set; }

    [BindProperty(SupportsGet = true)]
    public string? Priority { get; set; }

    [BindProperty(SupportsGet = true)]
    public string? Answer { get; set; }

    /// <summary>Time and key of the last score of the page before: <c>TICKS-KEY</c>.</summary>
    [BindProperty(SupportsGet = true)]
    public string? Before { get; set; }

    public IReadOnlyList<ScoreLine> Lines { get; private set; } = [];
    public bool HasMore => Lines.Count == OnePage;

    /// <summary>A bound that is no probability bounds nothing.</summary>
    private static double? Bound(double? value) => value is >= 0 and <= 1 ? value : null;

    public async Task OnGetAsync(CancellationToken cancellation)
    {
        Lines = await ScoreQuery.RunAsync(Database, Filter(OnePage), cancellation);
        await FillFacetsAsync(cancellation);
    }

    /// <summary>All that fits; the first row leaves at once.</summary>
    public async Task<IActionResult> OnGetCsvAsync(CancellationToken cancellation)
    {
        await AuditAsync("scores.csv", cancellation);
        BeginCsv("scores.csv");
        await WriteLineAsync("score_id,scored_at,study_instance_uid,sop_instance_uid,frame,site,calling_ae,manufacturer,device,model,version,identity,label,probability,threshold,positive,crop_source,preprocessing,runtime,input_sha256,priority,answer,truth", cancellation);
        await foreach (var s in ScoreQuery.AllAsync(Database, Filter(1000), cancellation))
        {
            await WriteRowAsync(
            [
                s.ScoreId.ToString(), DeskTime.Machine(s.ScoredAt), s.StudyInstanceUid, s.SopInstanceUid, s.Frame.ToString(CultureInfo.InvariantCulture), s.Site, s.CallingAe, s.Manufacturer, s.Device, s.ModelId, s.Version, s.ModelIdentity,
                s.Label, s.Probability.ToString("R", CultureInfo.InvariantCulture), s.Threshold.ToString("R", CultureInfo.InvariantCulture), s.IsPositive ? "1" : "0", s.CropSource, s.Preprocessing, s.Runtime, s.InputSha256, s.Priority, s.Answer, s.Truth,
            ], cancellation);
        }

        return new EmptyResult();
    }

    /// <summary>What <c>model evaluate --predictions</c> reads: scores whose truth a reader has told.</summary>
    public async Task<IActionResult> OnGetPredictionsAsync(CancellationToken cancellation)
    {
        if (Known(Model) is null)
        {
            return Wrong("Choose a model: predictions are of one package.");
        }

        await AuditAsync("predictions.csv", cancellation);
        BeginCsv("predictions.csv");
        await foreach (var line in PredictionExport.LinesAsync(Database, Filter(1000), cancellation))
        {
            await WriteLineAsync(line, cancellation);
        }

        return new EmptyResult();
    }

    /// <summary>The same question.</summary>
    public object Question(string? before) => new { From = Day(From), To = Day(To), Model, Version, Site, Ae, Device, Label, Least, Most, Priority, Answer, before };

    public static string After(ScoreLine line) => string.Create(CultureInfo.InvariantCulture, $"{line.ScoredAt.Ticks}-{line.ScoreId:N}");

    private ScoreFilter Filter(int limit) => new()
    {
        From = Begin,
        To = End,
        ModelId = Known(Model),
        Version = Known(Version),
        Site = Known(Site),
        CallingAe = Known(Ae),
        Device = Known(Device),
        Label = Known(Label),
        Least = Bound(Least),
        Most = Bound(Most),
        Priority = Known(Priority),
        Answer = Known(Answer),
        Limit = limit,
        Before = Before?.Split('-') is [var ticks, var key] && long.TryParse(ticks, CultureInfo.InvariantCulture, out var at) && at is > 0 and < 3_155_378_975_999_999_999 && Guid.TryParseExact(key, "N", out var id) ? (new DateTime(at, DateTimeKind.Utc), id) : null,
    };

    /// <summary>That the table leaves stands in the record before it does.</summary>
    private Task AuditAsync(string file, CancellationToken cancellation) =>
        audit.ExportedAsync(file, new { From, To, Model, Site, Ae, Priority, Answer, least = Bound(Least), most = Bound(Most) }, Actor, Time.Now, cancellation);
}
