using Microsoft.AspNetCore.Authorization;
using PacsAiWorker.Records;
using PacsAiWorker.Records.Queries;
using PacsAiWorker.Web.Accounts;

namespace PacsAiWorker.Web.Pages;

/// <summary>Packages that were taken back, the last first.</summary>
[Authorize(Policy = Rights.See)]
public sealed class RecallsModel(RecordsDatabase database) : DeskPage
{
    public IReadOnlyList<RecallLine> Recalls { get; private set; } = [];

    /// <summary>For example <c>3 flagged (1 unread), 40 not flagged (12 unread)</c>.</summary>
    public static string InWords(RecallLine recall) => recall.Studies == 0 ? "it touched none" : string.Join(", ", recall.Counts.Select(c => $"{c.Studies} {c.Kind} ({c.Unread} unread)"));

    public async Task OnGetAsync(CancellationToken cancellation) => Recalls = await RecallQuery.RunAsync(database, cancellation);
}
