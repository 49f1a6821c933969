using PacsAiWorker.Inference.Imaging;
using PacsAiWorker.Inference.Imaging.Resampling;
using PacsAiWorker.Inference.Packages;

namespace PacsAiWorker.Inference.Explanation;

/// <summary>Where in a picture a class' score comes from, as Score-CAM sees it. Informational, not for diagnosis.</summary>
/// <param name="ClassIndex">The class that is explained.</param>
/// <param name="Width">Columns of the network's input.</param>
/// <param name="Height">Rows of the network's input.</param>
/// <param name="Values">Height × Width, row by row, 0 to 1; all 0 when no place speaks for the class more than another.</param>
/// <param name="Score">The class' probability.</param>
/// <param name="Baseline">Its probability for an input of zeros.</param>
/// <param name="Channels">Maps of the feature output.</param>
/// <param name="Used">Maps that were used as masks.</param>
public sealed record ClassMap(int ClassIndex, int Width, int Height, float[] Values, double Score, double Baseline, int Channels, int Used)
{
    /// <summary>Runs of the network on one picture: the picture, the zero input and one a mask.</summary>
    public int Passes => 2 + Used;

    /// <summary>Which of the known forms of the method this is.</summary>
    public string Variant => $"Score-CAM, {Used} of {Channels} maps by variance, masks on the preprocessed input, softmax of the probability's increase over the zero input";

    /// <summary>The map where the picture was taken from.</summary>
    /// <param name="rule">How the crop became the input.</param>
    /// <param name="crop">The crop, in pixels of the stored image.</param>
    /// <returns>Crop height × crop width values, 0 to 1; 0 where a centre crop left something out.</returns>
    public float[] OnCrop(PreprocessingRule rule, Crop crop)
    {
        var (across, down) = AxisPlacement.Of(rule, crop.Width, crop.Height);
        var columns = Array.ConvertAll(Enumerable.Range(0, crop.Width).ToArray(), x => Place(across, x));
        var mapped = new float[crop.Width * crop.Height];
        for (var y = 0; y < crop.Height; y++)
        {
            if (Place(down, y) is not { } row)
                continue;
            for (var x = 0; x < crop.Width; x++)
                if (columns[x] is { } column)
                    mapped[y * crop.Width + x] = (float)Between(column, row);
        }
        return mapped;
    }

    /// <summary>Where the map is highest, in pixels of the stored image; the first of equal places; null when the map is 0 throughout.</summary>
    /// <inheritdoc cref="OnCrop"/>
    public (int X, int Y)? Peak(PreprocessingRule rule, Crop crop)
    {
        var mapped = OnCrop(rule, crop);
        var most = mapped.Max();
        if (!(most > 0))
            return null;
        var highest = Array.IndexOf(mapped, most);
        return (crop.X0 + highest % crop.Width, crop.Y0 + highest / crop.Width);
    }

    /// <summary>The two input pixels around a pixel of the crop and the share of the second; null when it was cut off.</summary>
    private static (int Low, int High, double Part)? Place(AxisPlacement axis, int pixel)
    {
        var resized = (pixel + 0.5) * axis.Resized / axis.Source - 0.5;
        if (resized < axis.Skip - 0.5 || resized >= axis.Skip + axis.Count - 0.5)
            return null;
        var place = Math.Clamp(resized - axis.Skip, 0, axis.Count - 1);
        var low = (int)place;
        return (axis.Offset + low, axis.Offset + Math.Min(low + 1, axis.Count - 1), place - low);
    }

    private double Between((int Low, int High, double Part) x, (int Low, int High, double Part) y)
    {
        double Row(int row) => Values[row * Width + x.Low] + (Values[row * Width + x.High] - Values[row * Width + x.Low]) * x.Part;
        return Row(y.Low) + (Row(y.High) - Row(y.Low)) * y.Part;
    }
}
