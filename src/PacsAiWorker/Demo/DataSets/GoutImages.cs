using PacsAiWorker.Demo.Phantoms;

namespace PacsAiWorker.Demo.DataSets;

/// <summary>
/// 2040 positive and 1992 negative images of 351 patients (Du et al. 2024), dorsal, medial and plantar in turn. Bone is a bright line that
/// shadows; gout lays a second line before it and bright deposits between. From the sole it is hardest to see.
/// </summary>
internal static class GoutImages
{
    private static readonly (string View, double Depth, double Contrast)[] Views = [("dorsal", 0.5, 1), ("medial", 0.58, 0.85), ("plantar", 0.66, 0.7)];

    public static PaperDataSet Set { get; } = new("gout-mtp1", new PhantomSubject(54, "M", "MUSCULOSKELETAL", "Ultrasound of the first toe, MTP joint"), Geometry.Linear,
    [
        new(178, 2040, (place, dice) => Picture("gout", place, dice)),
        new(173, 1992, (place, dice) => Picture("no-gout-signs", place, dice)),
    ]);

    private static PaperPicture Picture(string label, int place, Dice dice)
    {
        var (view, depth, contrast) = Views[place % Views.Length];
        var v = depth + dice.Between(-0.04, 0.04);
        List<PhantomShape> shapes = [new(0.5, v, 0.42, 0.025, 3.5, 0.3)];
        if (label == "gout")
            shapes.AddRange(
            [
                new(0.5, v - 0.1, 0.4, 0.018, 1 + 3 * contrast),
                new(dice.Between(0.35, 0.65), v - 0.2, 0.14, 0.07, 1 + 2.2 * contrast),
            ]);
        return new(label, view, shapes) { View = view };
    }
}
