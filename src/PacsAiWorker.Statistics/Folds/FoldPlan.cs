using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace PacsAiWorker.Statistics.Folds;

/// <summary>Splits cases into folds: all cases of a patient in one, each fold with its share of every class. Same seed, same plan.</summary>
public static class FoldPlan
{
    /// <param name="cases">Group (the patient) and class of each case.</param>
    /// <param name="folds">At least two.</param>
    /// <param name="seed">Decides between groups of one size.</param>
    /// <returns>Fold of each case, 0 … folds − 1, in the order of the cases.</returns>
    /// <exception cref="ArgumentException">A class has fewer groups than there are folds: some fold could not hold it.</exception>
    public static int[] Make(IReadOnlyList<(string Group, int Class)> cases, int folds, int seed)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(folds, 2);
        var classes = cases.Count == 0 ? 0 : cases.Max(c => c.Class) + 1;
        foreach (var each in cases.GroupBy(c => c.Class))
            if (each.Select(c => c.Group).Distinct().Count() is var groups && groups < folds)
                throw new ArgumentException($"class {each.Key} has {groups} groups, too few for {folds} folds: take fewer folds or add patients", nameof(folds));

        var targets = Enumerable.Range(0, classes).Select(c => cases.Count(x => x.Class == c) / (double)folds).ToArray();
        var held = Enumerable.Range(0, folds).Select(_ => new int[classes]).ToArray();
        var foldOf = new Dictionary<string, int>();
        foreach (var group in cases.GroupBy(c => c.Group).OrderByDescending(g => g.Count()).ThenBy(g => Order(seed, g.Key)).ThenBy(g => g.Key, StringComparer.Ordinal))
        {
            var added = new int[classes];
            foreach (var (_, label) in group)
                added[label]++;
            // What the group changes in the sum of squared deviations; all other folds stay as they are.
            var best = Enumerable.Range(0, folds)
                .OrderBy(f => Enumerable.Range(0, classes).Sum(c => Square(held[f][c] + added[c] - targets[c]) - Square(held[f][c] - targets[c])))
                .ThenBy(f => held[f].Sum()).First();
            foldOf[group.Key] = best;
            for (var c = 0; c < classes; c++)
                held[best][c] += added[c];
        }
        return [.. cases.Select(c => foldOf[c.Group])];
    }

    private static double Square(double value) => value * value;

    private static ulong Order(int seed, string group) => BinaryPrimitives.ReadUInt64BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes($"{seed}\0{group}")));
}
