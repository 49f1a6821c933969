using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using PacsAiWorker.Records.Stores;
using PacsAiWorker.Web.Accounts;

namespace PacsAiWorker.Web.Pages;

/// <summary>Name and password.</summary>
[AllowAnonymous]
public sealed class SignInModel(Passwords passwords, AccountStore accounts) : DeskPage
{
    [BindProperty(SupportsGet = true)]
    public string To { get; set; } = "/";

    [BindProperty]
    public string Name { get; set; } = "";

    public string? Refusal { get; private set; }
    public bool NeedsAdmin { get; private set; }

    public async Task OnGetAsync(CancellationToken cancellation) => NeedsAdmin = await accounts.NeedsAdminAsync(cancellation);

    public async Task<IActionResult> OnPostAsync([FromForm] string? password, CancellationToken cancellation)
    {
        if (await passwords.CheckAsync(Name ?? "", password ?? "", cancellation) is not { } account)
        {
            Refusal = $"Name and password do not fit together. After {AccountStore.MostFailures} wrong ones the account pauses for {AccountStore.Pause.TotalMinutes:0} minutes.";
            return Page();
        }

        await HttpContext.SignInAsync(CookieAuthenticationDefaults.AuthenticationScheme, DeskSchemes.Principal(account, CookieAuthenticationDefaults.AuthenticationScheme));
        return LocalRedirect(Url.IsLocalUrl(To) ? To : "/");
    }
}
