using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;
using PacsAiWorker.Records.Audit;
using PacsAiWorker.Records.Rows;

namespace PacsAiWorker.Records.Stores;

/// <summary>Who may use the desk. Each change is audited with who made it; how a secret is hashed is the caller's business.</summary>
public sealed class AccountStore(RecordsDatabase database)
{
    /// <summary>Wrong passwords in a row before the account pauses, and for how long.</summary>
    public const int MostFailures = 5;
    public static readonly TimeSpan Pause = TimeSpan.FromMinutes(5);

    private const string FirstStart = "first start";

    public async Task<IReadOnlyList<AccountRow>> ListAsync(CancellationToken cancellation)
    {
        await using var context = database.Open();
        return await context.Accounts.AsNoTracking().OrderBy(a => a.Name).ToListAsync(cancellation);
    }

    /// <summary>True while nobody can sign in as administrator.</summary>
    public async Task<bool> NeedsAdminAsync(CancellationToken cancellation)
    {
        await using var context = database.Open();
        return !await context.Accounts.AnyAsync(a => a.Role == AccountRoles.Admin && a.DisabledAt == null, cancellation);
    }

    /// <summary>Whatever its case; null when there is none.</summary>
    public async Task<AccountRow?> FindAsync(string name, CancellationToken cancellation)
    {
        await using var context = database.Open();
        return await context.Accounts.AsNoTracking().SingleOrDefaultAsync(a => a.Name == Key(name), cancellation);
    }

