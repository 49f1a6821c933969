using Microsoft.AspNetCore.Identity;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Stores;

namespace PacsAiWorker.Web.Accounts;

/// <summary>Checks names and passwords; how they are hashed is ASP.NET Core's (PBKDF2, a salt each).</summary>
public sealed class Passwords(AccountStore accounts, TimeProvider clock)
{
    /// <summary>Fewest characters of a password.</summary>
    public const int Shortest = 12;

    private static readonly AccountRow Nobody = new() { Name = "", Role = "", Secret = "", Stamp = "", CreatedBy = "" };
    private readonly PasswordHasher<AccountRow> _hasher = new();
    private readonly Lazy<string> _wrong = new(() => new PasswordHasher<AccountRow>().HashPassword(Nobody, "nobody's"));

    public string Hash(string password) => _hasher.HashPassword(Nobody, password);

    /// <summary>The account whose name and password these are; null when they are nobody's, or it pauses after wrong ones.</summary>
    public async Task<AccountRow?> CheckAsync(string name, string password, CancellationToken cancellation)
    {
        var now = clock.GetUtcNow().UtcDateTime;
        var account = await accounts.FindAsync(name, cancellation);
        // Hashed even where there is no such account: the answer takes the same time.
        var usable = account is { DisabledAt: null } && account.Role != AccountRoles.Service && !(account.LockedUntil > now);
        var right = _hasher.VerifyHashedPassword(Nobody, usable ? account!.Secret : _wrong.Value, password) != PasswordVerificationResult.Failed && usable;
        return usable && await accounts.SignInAsync(account!.Id, right, now, cancellation) ? account : null;
    }

    /// <summary>Why a name or password cannot be chosen; null when it can.</summary>
    public static string? Refusal(string name, string password) =>
        name.Trim().Length is < 2 or > 48 || name.Trim().Any(c => !char.IsAsciiLetterOrDigit(c) && c is not ('.' or '-' or '_' or '@')) ? "A name has 2 to 48 letters, digits, dots, hyphens, underscores or @."
        : password.Length is < Shortest or > 256 ? $"A password has {Shortest} to 256 characters."
        : password.Contains(name.Trim(), StringComparison.OrdinalIgnoreCase) ? "The password must not contain the name."
        : null;
}
