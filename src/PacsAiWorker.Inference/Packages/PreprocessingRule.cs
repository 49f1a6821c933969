using System.Globalization;

namespace PacsAiWorker.Inference.Packages;

/// <summary>Channels of the tensor.</summary>
public enum ColourRule
{
    /// <summary>One channel.</summary>
    Gray,

    /// <summary>The grey channel three times.</summary>
    GrayReplicate,

    /// <summary>Red, green, blue.</summary>
    Rgb,
}

/// <summary>How the crop is brought to the network's size (aspect not kept).</summary>
public enum Interpolation
{
    /// <summary>The source pixel whose centre is nearest.</summary>
    Nearest,

    /// <summary>Triangle filter; with antialias it widens when shrinking.</summary>
    Bilinear,
}

/// <summary>From crop to tensor: colour, resize by stretching, (value × scale − mean) / std per channel.</summary>
/// <param name="Colour">Channels.</param>
/// <param name="Width">Tensor width, pixels.</param>
/// <param name="Height">Tensor height, pixels.</param>
/// <param name="Interpolation">No default: a silent change would alter the network's input.</param>
/// <param name="Antialias">Bilinear only.</param>
/// <param name="Scale">Factor on the 8-bit value.</param>
/// <param name="Mean">One value a channel.</param>
/// <param name="Std">One value a channel, above zero.</param>
public sealed record PreprocessingRule(
    ColourRule Colour, int Width, int Height, Interpolation Interpolation, bool Antialias, double Scale, double[] Mean, double[] Std)
{
    /// <summary>Channels of the tensor: 1 or 3.</summary>
    public int Channels => Colour == ColourRule.Gray ? 1 : 3;

    /// <summary>The rule in one line, stored with each score.</summary>
    public string Describe()
    {
        var c = CultureInfo.InvariantCulture;
        var numbers = (double[] values) => string.Join("/", values.Select(v => v.ToString("R", c)));
        return string.Create(c,
            $"v1 {Colour} {Width}x{Height} {Interpolation}{(Antialias ? " antialias" : "")} scale {Scale:R} mean {numbers(Mean)} std "
            + $"{numbers(Std)}");
    }
}
