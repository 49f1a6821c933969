using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using PacsAiWorker.Records;
using PacsAiWorker.Records.Queries;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Web.Accounts;

namespace PacsAiWorker.Web.Pages;

/// <summary>The reading list in its order, with filters.</summary>
[Authorize(Policy = Rights.See)]
public sealed class IndexModel(RecordsDatabase database, DeskTime time) : DeskPage
{
    private const int OnePage = 50;
    private const string FindKey = "find";
    private const int LongestText = 128;

    /// <summary>A patient id, accession number, Study Instance UID, or how a name begins.</summary>
    public string? Text { get; private set; }

    /// <summary>The list is narrowed to <see cref="Text"/>, which stands in an encrypted cookie: no name stands in an address.</summary>
    [BindProperty(SupportsGet = true)]
    public bool Found { get; set; }

    [BindProperty(SupportsGet = true)]
    public string? Priority { get; set; }

    [BindProperty(SupportsGet = true)]
    public string? Site { get; set; }

    [BindProperty(SupportsGet = true)]
    public string? Model { get; set; }

    /// <summary><c>unread</c> (the default), <c>read</c> or <c>all</c>.</summary>
    [BindProperty(SupportsGet = true)]
    public string? Show { get; set; }

    [BindProperty(SupportsGet = true)]
    public DateOnly? From { get; set; }

    [BindProperty(SupportsGet = true)]
    public int Skip { get; set; }

    public IReadOnlyList<WorklistEntry> Entries { get; private set; } = [];
    public WorklistFacets Facets { get; private set; } = new([], [], []);
    public int Count { get; private set; }

    /// <summary>Place of the last study shown.</summary>
    public int Last => Skip + Entries.Count;

    public bool IsFiltered => !string.IsNullOrWhiteSpace(Text) || Priority is not null || Site is not null || Model is not null || From is not null || Show is "read" or "all";

    public async Task<IActionResult> OnGetAsync(CancellationToken cancellation)
    {
        Skip = Math.Max(0, Skip);
        Text = Found ? TempData.Peek(FindKey) as string : null;
        var filter = new WorklistFilter
        {
            Text = Text,
            Priority = Known(Priority),
            Site = Known(Site),
            ModelId = Known(Model),
            From = From is { } day ? time.StartOf(day) : null,
            // Whoever searches for one study wants it, read or not.
            IsRead = Show switch { "read" => true, "all" => null, _ => string.IsNullOrWhiteSpace(Text) ? false : null },
            Skip = Skip,
            Limit = OnePage,
        };
        Entries = await WorklistQuery.RunAsync(database, filter, cancellation);
        Count = await WorklistQuery.CountAsync(database, filter, cancellation);
        if (Request.Headers.ContainsKey("HX-Request"))
        {
            return Partial("_Worklist", this);
        }

        Facets = await WorklistFacets.RunAsync(database, cancellation);
        return Page();
    }

    /// <summary>A search, with the filters beside it.</summary>
    [Right(Rights.See)]
    public IActionResult OnPost(string? text)
    {
        text = text?.Trim();
        TempData[FindKey] = text is { Length: > LongestText } ? text[..LongestText] : text;
        return RedirectToPage(new { Priority = Known(Priority), Site = Known(Site), Model = Known(Model), Show = Known(Show), From = Day(From), found = string.IsNullOrEmpty(text) ? (bool?)null : true });
    }

    /// <summary>The same question, from another place in the answer on.</summary>
    public string At(int skip) => Url.Page("/Index", new { found = Found ? true : (bool?)null, Priority, Site, Model, Show, From = Day(From), skip = skip > 0 ? skip : (int?)null })!;

    /// <summary>How far a study has come, in one or two words.</summary>
    public static string Stands(WorklistEntry entry)
    {
        if (entry.State == StudyStates.Open)
        {
            return entry.ImagesScored + entry.NotScored.Where(n => n.Key != "awaiting").Sum(n => n.Value) < entry.ImagesReceived ? "being scored" : "waits for more images";
        }

        // What holds now: the last word of each package, and what somebody still waits for.
        var results = entry.Results.GroupBy(r => (r.ModelId, r.ModelVersion)).Select(g => g.MaxBy(r => r.Revision)!).Where(r => r.Withdrawn.Length == 0 && r.Stage != ModelStages.Observe).ToList();
        var deliveries = results.SelectMany(r => r.Deliveries).Where(d => d.State is DeliveryStates.Pending or DeliveryStates.Stored or DeliveryStates.Refused).ToList();
        return results.Count == 0 ? "decided, no report due"
            : deliveries.Count == 0 ? results.All(r => r.ReportSopInstanceUid is null) ? "report is being written" : results.Any(r => r.Deliveries.Count > 0) ? "report withheld" : "report waits for a PACS"
            : deliveries.All(d => d.CommittedAt is not null) ? "report kept by the PACS"
            : deliveries.All(d => d.StoredAt is not null) ? "report stored"
            : deliveries.Any(d => d.State == DeliveryStates.Refused) ? "report refused"
            : "report on its way";
    }
}
