using PacsAiWorker.Native.Files;

namespace PacsAiWorker.Spool;

/// <summary>
/// Files of zeros, written ahead of need. Writing over blocks that a file has already needs no entry in the file system's own journal,
/// which makes a sync about half as dear; without a spare a segment simply grows.
/// </summary>
internal sealed class SpareSegments : IDisposable
{
    private const string Ready = ".spare";
    private const string Making = ".making";

    /// <summary>Since the last segment was begun.</summary>
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(1);

    private readonly string _folder;
    private readonly SpoolSizes _sizes;
    private readonly Stack<string> _ready = [];
    private readonly Lock _gate = new();
    private readonly AutoResetEvent _changed = new(false);
    private readonly Thread? _maker;
    private volatile bool _stopping;

    public SpareSegments(string folder, SpoolSizes sizes)
    {
        (_folder, _sizes) = (folder, sizes);
        foreach (var half in Directory.EnumerateFiles(folder, "*" + Making).ToList())
        {
            File.Delete(half);
        }

        foreach (var spare in Directory.EnumerateFiles(folder, "*" + Ready).ToList())
        {
            // Sizes may have changed since.
            if (new FileInfo(spare).Length == sizes.SegmentBytes && _ready.Count < sizes.Spares)
            {
                _ready.Push(spare);
            }
            else
            {
                File.Delete(spare);
            }
        }

        if (sizes.Spares > 0)
        {
            _maker = new Thread(Make) { IsBackground = true, Name = "spool spares", Priority = ThreadPriority.BelowNormal };
            _maker.Start();
        }
    }

    /// <summary>A prepared file, or null when there is none.</summary>
    public string? Take()
    {
        lock (_gate)
        {
            _changed.Set();
            return _ready.TryPop(out var spare) ? spare : null;
        }
    }

    public void Dispose()
    {
        _stopping = true;
        _changed.Set();
        _maker?.Join();
        _changed.Dispose();
    }

    // Nothing is made before the first segment was wanted, and nothing in the middle of a burst.
    private void Make()
    {
        var zeros = new byte[1 << 20];
        while (!_stopping)
        {
            _changed.WaitOne();
            while (!_stopping && Missing() && HasRoom())
            {
                // Each segment that is begun meanwhile starts the wait anew.
                if (_changed.WaitOne(Quiet))
                {
                    continue;
                }

                try
                {
                    MakeOne(zeros);
                }
                catch (IOException)
                {
                    // An optimisation: whoever needs the disk for bytes that count finds out and says so.
                    break;
                }
            }
        }
    }

    private void MakeOne(byte[] zeros)
    {
        var name = Path.Combine(_folder, Guid.NewGuid().ToString("N"));
        using (var file = File.OpenHandle(name + Making, FileMode.CreateNew, FileAccess.Write, FileShare.None))
        {
            for (long at = 0; at < _sizes.SegmentBytes && !_stopping; at += zeros.Length)
            {
                RandomAccess.Write(file, zeros.AsSpan(0, (int)Math.Min(zeros.Length, _sizes.SegmentBytes - at)), at);
            }

            if (_stopping)
            {
                return;
            }

            Durable.SyncFile(file);
        }

        Durable.Rename(name + Making, name + Ready);
        lock (_gate)
        {
            _ready.Push(name + Ready);
        }
    }

    private bool Missing()
    {
        lock (_gate)
        {
            return _ready.Count < _sizes.Spares;
        }
    }

    /// <summary>Spares never take the last room: ten times their size stays free.</summary>
    private bool HasRoom() => new DriveInfo(_folder).AvailableFreeSpace > 10 * _sizes.SegmentBytes;
}
