using System.Threading.Tasks.Sources;

namespace PacsAiWorker.Inference.Runtime.Batching;

/// <summary>How an item left its batch.</summary>
public enum BatchOutcome
{
    /// <summary>Still waiting or running.</summary>
    None,

    /// <summary><see cref="BatchItem.Output"/> holds the network's values.</summary>
    Scored,

    /// <summary>The network gave a value that is not finite, for this item alone.</summary>
    NotFinite,

    /// <summary>The network does not run this item, even by itself.</summary>
    Refused,

    /// <summary>The device is gone; another try later may succeed.</summary>
    DeviceLost,
}

/// <summary>
/// A place in a network's batch memory and what happened to it. Places are made once and leased again and again: nothing is allocated
/// for an image. Disposing gives the place back.
/// </summary>
public sealed class BatchItem : IValueTaskSource, IDisposable
{
    private readonly ModelQueue _queue;
    private ManualResetValueTaskSourceCore<bool> _done = new() { RunContinuationsAsynchronously = true };

    internal BatchItem(ModelQueue queue, int place, int outputs)
    {
        (_queue, Place) = (queue, place);
        OutputValues = new float[outputs];
    }

    /// <summary>The network's input for one image, to be filled before <see cref="SubmitAsync"/>; not cleared between leases.</summary>
    public Span<float> Input => _queue.InputOf(Place);

    /// <summary>The network's raw values.</summary>
    public ReadOnlySpan<float> Output => OutputValues;

    /// <summary>What became of it.</summary>
    public BatchOutcome Outcome { get; private set; }

    /// <summary>Why it was not scored; empty when it was.</summary>
    public string Why { get; private set; } = "";

    /// <summary>Size of the batch it ran in, padding included.</summary>
    public int Bucket { get; private set; }

    /// <summary>Of these rows that were images.</summary>
    public int Rows { get; private set; }

    /// <summary>From submission to the start of its batch.</summary>
    public TimeSpan Waited { get; private set; }

    /// <summary>How long its batch ran.</summary>
    public TimeSpan Ran { get; private set; }

    internal int Place { get; }

    internal int Tier { get; set; }

    internal bool IsReserved { get; set; }

    internal long SubmittedAt { get; set; }

    internal float[] OutputValues { get; }

    /// <summary>Hands the filled item over; completes when it has an outcome.</summary>
    public ValueTask SubmitAsync()
    {
        _done.Reset();
        (Outcome, Why) = (BatchOutcome.None, "");
        var done = new ValueTask(this, _done.Version);
        _queue.Submit(this);
        return done;
    }

    /// <inheritdoc/>
    public void Dispose() => _queue.Return(this);

    internal void Began(int bucket, int rows, TimeSpan waited) => (Bucket, Rows, Waited) = (bucket, rows, waited);

    internal void End(BatchOutcome outcome, string why, TimeSpan ran)
    {
        (Outcome, Why, Ran) = (outcome, why, ran);
        _done.SetResult(true);
    }

    void IValueTaskSource.GetResult(short token) => _done.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _done.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _done.OnCompleted(continuation, state, token, flags);
}
