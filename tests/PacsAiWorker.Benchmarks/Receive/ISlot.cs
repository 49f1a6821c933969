namespace PacsAiWorker.Benchmarks.Receive;

/// <summary>What runs by itself once a repetition.</summary>
internal interface ISlot
{
    /// <summary>For <c>--only</c> and the line of progress.</summary>
    string Name { get; }

    Task RunAsync(Stand stand);
}
