using PacsAiWorker.Records.Rows;

namespace PacsAiWorker.Records.Standing;

/// <summary>
/// Pure: where a study stands once a person has spoken (safety rule 5). What a person raised stands; of what machines said, everything that
/// was not withdrawn and that no person has lowered; with neither it is routine work.
/// </summary>
public static class StandingPriority
{
    /// <param name="before">TPx that the study has: lowering never raises.</param>
    /// <param name="voices">All that ever raised it.</param>
    /// <param name="raises">What people raised and did not take back.</param>
    public static (string Priority, string Reason) Decide(string before, IEnumerable<StudyVoice> voices, IReadOnlyDictionary<LoweredFinding, DateTime> lowered, IEnumerable<PriorityOverrideRow> raises) =>
        raises.Select(r => (r.Priority, Reason: Raised(r.Priority, r.Actor, r.Why)))
            .Concat(voices.Where(v => v.Counts(lowered)).Select(v => (v.Priority, v.Reason)))
            .Where(c => Priorities.Rank(c.Priority) >= Priorities.Rank(before))
            .Append((Priority: Priorities.Routine, Reason: ""))
            .OrderBy(c => Priorities.Rank(c.Priority)).First();

    /// <summary>The sentence of a raise.</summary>
    public static string Raised(string priority, string actor, string why) => $"Raised to {Priorities.Meaning(priority)} ({priority}) by {actor}: {why}";

    /// <summary>The sentence of a lowering.</summary>
    /// <param name="what">What of it no longer counts, for example <c>renal-us (abnormal)</c>.</param>
    /// <param name="rest">What still holds it up; empty: nothing.</param>
    public static string Lowered(string from, string to, string what, string actor, string why, string rest) => from == to
        ? $"{rest}; {what} lowered by {actor}: {why}"
        : $"Lowered from {Priorities.Meaning(from)} ({from}) by {actor}, {what}: {why}{(rest.Length > 0 ? $". Still: {rest}" : "")}";
}
