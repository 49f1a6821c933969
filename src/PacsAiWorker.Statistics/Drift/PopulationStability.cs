namespace PacsAiWorker.Statistics.Drift;

/// <summary>How far a distribution has moved from a reference (population stability index; Siddiqi, Credit Risk Scorecards, 2006).</summary>
public static class PopulationStability
{
    /// <summary>Below it nothing has moved that matters; above <see cref="Alarm"/> something has. Usage of the field, not a test.</summary>
    public const double Watch = 0.1;

    /// <inheritdoc cref="Watch"/>
    public const double Alarm = 0.25;

    /// <summary>Classes of the comparison, each with an equal share of the reference where its values allow.</summary>
    private const int Classes = 10;

    /// <summary>
    /// Sum over classes of (now − then) · ln(now / then), shares between 0 and 1. An empty class counts half a case on either side, so that one
    /// new value is no infinity.
    /// </summary>
    /// <param name="reference">Values of then, in any order.</param>
    /// <param name="values">Values of now, in any order.</param>
    /// <returns>Null where one side has fewer values than there are classes: of so few it would say nothing.</returns>
    public static double? Index(IReadOnlyCollection<double> reference, IReadOnlyCollection<double> values)
    {
        if (reference.Count < Classes || values.Count < Classes)
        {
            return null;
        }

        double[] sorted = [.. reference.Order()];
        // Equal values fall into one class: edges that coincide are one edge.
        double[] edges = [.. Enumerable.Range(1, Classes - 1).Select(i => sorted[i * sorted.Length / Classes]).Distinct()];
        var (then, now) = (Shares(reference, edges), Shares(values, edges));
        return then.Zip(now, (t, n) => (n - t) * Math.Log(n / t)).Sum();
    }

    private static double[] Shares(IReadOnlyCollection<double> values, double[] edges)
    {
        var counts = new double[edges.Length + 1];
        foreach (var value in values)
        {
            var place = Array.BinarySearch(edges, value);
            counts[place >= 0 ? place + 1 : ~place]++;
        }

        return [.. counts.Select(c => (c == 0 ? 0.5 : c) / values.Count)];
    }
}
