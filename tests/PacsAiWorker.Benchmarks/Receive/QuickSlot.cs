using System.Diagnostics;

namespace PacsAiWorker.Benchmarks.Receive;

/// <summary>
/// DCMTK's dcmsend as shipped, with Nagle's algorithm on, into the worker that acknowledges segments at once and into one that does not.
/// The start of the program is part of the time.
/// </summary>
internal sealed class QuickSlot(bool quick) : ISlot
{
    public const string On = "dcmsend, quick acknowledgement on", Off = "dcmsend, quick acknowledgement off";

    private static readonly Cell[] Cells = [new(InstanceSets.Grey, 1), new(InstanceSets.Rgb, 1)];

    public string Name => "quick";

    private string Row => quick ? On : Off;

    public Task RunAsync(Stand stand) => stand.WithAsync(Row, WorkerReceiver.New(Name, ("Dicom:QuickAcknowledge", quick)), async running =>
    {
        foreach (var cell in Cells)
        {
            if (!await stand.MeasureAsync(running, Name, Row, cell, () => SendAsync(running, stand.Sender.Files(cell.Set), stand.Cancellation)))
            {
                return;
            }
        }
    });

    private static async Task<Sent> SendAsync(RunningReceiver to, IReadOnlyList<string> files, CancellationToken cancellation)
    {
        var watch = Stopwatch.StartNew();
        await Programs.RunAsync(Programs.Find("dcmsend", "dcmtk"), ["-aec", to.AeTitle, "127.0.0.1", $"{to.Port}", .. files], cancellation);
        return new Sent(files.Count, 0, files.Count / watch.Elapsed.TotalSeconds);
    }
}
