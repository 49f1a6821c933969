using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Stores;
using PacsAiWorker.Web.Accounts;

namespace PacsAiWorker.Web.Pages;

/// <summary>An invitation is accepted: the account's name and password are chosen.</summary>
[AllowAnonymous]
public sealed class WelcomeModel(AccountStore accounts, Passwords passwords, FirstSignIn first, TimeProvider clock) : DeskPage
{
    [BindProperty(SupportsGet = true)]
    public string Token { get; set; } = "";

    [BindProperty]
    public string Name { get; set; } = "";

    /// <summary>What the link offers; null when it offers nothing.</summary>
    public string? Role { get; private set; }
    public string? Refusal { get; private set; }

    public async Task OnGetAsync(CancellationToken cancellation) => Role = (await accounts.OfferAsync(Token ?? "", Now, cancellation))?.Role;

    public async Task<IActionResult> OnPostAsync([FromForm] string? password, CancellationToken cancellation)
    {
        Role = (await accounts.OfferAsync(Token ?? "", Now, cancellation))?.Role;
        Refusal = Passwords.Refusal(Name ?? "", password ?? "");
        if (Role is null || Refusal is not null)
        {
            return Page();
        }

        if (await accounts.AcceptAsync(Token!, Name!, passwords.Hash(password!), Now, cancellation) is not { } account)
        {
            Refusal = "This name is taken: choose another.";
            return Page();
        }

        if (account.Role == AccountRoles.Admin)
        {
            first.Done();
        }

        await HttpContext.SignInAsync(CookieAuthenticationDefaults.AuthenticationScheme, DeskSchemes.Principal(account, CookieAuthenticationDefaults.AuthenticationScheme));
        return LocalRedirect("/");
    }

    private DateTime Now => clock.GetUtcNow().UtcDateTime;
}
