using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Stores;
using PacsAiWorker.Web.Accounts;

namespace PacsAiWorker.Web.Pages;

/// <summary>The packages that were ever in use, how far each may go, and the one action that stops one.</summary>
[Authorize(Policy = Rights.See)]
public sealed class ModelsModel(ModelStore models, RecallStore recalls, DeskTime time) : DeskPage
{
    public IReadOnlyList<ModelRow> Models { get; private set; } = [];

    public static string StageInWords(string stage) => stage switch
    {
        ModelStages.Observe => "observe: scored and recorded, nothing leaves",
        ModelStages.Report => "report: a Structured Report goes to the PACS",
        ModelStages.Prioritise => "prioritise: reports, and a flagged study rises",
        _ => stage,
    };

    public async Task OnGetAsync(CancellationToken cancellation) => Models = await models.ListAsync(cancellation);

    [Right(Rights.Review)]
    public async Task<IActionResult> OnPostSuspendAsync(string identity, string? why, CancellationToken cancellation) =>
        string.IsNullOrWhiteSpace(why) ? Wrong("Say why it is suspended: it stands on its studies and on every page.")
        : Said(await models.SuspendAsync([identity], why.Trim(), Actor, time.Now, cancellation) == 1 ? "Suspended: within seconds no worker uses it." : "It was suspended already.");

    [Right(Rights.Review)]
    public async Task<IActionResult> OnPostResumeAsync(string identity, string? why, CancellationToken cancellation) =>
        string.IsNullOrWhiteSpace(why) ? Wrong("Say why it may go on.")
        : Said(await models.ResumeAsync([identity], why.Trim(), Actor, time.Now, cancellation) == 1 ? "It goes on within seconds. What came meanwhile was not scored by it and is not scored again by itself." : "It was not suspended.");

    [Right(Rights.Review)]
    public async Task<IActionResult> OnPostRecallAsync(string identity, string? why, CancellationToken cancellation) =>
        string.IsNullOrWhiteSpace(why) ? Wrong("Say why it is recalled: it stands on every study that it touched, and in the reports that withdraw.")
        : await recalls.RecallAsync([identity], why.Trim(), Actor, time.Now, cancellation) is [var recall] ? RedirectToPage("/Recall", new { id = recall.Id }) : Wrong("It is recalled already.");
}
