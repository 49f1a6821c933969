using PacsAiWorker.Records.Rows;

namespace PacsAiWorker.Pipeline.Studies;

/// <summary>Machines only raise (safety rule 5): the study keeps the highest priority it ever had, and says why.</summary>
public static class Raising
{
    /// <param name="isPositive">Whether something was flagged: a first verdict without a flag is a priority too.</param>
    /// <param name="reason">One sentence for people.</param>
    /// <returns>Whether the priority changed.</returns>
    public static bool Apply(StudyRow study, string priority, bool isPositive, string reason, DateTime now)
    {
        var (before, rise) = (study.Priority, Priorities.Rank(study.Priority) - Priorities.Rank(priority));
        if (before == Priorities.NotEvaluated || rise > 0)
        {
            (study.Priority, study.PriorityReason) = (priority, reason);
            study.FlaggedAt = isPositive ? now : null;
        }
        else if (rise == 0 && isPositive)
        {
            // What was said early, or of fewer images, is said again with what is known now; the flag stands since the first time.
            study.PriorityReason = reason;
        }

        return study.Priority != before;
    }
}
