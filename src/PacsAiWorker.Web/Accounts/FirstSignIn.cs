using System.Data.Common;
using Microsoft.Extensions.Logging;
using PacsAiWorker.Records;
using PacsAiWorker.Records.Stores;

namespace PacsAiWorker.Web.Accounts;

/// <summary>
/// No default password: while there is no administrator, a link that makes one stands in a file that only the worker's own account can read.
/// It works once, for a day; the next start writes another.
/// </summary>
public sealed partial class FirstSignIn(DeskPlace place, RecordsDatabase database, TimeProvider clock, ILogger<FirstSignIn> log)
{
    private static readonly TimeSpan Lasts = TimeSpan.FromDays(1);

    /// <summary>The file.</summary>
    public string Path => System.IO.Path.Combine(place.DataDirectory, "first-sign-in.txt");

    /// <summary>Writes the file while it is needed, removes it when it is not.</summary>
    /// <param name="url">Where the desk answers.</param>
    public async Task OfferAsync(string url, CancellationToken cancellation)
    {
        try
        {
            var accounts = new AccountStore(database);
            File.Delete(Path);
            if (!await accounts.NeedsAdminAsync(cancellation))
            {
                return;
            }

            var token = await accounts.InviteFirstAsync(clock.GetUtcNow().UtcDateTime, Lasts, cancellation);
            await using (var file = new StreamWriter(OwnerOnly.NewFile(Path)))
            {
                await file.WriteLineAsync($"{url}/welcome?token={token}");
            }

            Offered(log, Path);
        }
        catch (Exception error) when (error is DbException or InvalidOperationException or TimeoutException or IOException or UnauthorizedAccessException)
        {
            // The database or the folder is away: receiving goes on, and the next start offers the link.
            NotOffered(log, error.GetBaseException().Message);
        }
    }

    /// <summary>There is an administrator now.</summary>
    public void Done() => File.Delete(Path);

    [LoggerMessage(4001, LogLevel.Warning, "Nobody can sign in yet: open the link in {File}; it makes the first administrator, once, within a day")]
    private static partial void Offered(ILogger log, string file);

    [LoggerMessage(4002, LogLevel.Warning, "The link for the first sign-in could not be offered: {Message}")]
    private static partial void NotOffered(ILogger log, string message);
}
