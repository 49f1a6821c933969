using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using PacsAiWorker.Records.Rows;

namespace PacsAiWorker.Records.Queries;

/// <summary>Everything that is known of one study, for people to look at.</summary>
/// <param name="Name">Of the patient, as it came; null where the images are silent or it was erased.</param>
public sealed record StudyView(
    WorklistEntry Entry, string? Name, string? BirthDate, string? Sex, string? StudyDate,
    IReadOnlyList<StudyImage> Images, IReadOnlyList<StudyVerdict> Verdicts, IReadOnlyList<FeedbackRow> Feedback, IReadOnlyList<StudyOpenedRow> Opened, IReadOnlyList<StudyEvent> Timeline);

/// <summary>One image and what became of it.</summary>
/// <param name="SetAside">Why it is not in use; null while it is.</param>
public sealed record StudyImage(
    Guid Key, string SopInstanceUid, string SeriesInstanceUid, int? Number, string? Modality, string? Device, DateTime ReceivedAt, bool IsCurrent, string? SetAside, int? Frames,
    string? Outcome, string? Reason, string? Detail, string Withheld, IReadOnlyList<StudyScore> Scores, IReadOnlyList<StudyHeatMap> HeatMaps);

/// <summary>What one package said of one frame.</summary>
/// <param name="Classes">Class and its probability, in the package's order.</param>
public sealed record StudyScore(
    Guid Key, string ModelId, string ModelVersion, string ModelIdentity, int Frame, string PredictedClass, double Probability, double Threshold, bool IsPositive,
    IReadOnlyList<KeyValuePair<string, double>> Classes, string CropSource, string Runtime, DateTime ScoredAt, bool HasPicture);

/// <summary>A heat map of a frame.</summary>
public sealed record StudyHeatMap(Guid Key, string ModelId, int Revision, int Frame, string ClassId, string Method);

/// <summary>What one package said of the study, and its report.</summary>
/// <param name="IsLatest">No later revision of this package's verdict stands.</param>
public sealed record StudyVerdict(ResultRow Result, IReadOnlyList<ModelClass> Classes, bool IsLatest, IReadOnlyList<StudyReport> Reports);

/// <summary>A report as one PACS takes it.</summary>
public sealed record StudyReport(Guid Key, string SopClassUid, string SopInstanceUid, DateTime CreatedAt, IReadOnlyList<WorklistDelivery> Deliveries);

/// <summary>One step of the record.</summary>
public sealed record StudyEvent(long Seq, DateTime At, string Actor, string Action, string Subject, string Detail);

/// <summary>Reads one study.</summary>
public static class StudyQuery
{
    /// <param name="studyUid">Study Instance UID.</param>
    /// <returns>Null when no such study was received.</returns>
    public static async Task<StudyView?> RunAsync(RecordsDatabase database, string studyUid, CancellationToken cancellation)
    {
        await using var context = database.Open();
        if (await context.Studies.AsNoTracking().SingleOrDefaultAsync(s => s.StudyInstanceUid == studyUid, cancellation) is not { } study)
        {
            return null;
        }

        var entry = (await WorklistQuery.EntriesAsync(context, [study], 0, cancellation))[0];
        var identity = await context.Identities.AsNoTracking().SingleOrDefaultAsync(i => i.StudyId == study.Id, cancellation);
        var reconciled = await context.Reconciled.AsNoTracking().SingleOrDefaultAsync(i => i.StudyId == study.Id, cancellation);
        return new StudyView(
            entry, reconciled?.PatientName ?? identity?.PatientName, reconciled?.BirthDate ?? identity?.BirthDate, reconciled?.Sex ?? identity?.Sex, identity?.StudyDate,
            await ImagesAsync(context, study.Id, cancellation), await VerdictsAsync(context, study.Id, cancellation),
            await context.Feedback.AsNoTracking().Where(f => f.StudyId == study.Id).OrderBy(f => f.At).ToListAsync(cancellation),
            await context.StudiesOpened.AsNoTracking().Where(o => o.StudyId == study.Id).OrderBy(o => o.At).ToListAsync(cancellation),
            await context.Audit.AsNoTracking().Where(a => a.StudyId == study.Id).OrderBy(a => a.Seq)
                .Select(a => new StudyEvent(a.Seq, a.At, a.Actor, a.Action, a.Subject, a.Detail)).ToListAsync(cancellation));
    }

