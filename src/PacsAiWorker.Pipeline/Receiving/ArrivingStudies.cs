namespace PacsAiWorker.Pipeline.Receiving;

/// <summary>
/// Studies of which more may be on its way: an open association sent to them last, or what it sent is perhaps not all in rows yet. They are
/// not decided meanwhile, up to the cap.
/// </summary>
public sealed class ArrivingStudies
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, int> _open = [];
    private readonly HashSet<string> _left = [];

    public bool Contains(string studyUid)
    {
        lock (_gate)
        {
            return _open.ContainsKey(studyUid) || _left.Contains(studyUid);
        }
    }

    public IReadOnlyList<string> All()
    {
        lock (_gate)
        {
            return [.. _open.Keys.Union(_left)];
        }
    }

    /// <summary>Those that no association sends to any more. Whoever reads the whole log after this call has seen all that was sent.</summary>
    public IReadOnlyList<string> Left()
    {
        lock (_gate)
        {
            return [.. _left];
        }
    }

    /// <summary>The log was read to its end since <see cref="Left"/>.</summary>
    /// <returns>Those of <paramref name="left"/> that nobody began to send to again.</returns>
    public IReadOnlyList<string> Forget(IReadOnlyList<string> left)
    {
        lock (_gate)
        {
            return [.. left.Where(uid => _left.Remove(uid) && !_open.ContainsKey(uid))];
        }
    }

    /// <summary>An association goes on from one study to another.</summary>
    /// <param name="from">Study Instance UID; null when it sent nothing yet.</param>
    /// <param name="to">Study Instance UID; null when it has ended.</param>
    public void Move(string? from, string? to)
    {
        if (from == to)
        {
            return;
        }

        lock (_gate)
        {
            if (to is not null)
            {
                _open[to] = _open.GetValueOrDefault(to) + 1;
            }

            if (from is not null && --_open[from] == 0)
            {
                _open.Remove(from);
                _left.Add(from);
            }
        }
    }
}
