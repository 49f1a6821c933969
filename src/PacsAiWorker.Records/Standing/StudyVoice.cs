namespace PacsAiWorker.Records.Standing;

/// <summary>What raises a study: a package's positive verdict, or its early flag.</summary>
/// <param name="Findings">At least one, see <see cref="Standing.Findings"/>.</param>
/// <param name="Priority">TP1 to TP4.</param>
/// <param name="Reason">One sentence for people.</param>
public sealed record StudyVoice(string ModelId, IReadOnlyList<SeenFinding> Findings, string Priority, string Reason)
{
    /// <summary>An image that it was said of was rejected or corrected: it holds nothing up, though a person may still name it.</summary>
    public bool IsWithdrawn { get; init; }

    /// <summary>Whether it still counts: a person who lowered one finding silenced no other, and no image that came after.</summary>
    public bool Counts(IReadOnlyDictionary<LoweredFinding, DateTime> lowered) => !IsWithdrawn && Findings.Any(f => !Lowerings.Hold(lowered, ModelId, f));
}
