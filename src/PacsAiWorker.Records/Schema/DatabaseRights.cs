using Microsoft.EntityFrameworkCore;
using PacsAiWorker.Records.Rows;

namespace PacsAiWorker.Records.Schema;

/// <summary>Who logs in to PostgreSQL, and what of it may be changed. SQLite knows no logins: there the file's owner may do everything.</summary>
public static class DatabaseLogins
{
    /// <summary>Processes that receive, score, report and deliver.</summary>
    public const string Worker = "worker";

    /// <summary>Processes that only serve the desk.</summary>
    public const string Web = "web";

    /// <summary>People who ask the tables with tools of their own: pseudonymous rows, read only.</summary>
    public const string Qa = "qa";

    public static IReadOnlyList<string> All { get; } = [Worker, Web, Qa];
}

/// <summary>
/// Gives a login of PostgreSQL the least that its part of the line needs. Entries of the record can be added by worker and web and changed by
/// nobody; of what was received, scored and decided nothing is ever deleted.
/// </summary>
public sealed class DatabaseRights(RecordsDatabase database)
{
    private const string History = "schema_history", Entries = "audit_entry", Head = "audit_head";

    /// <summary>What may be forgotten: work that is done, what was expected, what was announced from outside.</summary>
    private static readonly string[] Forgettable =
        ["outbox", "spool_segment", "spool_problem", "performed_step", "absence_dismissal", "expected_study", "order_context", "reconciled_identity", "worker_fact"];

    /// <summary>What people do at the desk; the pipeline carries it out.</summary>
    private static readonly string[] DeskWrites =
        ["account", "invitation", "study_opened", "feedback", "priority_override", "absence_dismissal", "study_confirmation", "message_stop", "model", "study", "priority_notice", "delivery", "work", "outbox", "recall", "recall_study", "peer_look"];

    /// <summary>What a PACS answered and what people wrote in their own words may name a patient.</summary>
    private static readonly Dictionary<string, string> OwnWords = new() { ["delivery"] = "detail", ["delivery_attempt"] = "detail", ["feedback"] = "reason", ["priority_override"] = "why" };

    /// <summary>No name, no id, no birth date, no secret, no file that holds one.</summary>
    private static readonly string[] Pseudonymous =
        ["study", "instance", "score", "result", "model", "delivery", "delivery_attempt", "feedback", "study_opened", "priority_override", "message_stop", "recall", "recall_study", Entries, Head, History];

    /// <summary>Takes away what the login may do to these tables and grants what it needs; after each migration again.</summary>
    /// <param name="login">An existing role of the server that owns none of the tables.</param>
    /// <param name="part">One of <see cref="DatabaseLogins"/>.</param>
    /// <exception cref="SchemaException">There is no such login, it is the owner, or the schema is not current.</exception>
    public async Task GrantAsync(string login, string part, CancellationToken cancellation)
    {
        if (!database.Options.IsPostgres)
        {
            throw new SchemaException("SQLite knows no logins: who may read the file may do everything. Use PostgreSQL where processes need rights of their own.");
        }

        await new SchemaMigrator(database).RequireCurrentAsync(cancellation);
        await database.WriteAsync(async transaction =>
        {
            var context = transaction.Context;
            if (await context.Database.SqlQuery<int>($"SELECT count(*)::int AS \"Value\" FROM pg_roles WHERE rolname = {login}").SingleAsync(cancellation) == 0)
            {
                throw new SchemaException($"The server has no login \"{login}\": create it first (CREATE ROLE … LOGIN PASSWORD …).");
            }

            if (await context.Database.SqlQuery<int>($"SELECT count(*)::int AS \"Value\" FROM pg_tables WHERE schemaname = current_schema() AND tableowner = {login}").SingleAsync(cancellation) > 0)
            {
                throw new SchemaException($"\"{login}\" owns the tables, and an owner may do everything: give the {part} a login of its own.");
            }

            foreach (var statement in Statements(context, part, Quoted(login)))
            {
                await context.Database.ExecuteSqlRawAsync(statement, cancellation);
            }
        }, cancellation);
    }

    /// <summary>Every table of the records, as the model has them, and the migrator's own.</summary>
    internal static IEnumerable<string> TablesOf(RecordsContext context) => context.Model.GetEntityTypes().Select(t => t.GetTableName()!).Append(History).Distinct().Order(StringComparer.Ordinal);

    private static IEnumerable<string> Statements(RecordsContext context, string part, string login)
    {
        List<string> tables = [.. TablesOf(context)];
        yield return $"REVOKE ALL ON {string.Join(", ", tables)} FROM {login}";
        foreach (var table in tables)
        {
            if (part == DatabaseLogins.Qa && OwnWords.TryGetValue(table, out var words))
            {
                yield return $"GRANT SELECT ({string.Join(", ", ColumnsOf(context, table).Where(c => c != words))}) ON {table} TO {login}";
            }
            else if (Of(part, table) is { Length: > 0 } rights)
            {
                yield return $"GRANT {rights} ON {table} TO {login}";
            }
        }
    }

    private static IEnumerable<string> ColumnsOf(RecordsContext context, string table) => context.Model.GetEntityTypes().Single(t => t.GetTableName() == table).GetProperties().Select(p => p.GetColumnName());

    private static string Of(string part, string table) => (part, table) switch
    {
        (DatabaseLogins.Qa, _) => Pseudonymous.Contains(table) ? "SELECT" : "",
        (_, History) => "SELECT",
        (_, Entries) => "SELECT, INSERT",
        (_, Head) => "SELECT, UPDATE",
        // Every process sweeps messages that were sent.
        (DatabaseLogins.Web, "outbox") => "SELECT, INSERT, UPDATE, DELETE",
        (DatabaseLogins.Web, _) => DeskWrites.Contains(table) ? "SELECT, INSERT, UPDATE" : "SELECT",
        (DatabaseLogins.Worker, _) => Forgettable.Contains(table) ? "SELECT, INSERT, UPDATE, DELETE" : "SELECT, INSERT, UPDATE",
        _ => throw new ArgumentOutOfRangeException(nameof(part), part, "no part of the line"),
    };

    private static string Quoted(string login) => $"\"{login.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
