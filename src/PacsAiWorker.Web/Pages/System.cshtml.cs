using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using PacsAiWorker.Records;
using PacsAiWorker.Records.Queries;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Stores;
using PacsAiWorker.Web.Accounts;

namespace PacsAiWorker.Web.Pages;

/// <summary>Who sends, what runs where, which peers there are. Workers write what they find; whether a peer answers, one of them looks when somebody asks.</summary>
[Authorize(Policy = Rights.See)]
public sealed class SystemModel(RecordsDatabase database, FactStore facts, DeskTime time) : DeskPage
{
    /// <summary>Facts come each minute: after so long their worker is silent.</summary>
    private static readonly TimeSpan Silent = TimeSpan.FromMinutes(5);

    public IReadOnlyList<SenderLine> Senders { get; private set; } = [];
    public long Entries { get; private set; }
    public string Database => database.Options.IsPostgres ? "PostgreSQL" : "SQLite";

    /// <summary>Peers that a worker has in its configuration, each once.</summary>
    public IReadOnlyList<(WorkerFactRow Peer, PeerLookRow? Look)> Peers { get; private set; } = [];

    /// <summary>What each worker finds of itself.</summary>
    public IReadOnlyList<IGrouping<string, WorkerFactRow>> Workers { get; private set; } = [];

    public bool IsSilent(WorkerFactRow fact) => time.Now - fact.At > Silent;

    /// <summary>A question that no worker has answered yet.</summary>
    public bool IsAwaited => Peers.Any(p => p.Look is { AnsweredAt: null });

    public async Task OnGetAsync(CancellationToken cancellation)
    {
        Senders = await SenderQuery.RunAsync(database, time.Now, cancellation);
        Entries = await AuditQuery.LastAsync(database, cancellation);
        var all = await facts.ListAsync(cancellation);
        var looks = await facts.LooksAsync(cancellation);
        Peers = [.. all.Where(f => f.Kind == FactKinds.Peer).GroupBy(f => f.Name).Select(g => g.MaxBy(f => f.At)!).OrderBy(f => f.Name, StringComparer.Ordinal).Select(f => (f, looks.GetValueOrDefault(f.Name)))];
        Workers = [.. all.Where(f => f.Kind != FactKinds.Peer).GroupBy(f => f.Worker)];
    }

    [Right(Rights.Act)]
    public async Task<IActionResult> OnPostLookAsync(string peer, CancellationToken cancellation) =>
        await facts.AskAsync(peer, Actor, time.Now, cancellation) ? Said($"A worker looks whether {peer} answers: its answer stands in the table in a moment.") : Wrong("No worker has this peer in its configuration any more.");
}
