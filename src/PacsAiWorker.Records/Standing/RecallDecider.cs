using PacsAiWorker.Records.Rows;

namespace PacsAiWorker.Records.Standing;

/// <summary>Pure: when the worker itself may close a line of a recall.</summary>
public static class RecallDecider
{
    /// <summary>
    /// The new verdict stands where it says what the old one said, and where nobody has read the study: its reader will see the new one. Of a
    /// study that was read under another verdict a person has to think.
    /// </summary>
    /// <param name="kind"><see cref="RecallKinds"/>: what the recalled package said.</param>
    /// <param name="isRead">The study is read.</param>
    /// <param name="isFlagged">What the package in its place says.</param>
    public static bool Closes(string kind, bool isRead, bool isFlagged) => !isRead || isFlagged == (kind == RecallKinds.Flagged);

    /// <summary>What the package in its place says, for people.</summary>
    /// <param name="results">At least one, with a probability.</param>
    public static string Verdict(IReadOnlyList<ResultRow> results) =>
        string.Join("; ", results.OrderBy(r => r.ModelId, StringComparer.Ordinal).Select(r => $"{(r.IsPositive ? "flagged" : "not flagged")} by {r.ModelId} {r.ModelVersion}: {r.Sentence}"));
}
