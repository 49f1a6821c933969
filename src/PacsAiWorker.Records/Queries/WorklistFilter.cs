using Microsoft.EntityFrameworkCore;
using PacsAiWorker.Records.Rows;

namespace PacsAiWorker.Records.Queries;

/// <summary>Which part of the reading list is wanted; what is null does not filter. Pages, commands and the HTTP interface share it.</summary>
public sealed record WorklistFilter
{
    /// <summary>A patient id, accession number or Study Instance UID, or the beginning of a patient's name.</summary>
    public string? Text { get; init; }
    public string? Site { get; init; }
    public string? CallingAe { get; init; }

    /// <summary>TPx.</summary>
    public string? Priority { get; init; }

    /// <summary>Studies of which this package said something.</summary>
    public string? ModelId { get; init; }

    /// <summary><see cref="StudyStates"/>.</summary>
    public string? State { get; init; }

    /// <summary>Read, or not read yet: images that came since make it unread again.</summary>
    public bool? IsRead { get; init; }

    /// <summary>True: only what some package flagged.</summary>
    public bool? IsFlagged { get; init; }

    /// <summary>Received from this time on, and before that one; UTC.</summary>
    public DateTime? From { get; init; }
    public DateTime? To { get; init; }

    public int Skip { get; init; }
    public int Limit { get; init; } = 100;

    internal IQueryable<StudyRow> Apply(RecordsContext context)
    {
        var studies = context.Studies.AsNoTracking().Where(s =>
            (Site == null || s.Site == Site) && (CallingAe == null || s.CallingAe == CallingAe) && (Priority == null || s.Priority == Priority) && (State == null || s.State == State)
            && (From == null || s.FirstReceivedAt >= From) && (To == null || s.FirstReceivedAt < To));
        if (IsRead is { } read)
        {
            studies = read ? studies.Where(s => s.ReadAt >= s.LastReceivedAt) : studies.Where(s => s.ReadAt == null || s.ReadAt < s.LastReceivedAt);
        }

        if (IsFlagged is { } flagged)
        {
            studies = flagged ? studies.Where(s => s.FlaggedAt != null) : studies.Where(s => s.FlaggedAt == null);
        }

        if (ModelId is not null)
        {
            studies = studies.Where(s => context.Results.Any(r => r.StudyId == s.Id && r.ModelId == ModelId));
        }

        if (Text?.Trim() is { Length: > 0 } text)
        {
            var begins = text.ToUpperInvariant();
#pragma warning disable CA1862 // This becomes SQL, which knows no StringComparison.
            studies = studies.Where(s => s.StudyInstanceUid == text
                || context.Identities.Any(i => i.StudyId == s.Id && (i.PatientId == text || i.AccessionNumber == text || i.PatientName!.ToUpper().StartsWith(begins)))
                || context.Reconciled.Any(i => i.StudyId == s.Id && (i.PatientId == text || i.PatientName!.ToUpper().StartsWith(begins))));
        }

        return studies;
    }
}
