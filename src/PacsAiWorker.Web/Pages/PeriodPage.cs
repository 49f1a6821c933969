using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using PacsAiWorker.Records;
using PacsAiWorker.Records.Queries;

namespace PacsAiWorker.Web.Pages;

/// <summary>A page that asks about days of the site, all packages, sites and senders or one.</summary>
public abstract class PeriodPage(RecordsDatabase database, DeskTime time) : DeskPage
{
    protected RecordsDatabase Database { get; } = database;

    protected DeskTime Time { get; } = time;

    [BindProperty(SupportsGet = true)]
    public DateOnly? From { get; set; }

    /// <summary>The last day that counts.</summary>
    [BindProperty(SupportsGet = true)]
    public DateOnly? To { get; set; }

    [BindProperty(SupportsGet = true)]
    public string? Model { get; set; }

    [BindProperty(SupportsGet = true)]
    public string? Site { get; set; }

    [BindProperty(SupportsGet = true)]
    public string? Ae { get; set; }

    public WorklistFacets Facets { get; private set; } = new([], [], []);

    /// <summary>UTC; null where the period has no beginning.</summary>
    protected DateTime? Begin => From is { } from ? Time.StartOf(from) : null;

    /// <summary>UTC, the first moment after it; null where the period has no end.</summary>
    protected DateTime? End => To is { } to ? Time.EndOf(to) : null;

    /// <summary>What there is to choose from.</summary>
    protected async Task FillFacetsAsync(CancellationToken cancellation) => Facets = await WorklistFacets.RunAsync(Database, cancellation);

    /// <summary>The answer is a table: its first row leaves at once, the others as they are read.</summary>
    protected void BeginCsv(string file)
    {
        Response.ContentType = "text/csv; charset=utf-8";
        Response.Headers.ContentDisposition = $"attachment; filename={file}";
    }

    protected Task WriteRowAsync(IEnumerable<string?> fields, CancellationToken cancellation) => WriteLineAsync(string.Join(',', fields.Select(Csv.Field)), cancellation);

    protected Task WriteLineAsync(string line, CancellationToken cancellation) => Response.WriteAsync(line + "\r\n", Encoding.UTF8, cancellation);
}
