using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace PacsAiWorker.Web.Pages;

/// <summary>What went wrong, and what to do; no page tells more than that.</summary>
[AllowAnonymous]
[IgnoreAntiforgeryToken]
[ResponseCache(NoStore = true)]
public sealed class ProblemModel : PageModel
{
    public string Title { get; private set; } = "";
    public string Remedy { get; private set; } = "";

    public void OnGet(int? code) => Tell(code);

    public void OnPost(int? code) => Tell(code);

    private void Tell(int? code) => (Title, Remedy) = (code ?? HttpContext.Response.StatusCode) switch
    {
        400 => ("This cannot be asked", "The address or the form was not understood. Go back, load the page anew, and try again."),
        401 => ("Not signed in", "Sign in first."),
        403 => ("Not allowed", "Your account may not do this. An administrator can change its role."),
        404 => ("Nothing here", "There is no such page, study or picture."),
        _ => ("Something failed", "The desk could not answer, perhaps because the database is away. Nothing that was received is lost. Try again; the log names the cause."),
    };
}
