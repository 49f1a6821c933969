using System.Security.Claims;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Stores;

namespace PacsAiWorker.Web.Accounts;

/// <summary>Ways to show who one is.</summary>
internal static class DeskSchemes
{
    public const string Any = "desk";
    public const string ServiceKey = "service-key";
    public const string Stamp = "stamp";

    /// <summary>Who came in, as pages and the audit have it.</summary>
    public static ClaimsPrincipal Principal(AccountRow account, string scheme) => new(new ClaimsIdentity(
        [new(ClaimTypes.Name, account.Name), new(ClaimTypes.Role, account.Role), new(Stamp, account.Stamp)], scheme));
}

/// <summary>The sign-in of a browser: no script sees it, and it ends when the account changes.</summary>
internal static class DeskCookie
{
    public static void Configure(CookieAuthenticationOptions options, WebOptions web)
    {
        options.Cookie.Name = "pacsai-desk";
        options.Cookie.HttpOnly = true;
        options.Cookie.SameSite = SameSiteMode.Lax;
        options.Cookie.SecurePolicy = web.PublicUrl.StartsWith("https://", StringComparison.OrdinalIgnoreCase) ? CookieSecurePolicy.Always : CookieSecurePolicy.SameAsRequest;
        options.ExpireTimeSpan = TimeSpan.FromHours(web.SignInHours);
        options.SlidingExpiration = true;
        options.LoginPath = "/sign-in";
        options.AccessDeniedPath = "/problem";
        options.ReturnUrlParameter = "to";
        options.Events.OnValidatePrincipal = ValidateAsync;
        // What a page asks for by itself keeps nobody signed in.
        options.Events.OnCheckSlidingExpiration = c =>
        {
            c.ShouldRenew &= !c.Request.Headers.ContainsKey("HX-Request") && !c.Request.Path.StartsWithSegments("/live", StringComparison.Ordinal) && !c.Request.Path.StartsWithSegments("/pictures", StringComparison.Ordinal);
            return Task.CompletedTask;
        };
        // A program gets the status, a person the page.
        options.Events.OnRedirectToLogin = c => AnswerAsync(c, StatusCodes.Status401Unauthorized);
        options.Events.OnRedirectToAccessDenied = c =>
        {
            c.Response.StatusCode = StatusCodes.Status403Forbidden;
            return Task.CompletedTask;
        };
    }

    private static async Task ValidateAsync(CookieValidatePrincipalContext context)
    {
        var store = context.HttpContext.RequestServices.GetRequiredService<AccountStore>();
        var account = await store.FindAsync(context.Principal?.Identity?.Name ?? "", context.HttpContext.RequestAborted);
        if (account is null || account.DisabledAt is not null || context.Principal?.FindFirstValue(DeskSchemes.Stamp) != account.Stamp)
        {
            context.RejectPrincipal();
        }
    }

    private static Task AnswerAsync(Microsoft.AspNetCore.Authentication.RedirectContext<CookieAuthenticationOptions> context, int status)
    {
        if (context.Request.Path.StartsWithSegments("/api", StringComparison.Ordinal) || context.Request.Headers.ContainsKey("HX-Request"))
        {
            context.Response.StatusCode = status;
        }
        else
        {
            context.Response.Redirect(context.RedirectUri);
        }

        return Task.CompletedTask;
    }
}