    /// <summary>Writes an invitation for one account of a role.</summary>
    /// <returns>The token of the link: nowhere else is it kept.</returns>
    public Task<string> InviteAsync(string role, string actor, DateTime now, TimeSpan lasts, CancellationToken cancellation) => database.WriteAsync(async transaction =>
    {
        var token = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(24));
        transaction.Context.Invitations.Add(new InvitationRow { TokenDigest = DigestOf(token), Role = role, CreatedAt = now, CreatedBy = actor, ExpiresAt = now + lasts });
        await AuditChain.AppendAsync(transaction, [new AuditEvent("account invited", "accounts", null, new { role, hours = lasts.TotalHours }, actor)], now, cancellation);
        return token;
    }, cancellation);

    /// <summary>The link of a first start: earlier ones that nobody used end with it.</summary>
    /// <returns>The token of the link.</returns>
    public async Task<string> InviteFirstAsync(DateTime now, TimeSpan lasts, CancellationToken cancellation)
    {
        await database.WriteAsync(t => EndFirstLinksAsync(t, now, cancellation), cancellation);
        return await InviteAsync(AccountRoles.Admin, FirstStart, now, lasts, cancellation);
    }

    private static Task<int> EndFirstLinksAsync(RecordsTransaction transaction, DateTime now, CancellationToken cancellation) => transaction.Context.Invitations
        .Where(i => i.CreatedBy == FirstStart && i.UsedAt == null).ExecuteUpdateAsync(i => i.SetProperty(r => r.ExpiresAt, now), cancellation);

    /// <summary>What a link offers; null when it is unknown, used or too old.</summary>
    public async Task<InvitationRow?> OfferAsync(string token, DateTime now, CancellationToken cancellation)
    {
        var digest = DigestOf(token);
        await using var context = database.Open();
        return await context.Invitations.AsNoTracking().SingleOrDefaultAsync(i => i.TokenDigest == digest && i.UsedAt == null && i.ExpiresAt > now, cancellation);
    }

    /// <summary>Makes the account that a link offers; the link is used up. Null when it offers none, or the name is taken.</summary>
    public Task<AccountRow?> AcceptAsync(string token, string name, string secret, DateTime now, CancellationToken cancellation) => database.WriteAsync(async transaction =>
    {
        var digest = DigestOf(token);
        // Two who come with one link at the same moment: the second finds it used.
        var offers = await transaction.Context.Invitations.FromSqlRaw("SELECT * FROM invitation WHERE token_digest = {0}" + database.ForUpdate, digest).ToListAsync(cancellation);
        if (offers is not [{ UsedAt: null } offer] || offer.ExpiresAt <= now || await transaction.Context.Accounts.AnyAsync(a => a.Name == Key(name), cancellation))
        {
            return null;
        }

        var account = New(name, offer.Role, secret, offer.CreatedBy, now);
        (offer.UsedAt, offer.AccountId) = (now, account.Id);
        if (offer.Role == AccountRoles.Admin)
        {
            await EndFirstLinksAsync(transaction, now, cancellation);
        }

        await AddAsync(transaction, account, now, cancellation);
        return account;
    }, cancellation);

    /// <summary>Makes an account for a program. False when the name is taken.</summary>
    /// <param name="secret">SHA-256 of its key: <see cref="DigestOf"/>.</param>
    public Task<bool> AddServiceAsync(string name, string secret, string actor, DateTime now, CancellationToken cancellation) => database.WriteAsync(async transaction =>
    {
        if (await transaction.Context.Accounts.AnyAsync(a => a.Name == Key(name), cancellation))
        {
            return false;
        }

        await AddAsync(transaction, New(name, AccountRoles.Service, secret, actor, now), now, cancellation);
        return true;
    }, cancellation);

    /// <summary>
    /// A sign-in, or a wrong password: after a few of these in a row the account pauses. Asked one after the other, so that many guesses at once are
    /// counted one by one.
    /// </summary>
    /// <returns>Whether the account may come in: right, and not paused meanwhile.</returns>
    public Task<bool> SignInAsync(Guid account, bool right, DateTime now, CancellationToken cancellation) => database.WriteAsync(async transaction =>
    {
        var row = (await transaction.Context.Accounts.FromSqlRaw("SELECT * FROM account WHERE id = {0}" + database.ForUpdate, account).ToListAsync(cancellation)).Single();
        if (row.LockedUntil > now || row.DisabledAt is not null)
        {
            return false;
        }

        row.Failures = right ? 0 : row.Failures + 1;
        row.LockedUntil = row.Failures >= MostFailures ? now + Pause : null;
        await AuditChain.AppendAsync(transaction, [new AuditEvent(right ? "signed in" : "sign-in refused", $"account:{row.Id}", null, new { row.Failures }, row.Name)], now, cancellation);
        return right;
    }, cancellation);

    /// <summary>Another role, or blocked and let in again; what the account is signed in to has ended. False when it would leave no administrator.</summary>
    public Task<bool> ChangeAsync(Guid account, string? role, bool? disabled, string actor, DateTime now, CancellationToken cancellation) => database.WriteAsync(async transaction =>
    {
        var rows = await transaction.Context.Accounts.FromSqlRaw("SELECT * FROM account" + database.ForUpdate).ToListAsync(cancellation);
        if (rows.SingleOrDefault(a => a.Id == account) is not { } row)
        {
            return true;
        }

        (row.Role, row.DisabledAt, row.Stamp) = (role ?? row.Role, disabled is null ? row.DisabledAt : disabled.Value ? now : null, NewStamp());
        if (!rows.Any(a => a.Role == AccountRoles.Admin && a.DisabledAt is null))
        {
            transaction.Context.ChangeTracker.Clear();
            return false;
        }

        await AuditChain.AppendAsync(transaction, [new AuditEvent("account changed", $"account:{row.Id}", null, new { row.Role, disabled = row.DisabledAt is not null }, actor)], now, cancellation);
        return true;
    }, cancellation);

    /// <summary>SHA-256 of a token or key, lower-case hex.</summary>
    public static string DigestOf(string token) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(token)));

    private static async Task AddAsync(RecordsTransaction transaction, AccountRow account, DateTime now, CancellationToken cancellation)
    {
        transaction.Context.Accounts.Add(account);
        await AuditChain.AppendAsync(transaction, [new AuditEvent("account made", $"account:{account.Id}", null, new { account.Role, invited = account.CreatedBy }, account.Name)], now, cancellation);
    }

    private static AccountRow New(string name, string role, string secret, string by, DateTime now) =>
        new() { Id = Guid.CreateVersion7(), Name = Key(name), Role = role, Secret = secret, Stamp = NewStamp(), CreatedAt = now, CreatedBy = by };

    private static string Key(string name) => name.Trim().ToLowerInvariant();

    private static string NewStamp() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
}
