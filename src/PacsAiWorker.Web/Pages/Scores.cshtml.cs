using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using PacsAiWorker.Records;
using PacsAiWorker.Records.Queries;
using PacsAiWorker.Records.Stores;
using PacsAiWorker.Web.Accounts;

namespace PacsAiWorker.Web.Pages;

/// <summary>Every score of every image, with what is needed to compute it again.</summary>
[Authorize(Policy = Rights.Review)]
public sealed class ScoresModel(RecordsDatabase database, AuditStore audit, DeskTime time) : DeskPage
{
    private const int OnePage = 100;

    [BindProperty(SupportsGet = true)]
    public DateOnly? From { get; set; }

    [BindProperty(SupportsGet = true)]
    public DateOnly? To { get; set; }

    [BindProperty(SupportsGet = true)]
    public string? Model { get; set; }

    [BindProperty(SupportsGet = true)]
    public string? Version { get; set; }

    [BindProperty(SupportsGet = true)]
    public string? Site { get; set; }

    [BindProperty(SupportsGet = true)]
    public string? Ae { get; set; }

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
    public WorklistFacets Facets { get; private set; } = null!;
    public bool HasMore => Lines.Count == OnePage;

    /// <summary>A bound that is no probability bounds nothing.</summary>
    private static double? Bound(double? value) => value is >= 0 and <= 1 ? value : null;

    public async Task OnGetAsync(CancellationToken cancellation)
    {
        Lines = await ScoreQuery.RunAsync(database, Filter(OnePage), cancellation);
        Facets = await WorklistFacets.RunAsync(database, cancellation);
    }

    /// <summary>All that fits; the first row leaves at once.</summary>
    public async Task<IActionResult> OnGetCsvAsync(CancellationToken cancellation)
    {
        await BeginAsync("scores.csv", cancellation);
        await WriteAsync("score_id,scored_at,study_instance_uid,sop_instance_uid,frame,site,calling_ae,manufacturer,device,model,version,identity,label,probability,threshold,positive,crop_source,preprocessing,runtime,input_sha256,priority,answer,truth", cancellation);
        await foreach (var s in ScoreQuery.AllAsync(database, Filter(1000), cancellation))
        {
            string?[] fields =
            [
                s.ScoreId.ToString(), DeskTime.Machine(s.ScoredAt), s.StudyInstanceUid, s.SopInstanceUid, s.Frame.ToString(CultureInfo.InvariantCulture), s.Site, s.CallingAe, s.Manufacturer, s.Device, s.ModelId, s.Version, s.ModelIdentity,
                s.Label, s.Probability.ToString("R", CultureInfo.InvariantCulture), s.Threshold.ToString("R", CultureInfo.InvariantCulture), s.IsPositive ? "1" : "0", s.CropSource, s.Preprocessing, s.Runtime, s.InputSha256, s.Priority, s.Answer, s.Truth,
            ];
            await WriteAsync(string.Join(',', fields.Select(Csv.Field)), cancellation);
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

        await BeginAsync("predictions.csv", cancellation);
        await foreach (var line in PredictionExport.LinesAsync(database, Filter(1000), cancellation))
        {
            await WriteAsync(line, cancellation);
        }

        return new EmptyResult();
    }

    /// <summary>The same question.</summary>
    public object Question(string? before) => new { From = From?.ToString("yyyy-MM-dd", null), To = To?.ToString("yyyy-MM-dd", null), Model, Version, Site, Ae, Device, Label, Least, Most, Priority, Answer, before };

    public static string After(ScoreLine line) => string.Create(CultureInfo.InvariantCulture, $"{line.ScoredAt.Ticks}-{line.ScoreId:N}");

    private ScoreFilter Filter(int limit) => new()
    {
        From = From is { } from ? time.StartOf(from) : null,
        To = To is { } to ? time.StartOf(to < DateOnly.MaxValue ? to.AddDays(1) : to) : null,
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

    private async Task BeginAsync(string name, CancellationToken cancellation)
    {
        await audit.ExportedAsync(name, new { From, To, Model, Site, Ae, Priority, Answer, least = Bound(Least), most = Bound(Most) }, Actor, time.Now, cancellation);
        Response.ContentType = "text/csv; charset=utf-8";
        Response.Headers.ContentDisposition = $"attachment; filename={name}";
    }

    private Task WriteAsync(string line, CancellationToken cancellation) => Response.WriteAsync(line + "\r\n", Encoding.UTF8, cancellation);

    private static string? Known(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();
}
