using PacsAiWorker.Inference.Packages;

namespace PacsAiWorker.Inference.Imaging.Resampling;

/// <summary>What becomes of one side of the crop. Pixels.</summary>
/// <param name="Source">Length of the side.</param>
/// <param name="Resized">Length that it is brought to.</param>
/// <param name="Skip">Cut off of that before what is kept.</param>
/// <param name="Count">Kept.</param>
/// <param name="Offset">Where what is kept begins in the tensor.</param>
internal readonly record struct AxisPlacement(int Source, int Resized, int Skip, int Count, int Offset)
{
    /// <summary>Columns and rows of a crop under a rule.</summary>
    public static (AxisPlacement Across, AxisPlacement Down) Of(PreprocessingRule rule, int width, int height)
    {
        switch (rule.Mode)
        {
            case ResizeMode.Letterbox:
                long wide = (long)width * rule.Height, high = (long)height * rule.Width;
                return (Inside(width, wide < high ? Rounded((double)width / height * rule.Height) : rule.Width, rule.Width),
                    Inside(height, wide > high ? Rounded((double)height / width * rule.Width) : rule.Height, rule.Height));
            case ResizeMode.ShortSideCentreCrop:
                return (Centre(width, Longer(width, height, rule.ShortSide), rule.Width), Centre(height, Longer(height, width, rule.ShortSide), rule.Height));
            default:
                return (new(width, rule.Width, 0, rule.Width, 0), new(height, rule.Height, 0, rule.Height, 0));
        }
    }

    private static AxisPlacement Inside(int source, int length, int target) => new(source, length, 0, length, Half(target - length));

    private static AxisPlacement Centre(int source, int length, int target) => new(source, length, Half(length - target), target, 0);

    private static int Longer(int side, int other, int shortSide) => side <= other ? shortSide : (int)((double)shortSide * side / other);

    /// <summary>A very flat crop keeps one pixel.</summary>
    private static int Rounded(double length) => Math.Max(1, (int)Math.Round(length));

    /// <summary>Halves go to the even neighbour, as in Python.</summary>
    private static int Half(int length) => (int)Math.Round(length / 2.0);
}
