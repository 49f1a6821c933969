using Microsoft.AspNetCore.Authorization;
using PacsAiWorker.Records;
using PacsAiWorker.Records.Queries;
using PacsAiWorker.Web.Accounts;

namespace PacsAiWorker.Web.Pages;

/// <summary>Who sends, what runs where.</summary>
[Authorize(Policy = Rights.See)]
public sealed class SystemModel(RecordsDatabase database, DeskTime time) : DeskPage
{
    public IReadOnlyList<SenderLine> Senders { get; private set; } = [];
    public long Entries { get; private set; }
    public string Database => database.Options.IsPostgres ? "PostgreSQL" : "SQLite";

    public async Task OnGetAsync(CancellationToken cancellation)
    {
        Senders = await SenderQuery.RunAsync(database, time.Now, cancellation);
        Entries = await AuditQuery.LastAsync(database, cancellation);
    }
}
