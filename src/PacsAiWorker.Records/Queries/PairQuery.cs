using Microsoft.EntityFrameworkCore;
using PacsAiWorker.Records.Rows;

namespace PacsAiWorker.Records.Queries;

/// <summary>A study on which both packages of a pair gave a score.</summary>
/// <param name="First">Score of the study by the first package.</param>
/// <param name="IsPositive">What the study turned out to be; null where no final diagnosis is known.</param>
public sealed record PairedVerdict(double First, double Second, bool FirstFlags, bool SecondFlags, bool? IsPositive);

/// <summary>Two packages that answer the same question, on the studies that both have seen.</summary>
/// <param name="First">Package and version; of a package that reports and one on trial, the one that reports.</param>
public sealed record PackagePair(string First, string FirstStage, string Second, string SecondStage, IReadOnlyList<PairedVerdict> Studies);

/// <summary>Packages beside each other: the one in use and the one on trial score the same studies.</summary>
public static class PairQuery
{
    /// <summary>Every pair of packages whose classes are the same; only the latest verdict on a study counts.</summary>
    public static async Task<IReadOnlyList<PackagePair>> RunAsync(RecordsDatabase database, QualityFilter filter, CancellationToken cancellation)
    {
        await using var context = database.Open();
        var verdicts = await QualityQuery.Latest(context, filter with { ModelId = null }).Where(r => r.Probability != null)
            .Select(r => new Verdict(r.StudyId, r.ModelIdentity, r.ModelId + " " + r.ModelVersion, r.Stage, r.Probability!.Value, r.IsPositive)).ToListAsync(cancellation);
        var packages = verdicts.GroupBy(v => v.Identity).ToDictionary(g => g.Key, g => g.ToDictionary(v => v.Study));
        var classes = await ModelClass.OfAsync(context, packages.Keys, cancellation);
        var truth = await TruthAsync(context, filter, cancellation);
        List<PackagePair> pairs = [];
        foreach (var (first, second) in PairsOf(packages, classes).Where(p => filter.ModelId is null || IsOf(p.First, filter.ModelId) || IsOf(p.Second, filter.ModelId)))
        {
            var (one, other) = (packages[first.Identity], packages[second.Identity]);
            List<PairedVerdict> both =
            [
                .. one.Values.Where(v => other.ContainsKey(v.Study)).Select(v => (First: v, Second: other[v.Study]))
                    .Select(v => new PairedVerdict(v.First.Score, v.Second.Score, v.First.Flags, v.Second.Flags, Of(truth, v.First) ?? Of(truth, v.Second))),
            ];
            if (both.Count > 0)
            {
                pairs.Add(new PackagePair(first.Name, first.Stage, second.Name, second.Stage, both));
            }
        }

        return pairs;
    }

    /// <summary>Of each package its last verdict, which names it; what reports stands first.</summary>
    private static IEnumerable<(Verdict First, Verdict Second)> PairsOf(Dictionary<string, Dictionary<Guid, Verdict>> packages, IReadOnlyDictionary<string, IReadOnlyList<ModelClass>> classes)
    {
        var ordered = packages.Values.Select(v => v.Values.First()).OrderBy(v => v.Stage == ModelStages.Observe).ThenBy(v => v.Name, StringComparer.Ordinal).ToList();
        return from i in Enumerable.Range(0, ordered.Count)
               from j in Enumerable.Range(i + 1, ordered.Count - i - 1)
               where Sides(classes[ordered[i].Identity]).SequenceEqual(Sides(classes[ordered[j].Identity]))
               select (ordered[i], ordered[j]);
    }

    private static IEnumerable<(string, bool)> Sides(IReadOnlyList<ModelClass> classes) => classes.Select(c => (c.Id, c.IsPositive)).Order();

    private static async Task<Dictionary<(Guid Study, string Identity), bool>> TruthAsync(RecordsContext context, QualityFilter filter, CancellationToken cancellation)
    {
        var told = await QualityQuery.FinalAsync(context, filter with { ModelId = null }, cancellation);
        return told.ToDictionary(d => (d.Result.StudyId, d.Result.ModelIdentity), d => d.IsPositive);
    }

    private static bool? Of(Dictionary<(Guid Study, string Identity), bool> truth, Verdict verdict) => truth.TryGetValue((verdict.Study, verdict.Identity), out var positive) ? positive : null;

    private static bool IsOf(Verdict verdict, string modelId) => verdict.Name.StartsWith(modelId + " ", StringComparison.Ordinal);

    private sealed record Verdict(Guid Study, string Identity, string Name, string Stage, double Score, bool Flags);
}
