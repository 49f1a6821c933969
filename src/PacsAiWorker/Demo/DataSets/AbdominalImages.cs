using PacsAiWorker.Demo.Phantoms;

namespace PacsAiWorker.Demo.DataSets;

/// <summary>
/// 4094 images of 136 studies to train and 1423 of 49 to test (Cheng and Malhi 2017), eleven views in turn. Each view has organs of its own
/// brightness, place and direction.
/// </summary>
internal static class AbdominalImages
{
    private static readonly (string View, Func<Dice, PhantomShape[]> Shapes)[] Views =
    [
        ("liver-left-long", d => [new(0.5, 0.3, 0.42, 0.16, 0.35), Wobble(d, 0.7, 0.62, 0.04, 0.3, 3)]),
        ("liver-left-trans", d => [new(0.5, 0.3, 0.42, 0.16, 0.35), Wobble(d, 0.5, 0.7, 0.3, 0.05, 3)]),
        ("liver-right-long", d => [new(0.5, 0.55, 0.45, 0.3, 2.2), Wobble(d, 0.72, 0.62, 0.05, 0.25, 0.2)]),
        ("liver-right-trans", d => [new(0.5, 0.55, 0.45, 0.3, 2.2), Wobble(d, 0.5, 0.75, 0.28, 0.06, 0.2)]),
        ("gallbladder", d => [Wobble(d, 0.5, 0.45, 0.16, 0.2, 0.06, 1.7)]),
        ("pancreas", d => [Wobble(d, 0.5, 0.45, 0.36, 0.07, 2.6), new(0.5, 0.62, 0.07, 0.07, 0.1)]),
        ("kidney-right-long", d => [Wobble(d, 0.35, 0.5, 0.26, 0.14, 0.3), new(0.35, 0.5, 0.14, 0.04, 4)]),
        ("kidney-right-trans", d => [Wobble(d, 0.35, 0.5, 0.15, 0.15, 0.3), new(0.35, 0.5, 0.05, 0.05, 4)]),
        ("kidney-left-long", d => [Wobble(d, 0.65, 0.5, 0.26, 0.14, 0.3), new(0.65, 0.5, 0.14, 0.04, 4)]),
        ("kidney-left-trans", d => [Wobble(d, 0.65, 0.5, 0.15, 0.15, 0.3), new(0.65, 0.5, 0.05, 0.05, 4)]),
        ("spleen", d => [new(0.55, 0.4, 0.3, 0.16, 1.9, (1, 0.8)), Wobble(d, 0.3, 0.75, 0.2, 0.1, 0.3)]),
    ];

    public static PaperDataSet Set { get; } = new("abdominal-views", new PhantomSubject(52, "F", "ABDOMINAL", "Ultrasound of the abdomen"), Geometry.Sector,
    [
        new(136, 4094, Picture) { Set = "train" },
        new(49, 1423, Picture) { Set = "test" },
    ]);

    private static PaperPicture Picture(int place, Dice dice)
    {
        var (view, shapes) = Views[place % Views.Length];
        return new(view, view, shapes(dice));
    }

    private static PhantomShape Wobble(Dice dice, double u, double v, double radiusU, double radiusV, double factor, double behind = 1) =>
        new(u + dice.Between(-0.03, 0.03), v + dice.Between(-0.03, 0.03), radiusU * dice.Between(0.9, 1.1), radiusV * dice.Between(0.9, 1.1), factor, behind);
}
