namespace PacsAiWorker.Chaos;

/// <summary>A round in which something did not hold.</summary>
/// <param name="Round">Counted from 1.</param>
/// <param name="Kept">The folder with its data, logs and rows.</param>
internal sealed record KillFailure(string Stage, int Round, int Pass, IReadOnlyList<string> Violations, string Kept);
