using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace PacsAiWorker.Web.Pages;

/// <summary>What the pages share: who asks, and how an act is answered.</summary>
public abstract class DeskPage : PageModel
{
    /// <summary>As the audit has it.</summary>
    protected string Actor => User.Identity!.Name!;

    /// <summary>Back to this page with a sentence: a reload repeats nothing.</summary>
    protected IActionResult Said(string sentence, object? route = null)
    {
        TempData["said"] = sentence;
        return RedirectToPage(route);
    }

    /// <summary>Back to this page with what was wrong and what to do.</summary>
    protected IActionResult Wrong(string sentence, object? route = null)
    {
        TempData["wrong"] = sentence;
        return RedirectToPage(route);
    }
}
