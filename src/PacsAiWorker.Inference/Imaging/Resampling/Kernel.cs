using PacsAiWorker.Inference.Packages;

namespace PacsAiWorker.Inference.Imaging.Resampling;

/// <summary>Weights of source pixels by their distance from the target pixel's centre, in units of the filter's width.</summary>
internal static class Kernel
{
    private const double Keys = -0.5; // Keys 1981: third order; Pillow's choice, while OpenCV takes −0.75

    /// <summary>Beyond this distance all weights are 0.</summary>
    public static double Support(Interpolation interpolation) => interpolation switch
    {
        Interpolation.Bilinear => 1,
        Interpolation.Bicubic => 2,
        _ => 0.5,
    };

    /// <param name="interpolation">Not nearest.</param>
    /// <param name="first">A source pixel.</param>
    /// <param name="centre">Centre of the target pixel on the source's axis.</param>
    /// <param name="width">Of the filter, source pixels; 1 unless it is widened.</param>
    public static double Weight(Interpolation interpolation, int first, double centre, double width)
    {
        if (interpolation == Interpolation.Bilinear)
            return Math.Max(0, 1 - Math.Abs(first + 0.5 - centre) / width);
        // A pixel on the border of a box falls to the side to which Pillow's order of operations lets it fall.
        var distance = (first - centre + 0.5) * (1 / width);
        return interpolation == Interpolation.Area ? distance is > -0.5 and <= 0.5 ? 1 : 0 : Cubic(Math.Abs(distance));
    }

    private static double Cubic(double x) => x switch
    {
        < 1 => ((Keys + 2) * x - (Keys + 3)) * x * x + 1,
        < 2 => (((x - 5) * x + 8) * x - 4) * Keys,
        _ => 0,
    };
}
