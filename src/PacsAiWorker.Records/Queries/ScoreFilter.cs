using PacsAiWorker.Records.Rows;

namespace PacsAiWorker.Records.Queries;

/// <summary>Which scores are wanted; what is null does not filter.</summary>
public sealed record ScoreFilter
{
    /// <summary>Scored from this time on, and before that one; UTC.</summary>
    public DateTime? From { get; init; }
    public DateTime? To { get; init; }
    public string? Site { get; init; }
    public string? CallingAe { get; init; }

    /// <summary>Manufacturer's model name of the scanner.</summary>
    public string? Device { get; init; }
    public string? ModelId { get; init; }
    public string? Version { get; init; }

    /// <summary>The class with the highest probability.</summary>
    public string? Label { get; init; }

    /// <summary>Band of the probability of what the package flags, both ends included.</summary>
    public double? Least { get; init; }
    public double? Most { get; init; }

    /// <summary>Above the threshold, or not.</summary>
    public bool? IsPositive { get; init; }

    /// <summary>TPx of the study.</summary>
    public string? Priority { get; init; }

    /// <summary><see cref="FeedbackVerdicts"/>, or <c>none</c>: what readers have said of the package's verdict on the study.</summary>
    public string? Answer { get; init; }

    /// <summary>Scores of images that are out of use too: rejected, copies, other versions.</summary>
    public bool AlsoOutOfUse { get; init; }

    /// <summary>Only scores older than this one: how a reader goes on where the last answer ended.</summary>
    public (DateTime At, Guid Key)? Before { get; init; }
    public int Limit { get; init; } = 100;

    internal IQueryable<ScoreRow> Apply(RecordsContext context)
    {
        var scores = context.Scores.Where(s =>
            (From == null || s.ScoredAt >= From) && (To == null || s.ScoredAt < To) && (ModelId == null || s.ModelId == ModelId) && (Version == null || s.ModelVersion == Version)
            && (Label == null || s.PredictedClass == Label) && (Least == null || s.PositiveProbability >= Least) && (Most == null || s.PositiveProbability <= Most)
            && (IsPositive == null || s.IsPositive == IsPositive) && (AlsoOutOfUse || s.Instance!.IsCurrent)
            && (Site == null || s.Instance!.Study!.Site == Site) && (CallingAe == null || s.Instance!.CallingAe == CallingAe) && (Device == null || s.Instance!.ManufacturerModel == Device)
            && (Priority == null || s.Instance!.Study!.Priority == Priority));
        if (Answer is { } answer)
        {
            scores = answer == "none"
                ? scores.Where(s => !context.Feedback.Any(f => f.StudyId == s.StudyId && f.Result!.ModelIdentity == s.ModelIdentity))
                : scores.Where(s => context.Feedback.Any(f => f.StudyId == s.StudyId && f.Result!.ModelIdentity == s.ModelIdentity && f.Verdict == answer));
        }

        if (Before is var (at, key))
        {
            scores = scores.Where(s => s.ScoredAt < at || (s.ScoredAt == at && s.Id.CompareTo(key) < 0));
        }

        return scores;
    }
}
