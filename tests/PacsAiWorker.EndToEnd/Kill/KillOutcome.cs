namespace PacsAiWorker.EndToEnd.Kill;

/// <summary>What one round came to.</summary>
/// <param name="Violations">One sentence each; empty when everything held.</param>
internal sealed record KillOutcome(KillTally Tally, IReadOnlyList<string> Violations);
