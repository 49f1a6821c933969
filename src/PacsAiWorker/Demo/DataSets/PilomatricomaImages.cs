using PacsAiWorker.Demo.Phantoms;

namespace PacsAiWorker.Demo.DataSets;

/// <summary>
/// 468 pilomatricomas, 66 epidermoid cysts and 28 sebaceous adenomas (Wang et al. 2026), two images a child. Calcified and shadowing, dark and
/// enhancing, faintly dark.
/// </summary>
internal static class PilomatricomaImages
{
    private const string Other = "other-mass";

    public static PaperDataSet Set { get; } = new("pilomatricoma", new PhantomSubject(7, "F", "SMALL PARTS", "Ultrasound of a lump"), Geometry.Linear,
    [
        new(234, 468, (_, dice) => Picture("pilomatricoma", "pilomatricoma", dice, factor: 2.6, behind: 0.35)),
        new(33, 66, (_, dice) => Picture(Other, "epidermoid-cyst", dice, factor: 0.25, behind: 1.5)),
        new(14, 28, (_, dice) => Picture(Other, "sebaceous-adenoma", dice, factor: 0.5, behind: 1)),
    ]);

    private static PaperPicture Picture(string label, string subgroup, Dice dice, double factor, double behind)
    {
        var radius = dice.Between(0.13, 0.2);
        return new(label, subgroup,
            [new(dice.Between(0.35, 0.65), dice.Between(0.25, 0.4), radius, radius * dice.Between(0.7, 1), factor * dice.Between(0.85, 1.15), behind)]);
    }
}
