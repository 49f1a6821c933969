namespace PacsAiWorker.Pipeline.Delivery;

/// <summary>
/// Which reports of storage commitment that belong to nothing of ours are audited: one an hour for each calling AE title, and of so many
/// titles only, for a stranger chooses his. All are counted and logged.
/// </summary>
public sealed class StrangeReports
{
    private const int MostTitles = 64;

    private static readonly TimeSpan Silence = TimeSpan.FromHours(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, DateTime> _audited = new(StringComparer.Ordinal);

    /// <summary>True when this one shall be audited; the next of the same title is not until the hour is over.</summary>
    public bool IsForTheAudit(string peerAe, DateTime now)
    {
        lock (_gate)
        {
            foreach (var over in _audited.Where(a => now - a.Value >= Silence).Select(a => a.Key).ToList())
            {
                _audited.Remove(over);
            }

            return _audited.Count < MostTitles && _audited.TryAdd(peerAe, now);
        }
    }
}
