using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using PacsAiWorker.Records.Rows;

namespace PacsAiWorker.Records.Audit;

/// <summary>Something that happened, on pseudonymous keys.</summary>
/// <param name="Detail">Written as a JSON object; never names, ids, accession numbers or birth dates of patients.</param>
public sealed record AuditEvent(string Action, string Subject, Guid? StudyId, object Detail, string Actor = "worker");

/// <summary>
/// The append-only record. Each entry's digest covers the one before it, so that a changed, removed or reordered entry shows.
/// Append last in a transaction: the head row is locked until it commits.
/// </summary>
public static class AuditChain
{
    /// <summary>People read the detail: only what JSON itself needs is escaped.</summary>
    private static readonly JsonSerializerOptions Readable = new(JsonSerializerOptions.Web) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static async Task AppendAsync(RecordsTransaction transaction, IReadOnlyList<AuditEvent> events, DateTime at, CancellationToken cancellation)
    {
        if (events.Count == 0)
        {
            return;
        }

        // What is pending is written before the head is locked: everybody takes the head last.
        var context = transaction.Context;
        await context.SaveChangesAsync(cancellation);
        var head = await context.AuditHead.FromSqlRaw("SELECT * FROM audit_head" + transaction.Database.ForUpdate).SingleAsync(cancellation);
        foreach (var item in events)
        {
            var entry = Link(head, item, Microseconds(at));
            head.Seq = entry.Seq;
            head.Hash = entry.Hash;
            context.Audit.Add(entry);
        }

        await context.SaveChangesAsync(cancellation);
    }

    /// <summary>Where the chain ends.</summary>
    public static async Task<AuditHead> HeadAsync(RecordsDatabase database, CancellationToken cancellation)
    {
        await using var context = database.Open();
        return await context.AuditHead.AsNoTracking().Select(h => new AuditHead(h.Seq, Convert.ToHexStringLower(h.Hash))).SingleAsync(cancellation);
    }

    /// <summary>Whether the chain still went through here: one row, however long it is.</summary>
    public static async Task<bool> HoldsAsync(RecordsDatabase database, AuditHead published, CancellationToken cancellation)
    {
        await using var context = database.Open();
        return published.Seq == 0 || (await context.Audit.AsNoTracking().Where(a => a.Seq == published.Seq).Select(a => a.Hash).SingleOrDefaultAsync(cancellation)) is { } hash
            && Convert.ToHexStringLower(hash) == published.Hash;
    }

    /// <inheritdoc cref="FirstBrokenAsync(RecordsDatabase, IReadOnlyList{AuditHead}, CancellationToken)"/>
    public static Task<long?> FirstBrokenAsync(RecordsDatabase database, CancellationToken cancellation) => FirstBrokenAsync(database, [], cancellation);

    /// <summary>Walks the chain in order; returns the first entry that does not fit, or null when all is well.</summary>
    /// <param name="published">Where it ended at earlier moments, as kept outside the database.</param>
    public static async Task<long?> FirstBrokenAsync(RecordsDatabase database, IReadOnlyList<AuditHead> published, CancellationToken cancellation)
    {
        var known = published.Where(h => h.Seq > 0).ToLookup(h => h.Seq, h => h.Hash);
        await using var context = database.Open();
        var prev = new byte[SHA256.HashSizeInBytes];
        long seq = 0;
        // The end first: what is appended while we walk is not ours to judge.
        var head = await context.AuditHead.AsNoTracking().SingleAsync(cancellation);
        await foreach (var entry in context.Audit.AsNoTracking().Where(r => r.Seq <= head.Seq).OrderBy(r => r.Seq).AsAsyncEnumerable().WithCancellation(cancellation))
        {
            if (entry.Seq != ++seq || !entry.Prev.AsSpan().SequenceEqual(prev) || !entry.Hash.AsSpan().SequenceEqual(Digest(entry)))
            {
                return entry.Seq;
            }

            prev = entry.Hash;
            if (known[seq].Any(hash => hash != Convert.ToHexStringLower(prev)))
            {
                return seq;
            }
        }

        if (published.Any(h => h.Seq > seq))
        {
            return seq + 1;
        }

        return head.Seq == seq && head.Hash.AsSpan().SequenceEqual(prev) ? null : seq + 1;
    }

    private static AuditRow Link(AuditHeadRow head, AuditEvent item, DateTime at)
    {
        var entry = new AuditRow
        {
            Seq = head.Seq + 1,
            At = at,
            Actor = item.Actor,
            Action = item.Action,
            Subject = item.Subject,
            StudyId = item.StudyId,
            Detail = JsonSerializer.Serialize(item.Detail, Readable),
            Prev = head.Hash,
            Hash = [],
        };
        entry.Hash = Digest(entry);
        return entry;
    }

    /// <summary>SHA-256 over the previous digest and the fields, each as byte length, colon, text, semicolon: no two entries share one encoding.</summary>
    private static byte[] Digest(AuditRow entry)
    {
        var text = new StringBuilder();
        string[] fields =
        [
            entry.Seq.ToString(CultureInfo.InvariantCulture),
            entry.At.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture),
            entry.Actor, entry.Action, entry.Subject, entry.StudyId?.ToString() ?? "", entry.Detail,
        ];
        foreach (var field in fields)
        {
            text.Append(Encoding.UTF8.GetByteCount(field)).Append(':').Append(field).Append(';');
        }

        return SHA256.HashData([.. entry.Prev, .. Encoding.UTF8.GetBytes(text.ToString())]);
    }

    /// <summary>PostgreSQL keeps microseconds: what is hashed must be what comes back.</summary>
    private static DateTime Microseconds(DateTime at) => new(at.Ticks - (at.Ticks % TimeSpan.TicksPerMicrosecond), DateTimeKind.Utc);
}
