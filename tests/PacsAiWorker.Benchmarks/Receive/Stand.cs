namespace PacsAiWorker.Benchmarks.Receive;

/// <summary>What every slot of a run works with, and where it puts what it has found.</summary>
internal sealed record Stand(Workspace Workspace, Sender Sender, ReceiveOptions Options, CancellationToken Cancellation)
{
    private readonly HashSet<(string Name, Cell? Cell)> _out = [];
    private readonly List<string> _reasons = [];
    private readonly List<Sample> _samples = [];

    public IReadOnlyList<Sample> Samples => _samples;

    /// <summary>What could not be measured, and why.</summary>
    public IReadOnlyList<string> LeftOut => _reasons;

    /// <summary>Repetition under way, from 1.</summary>
    public int Repetition { get; set; }

    /// <summary>Runs a receiver and measures with it; one that cannot be started is named and left out from then on.</summary>
    public async Task WithAsync(string name, Receiver receiver, Func<RunningReceiver, Task> measure)
    {
        if (_out.Contains((name, null)))
        {
            return;
        }

        try
        {
            await using var running = await RunningReceiver.StartAsync(receiver, this);
            await measure(running);
        }
        catch (InvalidOperationException error)
        {
            LeaveOut(name, null, error.Message);
        }
    }

    /// <summary>Measures one cell. False when that failed: the receiver is in no known state, and this cell is left out from then on.</summary>
    public async Task<bool> MeasureAsync(RunningReceiver receiver, string section, string name, Cell cell, Func<Task<Sent>> send)
    {
        if (_out.Contains((name, cell)))
        {
            return true;
        }

        try
        {
            _samples.Add(await receiver.MeasureAsync(new Sample(section, name, cell, Repetition, new Sent(0, 0, 0), 0, 0, null, 0), send, Cancellation));
            return true;
        }
        catch (InvalidOperationException error)
        {
            LeaveOut(name, cell, error.Message);
            return false;
        }
    }

    /// <summary>A figure that needs no receiver.</summary>
    public void Add(Sample sample) => _samples.Add(sample);

    private void LeaveOut(string name, Cell? cell, string reason)
    {
        _out.Add((name, cell));
        _reasons.Add($"{name}{(cell is null ? "" : $" at {cell}")}, repetition {Repetition}: {reason}");
    }
}
