using System.Globalization;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using PacsAiWorker.Records;
using PacsAiWorker.Records.Audit;
using PacsAiWorker.Records.Queries;
using PacsAiWorker.Records.Stores;
using PacsAiWorker.Web.Accounts;

namespace PacsAiWorker.Web.Pages;

/// <summary>The append-only record of every step: asked, exported, verified. Asking is a step itself.</summary>
[Authorize(Policy = Rights.Review)]
public sealed class RecordModel(RecordsDatabase database, AuditStore audit, PublishedHeads heads, DeskTime time) : PeriodPage(database, time)
{
    private const int OnePage = 100;

    [BindProperty(SupportsGet = true)]
    public string? Study { get; set; }

    /// <summary>What happened, as the record words it.</summary>
    [BindProperty(SupportsGet = true)]
    public string? Action { get; set; }

    [BindProperty(SupportsGet = true)]
    public string? Who { get; set; }

    [BindProperty(SupportsGet = true)]
    public long? Before { get; set; }

    public IReadOnlyList<AuditLine> Lines { get; private set; } = [];
    public IReadOnlyList<string> Actions { get; private set; } = [];
    public bool HasMore => Lines.Count == OnePage;

    public async Task OnGetAsync(CancellationToken cancellation)
    {
        Lines = await AuditQuery.RunAsync(Database, Filter(OnePage), cancellation);
        Actions = await AuditQuery.ActionsAsync(Database, cancellation);
        await FillFacetsAsync(cancellation);
        if (IsFiltered || Before is not null)
        {
            await audit.AskedAsync(Filter(OnePage), Lines.Count, Actor, Time.Now, cancellation);
        }
    }

    /// <summary>All that fits, newest first, a page at a time: the first row leaves at once.</summary>
    public async Task<IActionResult> OnGetCsvAsync(CancellationToken cancellation)
    {
        await audit.ExportedAsync("record", new { From, To, Action, Model, Site, Ae, study = Known(Study) is not null, who = Known(Who) is not null }, Actor, Time.Now, cancellation);
        BeginCsv("record.csv");
        await WriteLineAsync("seq,at,actor,action,subject,study_instance_uid,sop_instance_uid,detail,hash", cancellation);
        await foreach (var line in AuditQuery.AllAsync(Database, Filter(1000), cancellation))
        {
            await WriteRowAsync([line.Seq.ToString(CultureInfo.InvariantCulture), DeskTime.Machine(line.At), line.Actor, line.Action, line.Subject, line.StudyInstanceUid, line.SopInstanceUid, line.Detail, line.Hash], cancellation);
        }

        return new EmptyResult();
    }

    /// <summary>Walks the whole chain.</summary>
    public async Task<IActionResult> OnPostVerifyAsync(CancellationToken cancellation)
    {
        var published = heads.Read();
        var broken = await AuditChain.FirstBrokenAsync(Database, published, cancellation);
        return broken is null
            ? Said($"Every entry fits the one before it, from the first to number {await AuditQuery.LastAsync(Database, cancellation)}, and {published.Count} ends of the chain that were published outside the database fit it.")
            : Wrong($"Entry {broken} does not fit the one before it: it, or one just before it, was changed or removed. Keep the database as it is and compare it with its backup.");
    }

    public bool IsFiltered => From is not null || To is not null || Known(Study) is not null || Known(Action) is not null || Known(Model) is not null || Known(Who) is not null || Known(Site) is not null || Known(Ae) is not null;

    /// <summary>The same question.</summary>
    public object Question(long? before) => new { From = Day(From), To = Day(To), Study, Action, Model, Who, Site, Ae, before };

    private AuditFilter Filter(int limit) => new(Begin, End, Known(Study), Known(Action), Known(Model), Known(Site), Known(Ae), limit) { Actor = Known(Who), Before = Before, NewestFirst = true };
}
