using PacsAiWorker.Demo.Phantoms;

namespace PacsAiWorker.Demo.DataSets;

/// <summary>
/// 330 normal and 1269 abnormal images of children's kidneys (Tsai et al. 2022) in five categories, whose numbers the paper does not state: taken as
/// equal. A kidney is a darker ellipse around a bright sinus; three images a child.
/// </summary>
internal static class KidneyImages
{
    private const string Normal = "normal", Abnormal = "abnormal";

    public static PaperDataSet Set { get; } = new("kidney-normal-abnormal", new PhantomSubject(6, "M", "ABDOMINAL", "Ultrasound of both kidneys"), Geometry.Convex,
    [
        new(110, 330, (_, dice) => Picture(Normal, dice)),
        new(85, 254, (_, dice) => Picture("stone", dice)),
        new(85, 254, (_, dice) => Picture("cyst", dice)),
        new(85, 254, (_, dice) => Picture("hyperechogenicity", dice)),
        new(85, 254, (_, dice) => Picture("space-occupying-lesion", dice)),
        new(84, 253, (_, dice) => Picture("hydronephrosis", dice)),
    ]);

    private static PaperPicture Picture(string category, Dice dice)
    {
        double u = dice.Between(0.45, 0.55), v = dice.Between(0.45, 0.55);
        var cortex = category == "hyperechogenicity" ? 2.4 : 0.55;
        List<PhantomShape> shapes = [new(u, v, dice.Between(0.24, 0.28), dice.Between(0.18, 0.22), cortex)];
        shapes.Add(category == "hydronephrosis" ? new(u, v, 0.15, 0.12, 0.12, 1.3) : new(u, v, 0.1, 0.05, 3));
        switch (category)
        {
            case "stone":
                shapes.Add(new(u + dice.Between(-0.05, 0.05), v, 0.045, 0.04, 6, 0.15));
                break;
            case "cyst":
                shapes.Add(new(u + dice.Between(-0.16, -0.1), v - dice.Between(0, 0.06), 0.1, 0.1, 0.08, 1.6));
                break;
            case "space-occupying-lesion":
                shapes.Add(new(u + dice.Between(0.1, 0.16), v + dice.Between(0, 0.05), 0.13, 0.12, 3.2));
                break;
        }
        return new(category == Normal ? Normal : Abnormal, category, shapes);
    }
}
