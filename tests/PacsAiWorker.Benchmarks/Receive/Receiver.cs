namespace PacsAiWorker.Benchmarks.Receive;

/// <summary>A storage SCP that the benchmark can start.</summary>
/// <param name="Name">Row of the tables.</param>
/// <param name="Command">How it is started, once its place is known.</param>
internal sealed record Receiver(string Name, Func<Place, Command> Command)
{
    /// <summary>AE title to call.</summary>
    public string AeTitle { get; init; } = "ANY";

    /// <summary>Rounds of <see cref="RunningReceiver.WarmUpInstances"/> before anything is measured.</summary>
    public int WarmUpRounds { get; init; } = 1;

    /// <summary>Its store can be emptied under its feet, between cells.</summary>
    public bool CanBeEmptied { get; init; } = true;

    /// <summary>Takes the cells that are there for memory alone.</summary>
    public bool TakesManyClips { get; init; }

    /// <summary>Its database below its folder, with one row of the table <c>instance</c> for each; null for those that are not ours.</summary>
    public string? Database { get; init; }
}

/// <summary>Where a receiver runs.</summary>
/// <param name="Folder">New and empty; its working folder.</param>
/// <param name="Port">To listen on, at 127.0.0.1.</param>
/// <param name="Tool">Path of a program or library of the benchmark's own.</param>
internal sealed record Place(string Folder, int Port, Func<string, string> Tool);

/// <summary>A program with its arguments and what it gets beside the environment of the benchmark.</summary>
internal sealed record Command(string Program, params string[] Arguments)
{
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();
}
