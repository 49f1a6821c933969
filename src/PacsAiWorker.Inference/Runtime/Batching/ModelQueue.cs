using System.Runtime.CompilerServices;
using PacsAiWorker.Inference.Routing;
using PacsAiWorker.Native.OnnxRuntime;

namespace PacsAiWorker.Inference.Runtime.Batching;

/// <summary>
/// One network's places, what waits in them, and its device. Places lie side by side, so that items which were leased one after the other
/// run where they lie; others are gathered first.
/// </summary>
public sealed class ModelQueue : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly DeviceExecutor _executor;
    private readonly Func<IBatchDevice> _open;
    private readonly Queue<BatchItem>[] _ready;
    private readonly BatchItem[] _places;
    private readonly bool[] _taken;
    private readonly BatchItem[] _batch;
    private readonly float[] _outputs;
    private readonly SemaphoreSlim _free, _reserved;
    private readonly RunTimes _times;
    private readonly TensorMemory _memory, _gathered;
    private readonly int _outputLength;
    private IBatchDevice _device;
    private int _next, _most, _closed;
    private long _smallSince;
    private volatile bool _retired;
    private volatile string? _trouble;

    internal ModelQueue(DeviceExecutor executor, Func<IBatchDevice> open)
    {
        (_executor, _open, _device) = (executor, open, open());
        _outputLength = _device.OutputLength;
        var largest = _device.Buckets[^1];
        var places = (largest * executor.Options.Ahead) + executor.Options.Reserved;
        (_memory, _gathered) = (new(places, _device.InputLength), new(largest, _device.InputLength));
        _places = [.. Enumerable.Range(0, places).Select(i => new BatchItem(this, i, _outputLength))];
        _taken = new bool[places];
        _ready = [.. Enumerable.Range(0, Tiers.Count).Select(_ => new Queue<BatchItem>(places))];
        _batch = new BatchItem[largest];
        _outputs = new float[largest * _outputLength];
        (_free, _reserved) = (new(places - executor.Options.Reserved), new(executor.Options.Reserved));
        _times = new RunTimes(_device.Buckets);
        _most = largest;
    }

    /// <summary>Why nothing runs; null while the device works.</summary>
    public string? Trouble => _trouble;

    /// <summary>Sessions that were lost and opened again.</summary>
    public int Reopened { get; private set; }

    /// <summary>Device time that this network had, see <see cref="DeviceExecutor.Turn"/>.</summary>
    private TimeSpan Served { get; set; }

    private int Waiting => _ready[0].Count + _ready[1].Count + _ready[2].Count + _ready[3].Count;

    /// <summary>A place for one image if there is one at once. Whoever holds a place asks like this, and never waits: else two could wait for each other.</summary>
    /// <exception cref="ModelReplacedException">The network was taken out of use.</exception>
    public BatchItem? TryLease(int tier)
    {
        ThrowIfRetired();
        var isFree = _free.Wait(0, CancellationToken.None);
        return isFree || (tier <= Tiers.Urgent && _reserved.Wait(0, CancellationToken.None)) ? Take(tier, !isFree) : null;
    }

    /// <summary>A place for one image, when there is one.</summary>
    /// <param name="tier">0 STAT, 1 urgent, 2 routine, 3 backfill.</param>
    /// <exception cref="ModelReplacedException">The network was taken out of use: ask for the one that took its place.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<BatchItem> LeaseAsync(int tier, CancellationToken cancellation)
    {
        if (TryLease(tier) is { } item)
            return item;
        var places = tier <= Tiers.Urgent ? _reserved : _free;
        await places.WaitAsync(cancellation).ConfigureAwait(false);
        if (_retired)
        {
            places.Release();
            ThrowIfRetired();
        }
        return Take(tier, isReserved: tier <= Tiers.Urgent);
    }

    /// <summary>Takes nothing new, waits until every place came back, then closes the device: what was begun is finished.</summary>
    public async ValueTask DisposeAsync()
    {
        _retired = true;
        for (var i = 0; i < _places.Length; i++)
            await (i < _executor.Options.Reserved ? _reserved : _free).WaitAsync().ConfigureAwait(false);
        _executor.Detach(this);
        Close();
        // Who came to wait for a place at the last moment learns that there will be none.
        _free.Release(_places.Length - _executor.Options.Reserved);
        _reserved.Release(_executor.Options.Reserved);
    }

    /// <summary>Ends what waits and frees what it holds. With nothing running.</summary>
    internal void Close()
    {
        if (Interlocked.Exchange(ref _closed, 1) != 0)
            return;
        _retired = true;
        GiveUp("the worker is ending");
        _device.Dispose();
        _gathered.Dispose();
        // Whoever still fills a place at a hard stop must not find its memory gone.
        if (!_taken.Contains(true))
            _memory.Dispose();
    }

    internal Span<float> InputOf(int place) => _memory.Rows(place, 1);

    internal void Submit(BatchItem item)
    {
        item.SubmittedAt = _executor.Clock.GetTimestamp();
        string? trouble;
        lock (_gate)
        {
            trouble = _trouble;
            if (trouble is null)
            {
                // Who had nothing to do has no claim to the time it did not use.
                if (Waiting == 0 && _executor.Turn > Served)
                    Served = _executor.Turn;
                _ready[item.Tier].Enqueue(item);
            }
        }
        if (trouble is null)
            _executor.Wake();
        else
            item.End(BatchOutcome.DeviceLost, trouble, default);
    }

    internal void Return(BatchItem item)
    {
        lock (_gate)
            _taken[item.Place] = false;
        (item.IsReserved ? _reserved : _free).Release();
    }

    internal QueueView View()
    {
        lock (_gate)
        {
            var best = 0;
            while (best < Tiers.Count - 1 && _ready[best].Count == 0)
                best++;
            return new QueueView(best, Waiting, Oldest() is { } oldest ? _executor.Clock.GetElapsedTime(oldest.SubmittedAt) : default, Served);
        }
    }

    /// <summary>Forms a batch of what waits now and runs it. On the executor's thread.</summary>
    internal void RunBatch(bool oldestFirst)
    {
        if (_most < _device.Buckets[^1] && _executor.Clock.GetElapsedTime(_smallSince) >= _executor.Options.SmallAgain)
            _most = _device.Buckets[^1];
        var rows = 0;
        lock (_gate)
        {
            var most = Math.Min(_times.Largest(_executor.Options.MostTime), _most);
            while (rows < most && (oldestFirst ? Oldest() : First()) is { } item)
                _batch[rows++] = _ready[item.Tier].Dequeue();
        }
        Run(_batch.AsSpan(0, rows));
    }

    private void Run(ReadOnlySpan<BatchItem> items)
    {
        if (_trouble is { } trouble)
        {
            EndAll(items, trouble);
            return;
        }
        var bucket = BatchPolicy.Bucket(_device.Buckets, items.Length);
        var begun = _executor.Clock.GetTimestamp();
        foreach (var item in items)
            item.Began(bucket, items.Length, _executor.Clock.GetElapsedTime(item.SubmittedAt, begun));
        try
        {
            _device.Run(Inputs(items, bucket), bucket, _outputs.AsSpan(0, bucket * _outputLength));
        }
        catch (Exception error)
        {
            // Whatever it was, the other networks' images must not wait for ever.
            Failed(items, bucket, error as DeviceFaultException ?? new DeviceFaultException(DeviceFault.Refused, $"{error.GetType().Name}: {error.Message}", error));
            return;
        }
        var ran = _executor.Clock.GetElapsedTime(begun);
        _times.Add(bucket, ran);
        lock (_gate)
            Served += ran;
        for (var i = 0; i < items.Length; i++)
        {
            var output = _outputs.AsSpan(i * _outputLength, _outputLength);
            output.CopyTo(items[i].OutputValues);
            if (IsFinite(output))
                items[i].End(BatchOutcome.Scored, "", ran);
            else
                items[i].End(BatchOutcome.NotFinite, "the network gave a value that is not a number", ran);
        }
    }

    /// <summary>One bad image must not take its neighbours down: each runs again by itself.</summary>
    private void Failed(ReadOnlySpan<BatchItem> items, int bucket, DeviceFaultException fault)
    {
        switch (fault.Fault)
        {
            case DeviceFault.Lost:
                // First: while its places are out, nobody else closes the device.
                Reopen(fault.Message);
                EndAll(items, fault.Message);
                break;
            case DeviceFault.OutOfMemory when bucket > _device.Buckets[0]:
                var smaller = _device.Buckets.Last(b => b < bucket);
                (_most, _smallSince) = (smaller, _executor.Clock.GetTimestamp());
                for (var i = 0; i < items.Length; i += smaller)
                    Run(items[i..Math.Min(i + smaller, items.Length)]);
                break;
            case DeviceFault.OutOfMemory:
                EndAll(items, fault.Message);
                break;
            case DeviceFault.Refused when items.Length > 1:
                for (var i = 0; i < items.Length; i++)
                    Run(items.Slice(i, 1));
                break;
            default:
                items[0].End(BatchOutcome.Refused, fault.Message, default);
                break;
        }
    }

    private void Reopen(string why)
    {
        for (var i = 0; i < _executor.Options.Reopenings; i++)
        {
            _device.Dispose();
            try
            {
                _device = _open();
                Reopened++;
                return;
            }
            catch (Exception error)
            {
                why = error.Message;
            }
        }
        GiveUp(why);
    }

    private void GiveUp(string why)
    {
        lock (_gate)
        {
            _trouble = why;
            for (BatchItem? item; (item = First()) is not null;)
                _ready[item.Tier].Dequeue().End(BatchOutcome.DeviceLost, why, default);
        }
    }

    private static void EndAll(ReadOnlySpan<BatchItem> items, string why)
    {
        foreach (var item in items)
            item.End(BatchOutcome.DeviceLost, why, default);
    }

    /// <summary>Items that lie side by side stay where they are, unless they have to be padded beyond the last place.</summary>
    private ReadOnlySpan<float> Inputs(ReadOnlySpan<BatchItem> items, int bucket)
    {
        var first = items[0].Place;
        var isInOrder = bucket == items.Length;
        for (var i = 1; i < items.Length && isInOrder; i++)
            isInOrder = items[i].Place == first + i;
        if (isInOrder)
            return _memory.Rows(first, bucket);
        for (var i = 0; i < items.Length; i++)
            items[i].Input.CopyTo(_gathered.Rows(i, 1));
        _gathered.Rows(items.Length, bucket - items.Length).Clear();
        return _gathered.Rows(0, bucket);
    }

    private static bool IsFinite(ReadOnlySpan<float> values)
    {
        foreach (var value in values)
            if (!float.IsFinite(value))
                return false;
        return true;
    }

    private void ThrowIfRetired()
    {
        if (_retired)
            throw new ModelReplacedException("the package was taken out of use while the image was on its way");
    }

    private BatchItem? First()
    {
        foreach (var tier in _ready)
            if (tier.TryPeek(out var item))
                return item;
        return null;
    }

    private BatchItem? Oldest()
    {
        BatchItem? oldest = null;
        foreach (var tier in _ready)
            if (tier.TryPeek(out var item) && (oldest is null || item.SubmittedAt < oldest.SubmittedAt))
                oldest = item;
        return oldest;
    }

    /// <summary>The next free place in order: what is leased together lies together.</summary>
    private BatchItem Take(int tier, bool isReserved)
    {
        lock (_gate)
        {
            while (_taken[_next])
                _next = (_next + 1) % _places.Length;
            _taken[_next] = true;
            var item = _places[_next];
            (item.Tier, item.IsReserved) = (tier, isReserved);
            _next = (_next + 1) % _places.Length;
            return item;
        }
    }

}
