using System.Text.Json;
using Microsoft.Extensions.Logging;
using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Dicom.Files;
using PacsAiWorker.Dicom.Pixels;
using PacsAiWorker.Inference;
using PacsAiWorker.Inference.Imaging;
using PacsAiWorker.Inference.Imaging.Codecs;
using PacsAiWorker.Inference.Packages;
using PacsAiWorker.Inference.Routing;
using PacsAiWorker.Inference.Runtime;
using PacsAiWorker.Native.Processes;
using PacsAiWorker.Pipeline.Work;
using PacsAiWorker.Records;
using PacsAiWorker.Records.Audit;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Stores;
using PacsAiWorker.Records.Work;

namespace PacsAiWorker.Pipeline.Scoring;

/// <summary>Scores one instance. Its outcome is final, unless a person puts the work back.</summary>
public sealed class ScoreHandler(
    ModelShelf shelf, CodecPool codecs, ScoreStore store, AgeStore ages, SpoolFiles spool, KeptInputs inputs, WorkTable table, StudyTimes times, WorkOptions options, ChildCallers children, TimeProvider clock, ILogger<ScoreHandler> log) : IWorkHandler
{
    private static readonly TimeSpan ForModels = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ForDevice = TimeSpan.FromSeconds(30);

    public string Kind => WorkKinds.Score;

    /// <summary>More than cores: while some are read and prepared, some wait for the device and some for the database.</summary>
    public int Slots => options.ScoreSlots > 0 ? options.ScoreSlots : Math.Max(4, 2 * Environment.ProcessorCount);

    public async Task<WorkVerdict> HandleAsync(WorkRow work, CancellationToken cancellation)
    {
        if (shelf.Packages is not { } packages)
        {
            return new WorkVerdict.Postpone(ForModels, "awaiting", "packages are being loaded");
        }

        if (packages.Awaited is { } away)
        {
            return new WorkVerdict.Postpone(ForDevice, away.Reason.Text(), away.Why);
        }

        var instance = await store.FindAsync(work.Subject, cancellation);
        if (instance?.PurgedAt is { } purged)
        {
            return new WorkVerdict.Park("purged", $"its bytes left the spool on {purged:yyyy-MM-dd} by retention or erasure: send the image again and run `work retry`, or `work discard`");
        }

        if (instance is null || spool.Find(instance.File) is not { } file)
        {
            return new WorkVerdict.Park("lost", "the spool no longer holds this instance: restore the spool folder from its disk, or send the image again, and run `work retry`");
        }

        try
        {
            var started = clock.GetUtcNow().UtcDateTime;
            var scorer = new InstanceScorer(packages, codecs, clock, (image, crop) => Keep(instance.StudyId, image, crop));
            var known = await ages.ReadAsync(instance.StudyId, cancellation);
            var age = new AgeHint(children.Has(instance.CallingAe), known.BirthDate, known.WorklistBirthDate, known.WorklistAge);
            var (pixels, side, patient) = Look(file);
            if (pixels is not null && instance is { IsCurrent: true, Outcome: null } && await OriginalAsync(instance, pixels, patient, c => scorer.InspectAsync(file, age, c), cancellation) is { } original)
            {
                return Linked(instance, original, pixels, started);
            }

            var verdict = await scorer.ScoreAsync(file, work.Tier, age, cancellation);
            PipelineMeters.Outcomes.Add(1, PipelineMeters.Tag("reason", verdict.IsScored ? Outcomes.Scored : verdict.Reason!.Value.Text()));
            PipelineLog.InstanceScored(log, instance.Id, verdict.IsScored ? Outcomes.Scored : $"{Outcomes.NotScored}: {verdict.Reason!.Value.Text()}");
            return new WorkVerdict.Done((transaction, token) => WriteAsync(transaction, instance, verdict, (pixels, side), MayFlag(packages, verdict), work.Tier, started, token), KillPoints.ScoreCommitted, verdict.Facts.StudyInstanceUid);
        }
        catch (ModelReplacedException error)
        {
            return new WorkVerdict.Postpone(TimeSpan.Zero, "awaiting", error.Message);
        }
        catch (ImageRefusedException error)
        {
            return new WorkVerdict.Park("network refused", error.Message);
        }
        catch (DeviceUnavailableException error)
        {
            return new WorkVerdict.Retry(NotScoredReason.DeviceUnavailable.Text(), error.Message);
        }
        catch (DecodingUnavailableException error)
        {
            return new WorkVerdict.Retry(NotScoredReason.Codec.Text(), error.Message);
        }
    }

    /// <summary>The image's pixels, the side that it shows, and who its patient is; nothing of a file that cannot be read, which is an outcome that scoring finds.</summary>
    private static (string? Pixels, string? Side, HeaderPatient Patient) Look(FileRange range)
    {
        try
        {
            using var file = Part10File.Open(range);
            var set = file.DataSet;
            return (PixelDigest.Of(file), HeaderFacts.Laterality(set), new HeaderPatient(set.GetString(Tags.PatientID), set.GetString(Tags.IssuerOfPatientID), set.GetString(Tags.PatientBirthDate), set.GetString(Tags.PatientSex)));
        }
        catch (Exception error) when (error is DicomFormatException or EndOfStreamException or FileNotFoundException or DirectoryNotFoundException)
        {
            return (null, null, new HeaderPatient(null, null, null, null));
        }
    }

    /// <summary>The image whose pixels it has under another UID, where it adds nothing to that; null where it has to be scored.</summary>
    private async Task<PixelTwin?> OriginalAsync(InstanceRow instance, string pixels, HeaderPatient patient, Func<CancellationToken, Task<InstanceInspection>> inspect, CancellationToken cancellation)
    {
        List<PixelTwin> twins = [.. (await store.TwinsAsync(instance, pixels, cancellation)).Where(t => CopyDecider.IsSamePatient(instance, patient, t))];
        if (twins.Count == 0)
        {
            return null;
        }

        var takenBy = (await inspect(cancellation)).Applies;
        return twins.Find(t => CopyDecider.AddsNothing(takenBy, t));
    }

    private WorkVerdict.Done Linked(InstanceRow copy, PixelTwin original, string pixels, DateTime at)
    {
        PipelineMeters.Outcomes.Add(1, PipelineMeters.Tag("reason", Outcomes.Copy));
        PipelineLog.InstanceScored(log, copy.Id, Outcomes.Copy);
        return new WorkVerdict.Done(async (transaction, token) => await store.LinkAsync(transaction, copy.Id, original, pixels, at, (times.Quiet, times.Cap), token) is { } study
            ? [new AuditEvent(Outcomes.Copy, $"instance:{copy.Id}", study, new { of = original.Image.Id, ofStudy = original.Image.StudyId, elsewhere = original.Image.StudyId != study })]
            : throw new WorkSupersededException("the original is out of use"), LockOrder: original.StudyInstanceUid);
    }

    /// <summary>A disk that does not take the picture is said and seen in the row; the flag does not wait for it.</summary>
    private string Keep(Guid study, RasterImage image, Crop crop)
    {
        try
        {
            return inputs.Keep(study, image, crop);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            PipelineLog.InputNotKept(log, error.GetType().Name, error.Message);
            return "";
        }
    }

    private async Task<IReadOnlyList<AuditEvent>> WriteAsync(
        RecordsTransaction transaction, InstanceRow instance, InstanceVerdict verdict, (string? Pixels, string? Side) look, IReadOnlyList<string> mayFlag, short tier, DateTime at, CancellationToken cancellation)
    {
        var outcome = new InstanceOutcome(verdict.IsScored ? Outcomes.Scored : Outcomes.NotScored, verdict.Reason?.Text(), verdict.Detail,
            verdict.Facts.Rows, verdict.Facts.Columns, verdict.Facts.Frames, at)
        { Withheld = string.Join('\n', verdict.Suspended), MeantFor = string.Join('\n', verdict.MeantFor), PixelDigest = look.Pixels, Laterality = look.Side };
        // Made anew each time: a transaction that failed has claimed those of its try.
        List<ScoreRow> rows = [.. verdict.Scores.Select(s => Row(instance, s, at))];
        var study = await store.WriteAsync(transaction, instance.Id, outcome, rows, (times.Quiet, times.Cap), cancellation);
        KillPoint.At(KillPoints.Scored);
        if (study is null)
        {
            return [];
        }

        foreach (var identity in mayFlag)
        {
            await table.EnqueueAsync(transaction, new NewWork(WorkKinds.Flag, $"{study}/{identity}", study.Value, tier), cancellation);
        }

        object detail = verdict.IsScored
            ? new { scores = verdict.Scores.Select(s => new { model = s.ModelId, s.ModelVersion, identity = s.ModelIdentity, precision = Precision.In(s.Runtime), probability = s.PositiveProbability, s.IsPositive }) }
            : new { reason = outcome.Reason, detail = outcome.Detail };
        return [new AuditEvent(outcome.Outcome, $"instance:{instance.Id}", study, detail)];
    }

    /// <summary>Identities of the packages that flag it and whose figure for the study cannot fall when more images come.</summary>
    private static List<string> MayFlag(ModelSet packages, InstanceVerdict verdict) =>
    [
        .. packages.Models.Where(m => m.Card is { IsRouter: false, ImageToStudy: Aggregation.Max } && verdict.Scores.Any(s => s.IsPositive && s.ModelIdentity == m.Identity)).Select(m => m.Identity),
    ];

    private static ScoreRow Row(InstanceRow instance, FrameScore score, DateTime at) => new()
    {
        Id = Guid.CreateVersion7(),
        InstanceId = instance.Id,
        StudyId = instance.StudyId,
        ModelId = score.ModelId,
        ModelVersion = score.ModelVersion,
        ModelSha256 = score.ModelSha256,
        ModelIdentity = score.ModelIdentity,
        Frame = score.FrameNumber,
        ClassIds = JsonSerializer.Serialize(score.ClassIds),
        Logits = JsonSerializer.Serialize(score.Logits),
        Probabilities = JsonSerializer.Serialize(score.Probabilities),
        PredictedClass = score.ClassIds[score.PredictedClass],
        PositiveProbability = score.PositiveProbability,
        Threshold = score.Threshold,
        IsPositive = score.IsPositive,
        CropX0 = score.Crop.X0,
        CropY0 = score.Crop.Y0,
        CropX1 = score.Crop.X1,
        CropY1 = score.Crop.Y1,
        CropSource = Name(score.Crop.Source.ToString()),
        Preprocessing = score.Preprocessing,
        Runtime = score.Runtime,
        InputSha256 = score.InputSha256,
        ScoredAt = at,
        InputPicture = score.Picture ?? "",
        BatchBucket = score.Batch.Bucket,
        BatchRows = score.Batch.Rows,
        ReadMs = score.Times.Read.TotalMilliseconds,
        FillMs = score.Times.Fill.TotalMilliseconds,
        WaitMs = score.Batch.Waited.TotalMilliseconds,
        RunMs = score.Batch.Ran.TotalMilliseconds,
    };

    private static string Name(string source) => char.ToLowerInvariant(source[0]) + source[1..];
}
