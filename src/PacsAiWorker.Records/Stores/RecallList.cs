using Microsoft.EntityFrameworkCore;
using PacsAiWorker.Records.Rows;

namespace PacsAiWorker.Records.Stores;

/// <summary>Which studies a package touched: those that it flagged, those that it did not, those that it could not score, and those that came while it was in use and found no package.</summary>
internal static class RecallList
{
    private const string Unfound = "'no model applies', 'view unknown', 'age unknown'";

    /// <summary>Adds those that are not listed yet. Gives how many.</summary>
    public static async Task<int> AddAsync(RecordsTransaction transaction, RecallRow recall, ModelRow model, CancellationToken cancellation)
    {
        var context = transaction.Context;
        var since = await context.Results.Where(r => r.ModelIdentity == model.Identity).MinAsync(r => (DateTime?)r.DecidedAt, cancellation);
        since = since < model.StageSince ? since : model.StageSince;

        // A router has no verdicts: what others said of the images that it sent them stands or falls with it.
        var ofIt = model.IsRouter ? "r.study_id = s.id AND EXISTS (SELECT 1 FROM score q WHERE q.study_id = s.id AND q.model_identity = {1})" : "r.study_id = s.id AND r.model_identity = {1}";
        var last = $"FROM result r WHERE {ofIt} AND r.probability IS NOT NULL";
        return await context.Database.ExecuteSqlRawAsync(
            $$"""
            INSERT INTO recall_study (recall_id, study_id, kind, was_read, scored_again, revision, verdict, closed_by, closed_why)
            SELECT {0}, s.id,
                CASE WHEN EXISTS (SELECT 1 {{last}} AND r.is_positive AND r.revision = (SELECT MAX(l.revision) FROM result l WHERE l.study_id = s.id AND l.model_identity = r.model_identity AND l.probability IS NOT NULL)) THEN 'flagged'
                     WHEN EXISTS (SELECT 1 {{last}}) THEN 'not flagged'
                     WHEN EXISTS (SELECT 1 FROM score c WHERE c.study_id = s.id AND c.model_identity = {1} AND c.is_positive) THEN 'flagged'
                     WHEN EXISTS (SELECT 1 FROM score c WHERE c.study_id = s.id AND c.model_identity = {1}) THEN {{(model.IsRouter ? "'unrouted'" : "'not flagged'")}}
                     WHEN EXISTS (SELECT 1 FROM instance m WHERE m.study_id = s.id AND m.meant_for LIKE '%' || {1} || '%') THEN 'not scored'
                     ELSE 'unrouted' END,
                s.read_at IS NOT NULL AND s.read_at >= s.last_received_at, '', 0, '', '', ''
            FROM study s
            WHERE NOT EXISTS (SELECT 1 FROM recall_study known WHERE known.recall_id = {0} AND known.study_id = s.id)
            AND (EXISTS (SELECT 1 FROM result r WHERE r.study_id = s.id AND r.model_identity = {1})
                OR EXISTS (SELECT 1 FROM score c WHERE c.study_id = s.id AND c.model_identity = {1})
                OR EXISTS (SELECT 1 FROM instance m WHERE m.study_id = s.id AND m.meant_for LIKE '%' || {1} || '%')
                OR (s.last_received_at >= {2} AND s.first_received_at <= {3}
                    AND EXISTS (SELECT 1 FROM instance u WHERE u.study_id = s.id AND u.is_current AND u.outcome_reason IN ({{Unfound}}))))
            """, [recall.Id, model.Identity, since, recall.At], cancellation);
    }
}
