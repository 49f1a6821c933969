namespace PacsAiWorker.Benchmarks.Receive;

/// <summary>One receiver through all cells.</summary>
internal sealed class ReceiverSlot(Receiver receiver) : ISlot
{
    public const string Section = "receivers";

    public string Name => receiver.Name;

    public Task RunAsync(Stand stand) => stand.WithAsync(Name, receiver, async running =>
    {
        foreach (var cell in stand.Options.Cells.Where(c => receiver.TakesManyClips || !c.IsForMemory))
        {
            var instances = cell.Instances(stand.Options.Instances);
            if (!await stand.MeasureAsync(running, Section, Name, cell, () => stand.Sender.SendAsync(running, cell, instances, stand.Options.Window, stand.Cancellation)))
            {
                return;
            }
        }
    });
}
