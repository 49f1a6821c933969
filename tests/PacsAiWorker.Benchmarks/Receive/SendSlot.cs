using System.Diagnostics;

namespace PacsAiWorker.Benchmarks.Receive;

/// <summary>
/// <c>pacs-ai-worker send</c> into a peer as shipped, beside a sender that leaves acknowledging to the kernel: that one waits 40 ms for
/// the second half of every response.
/// </summary>
internal sealed class SendSlot(string peer, Receiver receiver) : ISlot
{
    private const int Plain = 20;
    private static readonly Cell Cell = new(InstanceSets.Grey, 1);

    public string Name => "send";

    private string Section => $"send into {peer} as shipped";

    public static string OurSend(string peer) => $"send into {peer}";

    public static string PlainSender(string peer) => $"a plain sender into {peer}";

    public Task RunAsync(Stand stand) => stand.WithAsync(Section, receiver with { WarmUpRounds = 0 }, async running =>
    {
        _ = await stand.MeasureAsync(running, Section, PlainSender(peer), Cell, () => stand.Sender.SendAsync(running, Cell, Plain, window: 1, stand.Cancellation))
            && await stand.MeasureAsync(running, Section, OurSend(peer), Cell, () => SendAsync(running, stand.Sender.Files(Cell.Set), stand.Cancellation));
    });

    /// <summary>From the first response to the last: the program says each as it comes, and its start is no part of the comparison.</summary>
    private static async Task<Sent> SendAsync(RunningReceiver to, IReadOnlyList<string> files, CancellationToken cancellation)
    {
        var said = new List<(TimeSpan At, bool Stored)>();
        var watch = Stopwatch.StartNew();
        await Programs.RunAsync(Programs.Worker, ["send", .. files, "--to", $"{to.AeTitle}@127.0.0.1:{to.Port}"], cancellation,
            line => said.Add((watch.Elapsed, line.EndsWith("0000H", StringComparison.Ordinal))));
        return new Sent(said.Count(s => s.Stored), said.Count(s => !s.Stored), (said.Count - 1) / (said[^1].At - said[0].At).TotalSeconds);
    }
}
