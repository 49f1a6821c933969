using PacsAiWorker.Statistics.Folds;

namespace PacsAiWorker.Training;

/// <summary>What training and test data, or the folds, share. Examples are images and studies by number.</summary>
internal static class LeakageReport
{
    private const string Test = "test";

    /// <param name="items">All images.</param>
    /// <param name="foldOf">Fold of each, from 0; −1 for test images.</param>
    /// <param name="split">How the folds were made.</param>
    public static IReadOnlyList<LeakageFinding> Of(IReadOnlyList<TrainingItem> items, IReadOnlyList<int> foldOf, SplitUnit split)
    {
        var samples = items.Select((item, i) => new LeakageSample(
            foldOf[i] < 0 ? Test : $"fold {foldOf[i] + 1}", item.PatientId, item.Study, item.Header.Series, item.Image.PixelSha256, item.Image.DifferenceHash)).ToList();
        // Folds of a split by study may share a patient; training and test data may not, however they were parted.
        var findings = LeakageDetector.Look(samples, split == SplitUnit.Image, split == SplitUnit.Study);
        if (split == SplitUnit.Study)
            findings = [.. LeakageDetector.Look([.. samples.Select(s => s with { Set = s.Set == Test ? Test : "training" })]).Where(f => f.Fails).Concat(findings).DistinctBy(f => f.What)];
        return [.. findings.Select(f => f with { Examples = [.. f.Examples.Select(Named).OfType<string>()] })];

        // What names a patient in an example becomes numbers; what cannot be told is left out.
        string? Named(string example) =>
            items.FirstOrDefault(i => i.PatientId == example)?.Patient is { } patient ? patient
            : items.Any(i => i.Study == example) ? example
            : items.Where(i => i.Image.PixelSha256 == example || i.Header.Series == example).Select(i => TrainingSet.ImageName(i.Row)).ToList() is { Count: > 0 } images ? string.Join(" / ", images)
            : example.Split(" / ") is [var a, var b] && items.Any(i => i.Study == a) && items.Any(i => i.Study == b) ? example
            : null;
    }
}
