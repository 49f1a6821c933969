using System.Text;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using PacsAiWorker.Records;
using PacsAiWorker.Records.Queries;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Stores;
using PacsAiWorker.Web.Accounts;

namespace PacsAiWorker.Web.Pages;

/// <summary>One recall: every study that the package touched, tracked to closed.</summary>
[Authorize(Policy = Rights.See)]
public sealed class RecallModel(RecordsDatabase database, RecallStore recalls, AuditStore audit, DeskTime time) : DeskPage
{
    public const int OnePage = 50;

    [BindProperty(SupportsGet = true)]
    public Guid Id { get; set; }

    [BindProperty(SupportsGet = true)]
    public string? Kind { get; set; }

    /// <summary><c>open</c> or <c>closed</c>; else all.</summary>
    [BindProperty(SupportsGet = true)]
    public string? Show { get; set; }

    [BindProperty(SupportsGet = true)]
    public int Skip { get; set; }

    public RecallLine Recall { get; private set; } = null!;
    public IReadOnlyList<RecallStudyLine> Lines { get; private set; } = [];
    public int Fitting { get; private set; }

    /// <summary>What the worker has done about a study.</summary>
    public static string Progress(RecallStudyLine line) =>
        line.WithdrawnAt is null ? (line.ClosedAt is null ? "the worker comes to it" : "")
        : line.Verdict.Length > 0 ? $"scored again: {line.Verdict}"
        : $"{(line.HasResult ? "withdrawn" : "there was nothing to withdraw")}; {(line.ScoredAgain == ScoredAgain.Asked ? "it is scored again" : line.ScoredAgain == ScoredAgain.Later ? "its turn to be scored again comes" : $"not scored again: {line.ScoredAgain}")}";

    public async Task<IActionResult> OnGetAsync(CancellationToken cancellation)
    {
        if ((await RecallQuery.RunAsync(database, cancellation)).FirstOrDefault(r => r.Id == Id) is not { } recall)
        {
            return NotFound();
        }

        var filter = new RecallFilter(Id, RecallKinds.All.Contains(Kind) ? Kind : null, Show switch { "open" => true, "closed" => false, _ => null }, Skip = Math.Max(0, Skip), OnePage);
        (Recall, Lines, Fitting) = (recall, await RecallQuery.StudiesAsync(database, filter, cancellation), await RecallQuery.CountAsync(database, filter, cancellation));
        return Page();
    }

    /// <summary>All lines, a page at a time: the first row leaves at once.</summary>
    public async Task<IActionResult> OnGetCsvAsync(CancellationToken cancellation)
    {
        if ((await RecallQuery.RunAsync(database, cancellation)).FirstOrDefault(r => r.Id == Id) is not { } recall)
        {
            return NotFound();
        }

        await audit.ExportedAsync("recall", new { recall = Id, model = recall.ModelId, recall.ModelVersion }, Actor, time.Now, cancellation);
        Response.ContentType = "text/csv; charset=utf-8";
        Response.Headers.ContentDisposition = "attachment; filename=recall.csv";
        await Response.WriteAsync("study_instance_uid,site,calling_ae,received_at,touched,read_at_recall,read_now,priority,told,reports,withdrawn_at,scored_again,verdict,closed_at,closed_by,closed_why\r\n", cancellation);
        await foreach (var line in RecallQuery.AllAsync(database, Id, cancellation))
        {
            string[] fields =
            [
                line.StudyInstanceUid, line.Site, line.CallingAe, DeskTime.Machine(line.ReceivedAt), line.Kind, line.WasRead ? "yes" : "no", line.IsRead ? "yes" : "no", line.Priority, line.Told, string.Join("; ", line.Reports),
                Machine(line.WithdrawnAt), line.ScoredAgain, line.Verdict, Machine(line.ClosedAt), line.ClosedBy, line.ClosedWhy,
            ];
            await Response.WriteAsync(string.Join(',', fields.Select(Csv.Field)) + "\r\n", Encoding.UTF8, cancellation);
        }

        return new EmptyResult();
    }

    [Right(Rights.Review)]
    public async Task<IActionResult> OnPostCloseAsync(Guid study, string? why, CancellationToken cancellation) =>
        string.IsNullOrWhiteSpace(why) ? Wrong("Say what came of the study: the record keeps it.", Here)
        : await recalls.CloseAsync(Id, study, why.Trim(), Actor, time.Now, cancellation) ? Said("The line is closed.", Here) : Wrong("It is closed already, or the worker has not come to it.", Here);

    [Right(Rights.Review)]
    public async Task<IActionResult> OnPostEndAsync(string? why, CancellationToken cancellation)
    {
        if (string.IsNullOrWhiteSpace(why))
        {
            return Wrong("Say why it may score again.", Here);
        }

        var recall = (await RecallQuery.RunAsync(database, cancellation)).FirstOrDefault(r => r.Id == Id);
        return recall is not null && await recalls.EndAsync([recall.ModelIdentity], why.Trim(), Actor, time.Now, cancellation) == 1
            ? Said("The recall is ended: the package may score again within seconds.", Here) : Wrong("It was ended already.", Here);
    }

    private object Here => new { id = Id, Kind, Show };

    private static string Machine(DateTime? time) => time is { } at ? DeskTime.Machine(at) : "";
}
