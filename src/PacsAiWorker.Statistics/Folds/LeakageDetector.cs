using System.Numerics;

namespace PacsAiWorker.Statistics.Folds;

/// <summary>What is known of one image of a set; null is not known and finds nothing.</summary>
/// <param name="Set">Training, test, or the name of a fold.</param>
/// <param name="Patient">Pseudonymous.</param>
/// <param name="Study">UID or any name of it.</param>
/// <param name="Series">UID or any name of it.</param>
/// <param name="PixelHash">Of the stored pixels.</param>
/// <param name="DifferenceHash">64-bit difference hash of the picture.</param>
public sealed record LeakageSample(string Set, string? Patient, string? Study = null, string? Series = null, string? PixelHash = null, ulong? DifferenceHash = null);

/// <summary>One way in which sets share something.</summary>
/// <param name="Fails">Whether the evaluation cannot stand; else a warning.</param>
/// <param name="What">In a sentence.</param>
/// <param name="Count">Of shared values or pairs.</param>
/// <param name="Examples">At most three.</param>
public sealed record LeakageFinding(bool Fails, string What, int Count, IReadOnlyList<string> Examples);

/// <summary>Looks for what a model has seen of its test cases.</summary>
public static class LeakageDetector
{
    /// <summary>Most bits by which difference hashes of near duplicates differ.</summary>
    public const int NearBits = 4;

    private const int Examples = 3;

    /// <param name="samples">All sets.</param>
    /// <param name="splitByImage">Whether the split was made by image.</param>
    /// <param name="splitByStudy">Whether it was made by study: then patients of several studies may lie on both sides, which is said and fails nothing.</param>
    public static IReadOnlyList<LeakageFinding> Look(IReadOnlyCollection<LeakageSample> samples, bool splitByImage = false, bool splitByStudy = false)
    {
        LeakageFinding?[] findings =
        [
            Shared(!splitByStudy, "patients are in more than one set", samples, s => s.Patient),
            Shared(true, "studies are in more than one set", samples, s => s.Study),
            Shared(true, "series are in more than one set", samples, s => s.Series),
            Shared(true, "images with the same pixels are in more than one set", samples, s => s.PixelHash),
            Near(samples),
            splitByImage ? new(false, "the split was made by image: images of one patient may lie on both sides", 1, []) : null,
            Alike(samples),
        ];
        return [.. findings.OfType<LeakageFinding>()];
    }

    private static LeakageFinding? Shared(bool fails, string what, IEnumerable<LeakageSample> samples, Func<LeakageSample, string?> key) =>
        Finding(fails, what, [.. samples.Where(s => key(s) is not null).GroupBy(s => key(s)!).Where(g => g.Select(s => s.Set).Distinct().Count() > 1).Select(g => g.Key)]);

    /// <summary>Identifiers that differ, but only as the same one does when typed twice.</summary>
    private static LeakageFinding? Alike(IEnumerable<LeakageSample> samples) => Finding(false, "patient ids of different sets differ only by case, blanks or leading zeros",
    [
        .. samples.Where(s => s.Patient is not null).GroupBy(s => Plain(s.Patient!))
            .Where(g => g.Any(a => g.Any(b => a.Set != b.Set && a.Patient != b.Patient)))
            .Select(g => string.Join(" / ", g.Select(s => s.Patient).Distinct())),
    ]);

    private static LeakageFinding? Near(IEnumerable<LeakageSample> samples)
    {
        var pictures = samples.Where(s => s.DifferenceHash is not null).ToArray();
        var pairs = 0;
        var examples = new List<string>(Examples);
        for (var i = 0; i < pictures.Length; i++)
            for (var j = 0; j < i; j++)
            {
                var (a, b) = (pictures[j], pictures[i]);
                if (BitOperations.PopCount(a.DifferenceHash!.Value ^ b.DifferenceHash!.Value) <= NearBits && a.Set != b.Set && (a.PixelHash is null || a.PixelHash != b.PixelHash))
                {
                    if (pairs++ < Examples)
                        examples.Add($"{a.Study} / {b.Study}");
                }
            }
        return pairs == 0 ? null : new(false, "pairs of images in different sets look almost the same", pairs, examples);
    }

    private static string Plain(string id) => string.Concat(id.Where(c => !char.IsWhiteSpace(c))).TrimStart('0').ToUpperInvariant();

    private static LeakageFinding? Finding(bool fails, string what, List<string> examples) =>
        examples.Count == 0 ? null : new(fails, what, examples.Count, [.. examples.Take(Examples)]);
}
