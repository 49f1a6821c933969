using System.Security.Cryptography;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Stores;
using PacsAiWorker.Web.Accounts;

namespace PacsAiWorker.Web.Pages;

/// <summary>Who may use the desk.</summary>
[Authorize(Policy = Rights.Administer)]
public sealed class AccountsModel(AccountStore store, WebOptions options, DeskTime time) : DeskPage
{
    private static readonly TimeSpan InvitationLasts = TimeSpan.FromDays(3);

    public IReadOnlyList<AccountRow> Accounts { get; private set; } = [];

    /// <summary>Shown once, here, and kept nowhere.</summary>
    public string? Link { get; private set; }

    /// <inheritdoc cref="Link"/>
    public string? Key { get; private set; }

    public async Task OnGetAsync(CancellationToken cancellation) => Accounts = await store.ListAsync(cancellation);

    public async Task<IActionResult> OnPostInviteAsync(string? role, CancellationToken cancellation)
    {
        if (role is null or AccountRoles.Service || !AccountRoles.All.Contains(role))
        {
            return Wrong("Choose the role of the new account.");
        }

        var place = options.PublicUrl.Length > 0 ? options.PublicUrl.TrimEnd('/') : $"{Request.Scheme}://{Request.Host}";
        Link = $"{place}/welcome?token={await store.InviteAsync(role, Actor, time.Now, InvitationLasts, cancellation)}";
        await OnGetAsync(cancellation);
        return Page();
    }

    public async Task<IActionResult> OnPostServiceAsync(string? name, CancellationToken cancellation)
    {
        var key = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
        if (Passwords.Refusal(name ?? "", new string('x', Passwords.Shortest)) is { } refusal || name!.Contains('.', StringComparison.Ordinal))
        {
            return Wrong("The name of a service has 2 to 48 letters, digits, hyphens, underscores or @.");
        }

        if (!await store.AddServiceAsync(name, AccountStore.DigestOf(key), Actor, time.Now, cancellation))
        {
            return Wrong($"The name {name} is taken: choose another.");
        }

        Key = $"{name.Trim().ToLowerInvariant()}.{key}";
        await OnGetAsync(cancellation);
        return Page();
    }

    public async Task<IActionResult> OnPostChangeAsync(Guid id, string? role, bool? disabled, CancellationToken cancellation) =>
        role is not null && !AccountRoles.All.Contains(role) ? Wrong("There is no such role.")
        : await store.ChangeAsync(id, role, disabled, Actor, time.Now, cancellation) ? Said("Changed: the account has to sign in again.")
        : Wrong("It is the last administrator: make another one first.");
}