    private static async Task<IReadOnlyList<StudyImage>> ImagesAsync(RecordsContext context, Guid study, CancellationToken cancellation)
    {
        var instances = await context.Instances.AsNoTracking().Where(i => i.StudyId == study).ToListAsync(cancellation);
        var scores = (await context.Scores.AsNoTracking().Where(s => s.StudyId == study).ToListAsync(cancellation)).ToLookup(s => s.InstanceId);
        var maps = (await context.HeatMaps.AsNoTracking().Where(h => h.Result!.StudyId == study)
            .Select(h => new { h.InstanceId, Map = new StudyHeatMap(h.Id, h.Result!.ModelId, h.Result.Revision, h.Frame, h.ClassId, h.Method) }).ToListAsync(cancellation)).ToLookup(h => h.InstanceId, h => h.Map);
        return
        [
            .. instances.OrderBy(i => i.SeriesInstanceUid, StringComparer.Ordinal).ThenBy(i => i.InstanceNumber ?? int.MaxValue).ThenBy(i => i.ReceivedAt).Select(i => new StudyImage(
                i.Id, i.SopInstanceUid, i.SeriesInstanceUid, i.InstanceNumber, i.Modality, string.Join(' ', new[] { i.Manufacturer, i.ManufacturerModel }.Where(t => !string.IsNullOrWhiteSpace(t))),
                i.ReceivedAt, i.IsCurrent, i.SetAside, i.Frames, i.Outcome, i.OutcomeReason, i.OutcomeDetail, i.Withheld,
                [.. scores[i.Id].OrderBy(s => s.ModelId, StringComparer.Ordinal).ThenBy(s => s.Frame).Select(Score)],
                [.. maps[i.Id].OrderByDescending(m => m.Revision).ThenBy(m => m.Frame)])),
        ];
    }

    private static StudyScore Score(ScoreRow s) => new(
        s.Id, s.ModelId, s.ModelVersion, s.ModelIdentity, s.Frame, s.PredictedClass, s.PositiveProbability, s.Threshold, s.IsPositive,
        [.. JsonSerializer.Deserialize<string[]>(s.ClassIds)!.Zip(JsonSerializer.Deserialize<double[]>(s.Probabilities)!, KeyValuePair.Create)],
        s.CropSource, s.Runtime, s.ScoredAt, s.InputPicture.Length > 0);

    private static async Task<IReadOnlyList<StudyVerdict>> VerdictsAsync(RecordsContext context, Guid study, CancellationToken cancellation)
    {
        var results = await context.Results.AsNoTracking().Where(r => r.StudyId == study).ToListAsync(cancellation);
        var identities = results.Select(r => r.ModelIdentity).ToHashSet();
        var models = await context.Models.AsNoTracking().Where(m => identities.Contains(m.Identity)).ToDictionaryAsync(m => m.Identity, cancellation);
        var reports = (await context.Reports.AsNoTracking().Where(r => r.Result!.StudyId == study)
            .Select(r => new { r.Id, r.ResultId, r.SopClassUid, r.SopInstanceUid, r.CreatedAt }).ToListAsync(cancellation)).ToLookup(r => r.ResultId);
        var deliveries = (await context.Deliveries.AsNoTracking().Where(d => d.Report!.Result!.StudyId == study).ToListAsync(cancellation)).ToLookup(d => d.ReportId);
        return
        [
            .. results.OrderBy(r => r.ModelId, StringComparer.Ordinal).ThenByDescending(r => r.Revision).Select(r => new StudyVerdict(
                r, ModelClass.Parse(models[r.ModelIdentity].Classes), results.All(o => o.ModelIdentity != r.ModelIdentity || o.Revision <= r.Revision),
                [.. reports[r.Id].OrderBy(p => p.CreatedAt).Select(p => new StudyReport(p.Id, p.SopClassUid, p.SopInstanceUid, p.CreatedAt,
                    [.. deliveries[p.Id].OrderBy(d => d.Destination, StringComparer.Ordinal).Select(d => WorklistDelivery.Of(d, p.SopInstanceUid))]))])),
        ];
    }

    /// <summary>Where the picture lies that a score was computed from; null when there is none.</summary>
    public static async Task<string?> PictureOfAsync(RecordsDatabase database, Guid score, CancellationToken cancellation)
    {
        await using var context = database.Open();
        return await context.Scores.Where(s => s.Id == score && s.InputPicture != "").Select(s => s.InputPicture).SingleOrDefaultAsync(cancellation);
    }

    /// <summary>The picture of a heat map, PNG.</summary>
    public static async Task<byte[]?> HeatMapAsync(RecordsDatabase database, Guid map, CancellationToken cancellation)
    {
        await using var context = database.Open();
        return await context.HeatMaps.Where(h => h.Id == map).Select(h => h.Picture).SingleOrDefaultAsync(cancellation);
    }

    /// <summary>A report of this study as it is sent: a Part 10 file; null when the study has no such report.</summary>
    public static async Task<byte[]?> ReportAsync(RecordsDatabase database, string studyInstanceUid, Guid report, CancellationToken cancellation)
    {
        await using var context = database.Open();
        return await context.Reports.Where(r => r.Id == report && r.Result!.Study!.StudyInstanceUid == studyInstanceUid).Select(r => r.Content).SingleOrDefaultAsync(cancellation);
    }
}
