using System.Net;

namespace PacsAiWorker.Dicom.Upper;

/// <summary>Open associations in all, by address and by calling AE title.</summary>
internal sealed class AssociationCounts(ListenerOptions options)
{
    private readonly Lock gate = new();
    private readonly Dictionary<IPAddress, int> byAddress = [];
    private readonly Dictionary<string, int> byAe = [];
    private int total;

    /// <summary>Counts a connection; null, or the reject that it gets.</summary>
    public AssociationDecision.Reject? Enter(IPAddress address)
    {
        lock (gate)
        {
            if (total >= options.MaxAssociations)
            {
                return AssociationDecision.TemporaryCongestion($"more than {options.MaxAssociations} associations in all");
            }

            if (!Raise(byAddress, address, options.MaxAssociationsPerAddress))
            {
                return AssociationDecision.LocalLimitExceeded($"more than {options.MaxAssociationsPerAddress} associations from {address}");
            }

            total++;
            return null;
        }
    }

    /// <summary>
    /// Gives the place of a connection that one address could spare to another with clearly fewer; that connection does not
    /// <see cref="Leave"/> any more. False, and nothing changed, where the two are about even.
    /// </summary>
    public bool Move(IPAddress from, IPAddress to)
    {
        lock (gate)
        {
            if (byAddress.GetValueOrDefault(from) <= byAddress.GetValueOrDefault(to) + 1)
            {
                return false;
            }

            Lower(byAddress, from);
            byAddress[to] = byAddress.GetValueOrDefault(to) + 1;
            return true;
        }
    }

    public void Leave(IPAddress address)
    {
        lock (gate)
        {
            total--;
            Lower(byAddress, address);
        }
    }

    public AssociationDecision.Reject? EnterAe(string ae)
    {
        lock (gate)
        {
            return Raise(byAe, ae, options.MaxAssociationsPerAe)
                ? null
                : AssociationDecision.LocalLimitExceeded($"more than {options.MaxAssociationsPerAe} associations of {ae}");
        }
    }

    public void LeaveAe(string ae)
    {
        lock (gate)
        {
            Lower(byAe, ae);
        }
    }

    private static bool Raise<T>(Dictionary<T, int> counts, T key, int limit)
        where T : notnull
    {
        int count = counts.GetValueOrDefault(key);
        if (count >= limit)
        {
            return false;
        }

        counts[key] = count + 1;
        return true;
    }

    private static void Lower<T>(Dictionary<T, int> counts, T key)
        where T : notnull
    {
        if (--counts[key] == 0)
        {
            counts.Remove(key);
        }
    }
}
