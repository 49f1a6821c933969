using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Stores;

namespace PacsAiWorker.Web.Accounts;

/// <summary><c>Authorization: Bearer NAME.KEY</c>: a program comes in (RFC 6750).</summary>
internal sealed class ServiceKeyHandler(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory loggers, UrlEncoder encoder, AccountStore accounts)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, loggers, encoder)
{
    private const string Scheme_ = "Bearer ";

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var header = Request.Headers.Authorization.ToString();
        if (!header.StartsWith(Scheme_, StringComparison.OrdinalIgnoreCase) || header[Scheme_.Length..].Split('.', 2) is not [var name, var key])
        {
            return AuthenticateResult.Fail("the header is Authorization: Bearer NAME.KEY");
        }

        var account = await accounts.FindAsync(name, Context.RequestAborted);
        // Compared even where there is no such account: the answer takes the same time.
        var right = CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(AccountStore.DigestOf(key.Trim())), Encoding.ASCII.GetBytes(account?.Secret ?? new string('0', 64)));
        return right && account is { Role: AccountRoles.Service, DisabledAt: null }
            ? AuthenticateResult.Success(new AuthenticationTicket(DeskSchemes.Principal(account, Scheme.Name), Scheme.Name))
            : AuthenticateResult.Fail("no service has this name and key");
    }
}
