namespace PacsAiWorker.Inference.Runtime.Batching;

/// <summary>
/// Runs the batches of all networks of one device, one after the other, on a thread of its own. A batch is formed when the device is free,
/// never before: an urgent image waits for one batch at most. It sleeps while there is nothing to run. The networks that were taken in are
/// closed with it.
/// </summary>
public sealed class DeviceExecutor(BatchOptions options, TimeProvider clock) : IDisposable
{
    private const int MostQueues = 64;

    private readonly Lock _gate = new();
    private readonly AutoResetEvent _work = new(false);
    private volatile ModelQueue[] _queues = [];
    private Thread? _thread;
    private volatile bool _stopping;
    private long _batches, _turn;

    internal BatchOptions Options => options;

    internal TimeProvider Clock => clock;

    /// <summary>What the network whose turn it was last had had before it: where one that comes back from having nothing stands.</summary>
    internal TimeSpan Turn
    {
        get => TimeSpan.FromTicks(Interlocked.Read(ref _turn));
        private set => Interlocked.Exchange(ref _turn, value.Ticks);
    }

    /// <summary>Takes a network in.</summary>
    /// <param name="open">Opens its session, now and again when the device was lost.</param>
    /// <exception cref="DeviceFaultException">It cannot be opened.</exception>
    public ModelQueue Attach(Func<IBatchDevice> open)
    {
        var queue = new ModelQueue(this, open);
        lock (_gate)
        {
            if (_queues.Length == MostQueues)
                throw new InvalidOperationException($"one device runs at most {MostQueues} networks");
            _queues = [.. _queues, queue];
        }
        return queue;
    }

    /// <summary>Begins to run what is submitted.</summary>
    public void Start()
    {
        _thread = new Thread(Loop) { IsBackground = true, Name = "device" };
        _thread.Start();
    }

    /// <summary>Ends after the batch that runs. What still waits ends as if the device were gone: whoever has it tries again later.</summary>
    public void Dispose()
    {
        if (_stopping)
            return;
        _stopping = true;
        _work.Set();
        _thread?.Join();
        foreach (var queue in _queues)
            queue.Close();
        _work.Dispose();
    }

    /// <summary>Forms and runs one batch; false when nothing waits.</summary>
    internal bool Step()
    {
        var queues = _queues;
        Span<QueueView> views = stackalloc QueueView[queues.Length];
        for (var i = 0; i < queues.Length; i++)
            views[i] = queues[i].View();
        var chosen = BatchPolicy.Choose(views, _batches + 1, options);
        if (chosen < 0)
            return false;
        _batches++;
        if (views[chosen].Served > Turn)
            Turn = views[chosen].Served;
        queues[chosen].RunBatch(BatchPolicy.TakesOldest(views[chosen], _batches, options));
        return true;
    }

    internal void Wake() => _work.Set();

    internal void Detach(ModelQueue queue)
    {
        lock (_gate)
            _queues = [.. _queues.Where(q => q != queue)];
    }

    private void Loop()
    {
        while (!_stopping)
            if (!Step() && !_stopping)
                _work.WaitOne();
    }
}
