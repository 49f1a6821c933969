using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using PacsAiWorker.Records;
using PacsAiWorker.Records.Queries;
using PacsAiWorker.Web.Accounts;

namespace PacsAiWorker.Web.Pages;

/// <summary>A Structured Report as text: a page of its own, or, for a page that asks for it, only the text.</summary>
[Authorize(Policy = Rights.See)]
public sealed class ReportModel(RecordsDatabase database, IDeskSources sources) : DeskPage
{
    public string StudyUid { get; private set; } = "";

    public string Text { get; private set; } = "";

    /// <param name="uid">Study Instance UID: a report is found only below its study.</param>
    public async Task<IActionResult> OnGetAsync(string uid, Guid key, CancellationToken cancellation)
    {
        if (await StudyQuery.ReportAsync(database, uid, key, cancellation) is not { } file)
        {
            return NotFound();
        }

        (StudyUid, Text) = (uid, string.Join('\n', sources.ReportText(file)));
        return Request.Headers.ContainsKey("HX-Request") ? Partial("_ReportText", Text) : Page();
    }
}
