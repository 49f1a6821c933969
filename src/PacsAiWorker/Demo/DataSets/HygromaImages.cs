using PacsAiWorker.Demo.Phantoms;

namespace PacsAiWorker.Demo.DataSets;

/// <summary>129 hygromas and 160 others (arXiv:2512.22730), one sagittal image a fetus: a head, and behind it a wide dark sac or a thin line.</summary>
internal static class HygromaImages
{
    public static PaperDataSet Set { get; } = new("cystic-hygroma", new PhantomSubject(31, "F", "OBSTETRICAL", "First trimester, nuchal"), Geometry.Convex,
    [
        new(129, 129, (_, dice) => Picture("cystic-hygroma", dice, 0.15)),
        new(160, 160, (_, dice) => Picture("nuchal-region", dice, 0.015)),
    ]);

    private static PaperPicture Picture(string label, Dice dice, double width)
    {
        double u = dice.Between(0.35, 0.42), v = dice.Between(0.5, 0.58);
        return new(label, label,
        [
            new(u, v, 0.16, 0.15, 1.8),
            new(u, v, 0.13, 0.12, 0.6),
            new(u + 0.17 + width, v + 0.03, width * dice.Between(0.85, 1.15), 0.2, 0.06, 1.6),
        ]);
    }
}
