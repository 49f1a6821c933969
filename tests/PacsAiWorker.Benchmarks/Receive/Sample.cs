namespace PacsAiWorker.Benchmarks.Receive;

/// <summary>One cell of one receiver in one repetition.</summary>
/// <param name="Section">Table that it belongs to.</param>
/// <param name="Name">Row of the table: the receiver, or what was varied.</param>
/// <param name="Repetition">From 1.</param>
/// <param name="Sent">What the sender saw.</param>
/// <param name="CpuSeconds">Processor time of the receiver's process tree.</param>
/// <param name="MemoryMB">Peak of RssAnon over the process tree, in 10^6 bytes.</param>
/// <param name="DrainSeconds">From the last response until every acknowledged instance had its row; null without a database of ours.</param>
/// <param name="Load">Load average of one minute, before.</param>
internal sealed record Sample(
    string Section, string Name, Cell Cell, int Repetition, Sent Sent, double CpuSeconds, double MemoryMB, double? DrainSeconds, double Load);

/// <summary>What a sender saw.</summary>
/// <param name="Stored">Responses with status 0000H.</param>
/// <param name="Failed">Responses with another status.</param>
/// <param name="PerSecond">Instances a second.</param>
/// <param name="P50Ms">Median from the first byte of an instance to its response; null where the sender does not say.</param>
/// <param name="P99Ms">The same for the slowest hundredth.</param>
/// <param name="Window">Operations window that the receiver granted.</param>
internal sealed record Sent(int Stored, int Failed, double PerSecond, double? P50Ms = null, double? P99Ms = null, int Window = 1);
