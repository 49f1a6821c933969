namespace PacsAiWorker.Benchmarks.Receive;

/// <summary>What an asynchronous operations window is worth to one association.</summary>
internal sealed class WindowSlot : ISlot
{
    private static readonly int[] Windows = [1, 8, 16];
    private static readonly Cell Cell = new(InstanceSets.Grey, 1);

    public string Name => "window";

    /// <summary>Row of a window.</summary>
    public static string Row(int window) => $"window {window:00}";

    public Task RunAsync(Stand stand) => stand.WithAsync(Name, WorkerReceiver.New(Name, ("Dicom:MaxOutstandingRequests", Windows[^1])), async running =>
    {
        foreach (var window in stand.Repetition % 2 == 1 ? Windows : [.. Windows.Reverse()])
        {
            var instances = Cell.Instances(stand.Options.Instances);
            if (!await stand.MeasureAsync(running, Name, Row(window), Cell, () => stand.Sender.SendAsync(running, Cell, instances, window, stand.Cancellation)))
            {
                return;
            }
        }
    });
}
