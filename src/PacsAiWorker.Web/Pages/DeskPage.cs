using System.Globalization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace PacsAiWorker.Web.Pages;

/// <summary>What the pages share: who asks, and how an act is answered.</summary>
public abstract class DeskPage : PageModel
{
    /// <summary>As the audit has it.</summary>
    protected string Actor => User.Identity!.Name!;

    /// <summary>As addresses and date fields have it.</summary>
    public static string? Day(DateOnly? day) => day?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    /// <summary>What a reader filled in; null for an empty field.</summary>
    protected static string? Known(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();

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
