using PacsAiWorker.EndToEnd.Kill;

namespace PacsAiWorker.Chaos;

/// <summary>The rounds of one stage on one road; of random kills a round is one kill.</summary>
internal sealed record KillStageProgress(int Rounds, KillTally Tally);
