using PacsAiWorker.Demo.Phantoms;
using PacsAiWorker.Inference.Imaging;
using PacsAiWorker.Inference.Packages;
using PacsAiWorker.Inference.Training;

namespace PacsAiWorker.Demo.Training;

/// <summary>Phantom studies with their features: what the demonstration model learns from and is measured on.</summary>
/// <param name="Study">Number of the study.</param>
/// <param name="StudyPositive">Whether any picture of the study was drawn with a lesion.</param>
/// <param name="Lesion">Whether this picture was.</param>
/// <param name="Features">Of <see cref="FilterBank"/>.</param>
public sealed record DemoCase(int Study, bool StudyPositive, bool Lesion, double[] Features)
{
    private const int PicturesAStudy = 3;
    private static readonly (int Width, int Height)[] Sizes = [(640, 480), (512, 384)];

    /// <summary>From crop to tensor; the same rule stands in the package.</summary>
    public static PreprocessingRule Rule { get; } = new(
        ColourRule.Gray, FilterBank.Side, FilterBank.Side, Interpolation.Bilinear, true, 1 / 255.0, [0], [1]);

    /// <summary>Draws studies from a stream of seeds; streams never meet, so training and held-out pictures differ.</summary>
    public static List<DemoCase> Draw(int studies, ulong stream)
    {
        var dice = new Dice(stream);
        var cases = new List<DemoCase>();
        for (var study = 0; study < studies; study++)
        {
            var positive = dice.Chance(0.5);
            var geometry = (Geometry)dice.Below(3);
            var (width, height) = Sizes[dice.Below(Sizes.Length)];
            for (var picture = 0; picture < PicturesAStudy; picture++)
            {
                var lesion = positive && (picture == 0 || dice.Chance(0.7));
                var image = PhantomImage.Make(new PhantomScene(dice.Bits() >> 1, lesion, geometry, width, height));
                cases.Add(new DemoCase(study, positive, lesion, FilterBank.Features(Tensor(image))));
            }
        }
        return cases;
    }

    /// <summary>The network's input for a phantom: Side × Side float32.</summary>
    public static float[] Tensor(PhantomImage image) => Preprocessing.ToTensor(
        new RasterImage(image.Scene.Width, image.Scene.Height, 1, image.Grey),
        new Crop(image.Box.X0, image.Box.Y0, image.Box.X1, image.Box.Y1, CropSource.Region), Rule);
}
