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

    /// <summary>Blue, green, red; mean and std stand in this order too.</summary>
    Bgr,
}

/// <summary>How the crop's sides become those of the tensor.</summary>
public enum ResizeMode
{
    /// <summary>Each side on its own; the aspect is not kept.</summary>
    Stretch,

    /// <summary>The whole crop in the middle, its aspect kept, the rest one grey level. Sides and place as Pillow's ImageOps.pad.</summary>
    Letterbox,

    /// <summary>The shorter side to a stated length, the aspect kept, then the middle. Sides and place as torchvision's Resize and CenterCrop.</summary>
    ShortSideCentreCrop,
}

/// <summary>What a target pixel is made of. Centres lie at half pixels; sums are never rounded to whole grey levels.</summary>
public enum Interpolation
{
    /// <summary>
    /// The source pixel whose centre is nearest. Pillow's, except where a target pixel's centre lies exactly on the border of two: there
    /// rounding errors choose, and Pillow makes others.
    /// </summary>
    Nearest,

    /// <summary>Triangle filter; with antialias it widens when shrinking.</summary>
    Bilinear,

    /// <summary>
    /// Keys' cubic filter with a = −0.5; with antialias it widens when shrinking. Columns first; what overshoots 0 to 255 is cut off after
    /// either pass, as Pillow does.
    /// </summary>
    Bicubic,

    /// <summary>Mean of the source pixels whose centres lie in the target pixel (Pillow's BOX; not the partial pixels of OpenCV's INTER_AREA).</summary>
    Area,
}

/// <summary>Order of the tensor's axes.</summary>
public enum TensorLayout
{
    /// <summary>Channel, row, column.</summary>
    Nchw,

    /// <summary>Row, column, channel.</summary>
    Nhwc,
}

/// <summary>From crop to tensor: colour, resize, (value × scale − mean) / std per channel.</summary>
/// <param name="Colour">Channels.</param>
/// <param name="Width">Tensor width, pixels.</param>
/// <param name="Height">Tensor height, pixels.</param>
/// <param name="Interpolation">No default: a silent change would alter the network's input.</param>
/// <param name="Antialias">Bilinear and bicubic only.</param>
/// <param name="Scale">Factor on the 8-bit value.</param>
/// <param name="Mean">One value a channel.</param>
/// <param name="Std">One value a channel, above zero.</param>
public sealed record PreprocessingRule(
    ColourRule Colour, int Width, int Height, Interpolation Interpolation, bool Antialias, double Scale, double[] Mean, double[] Std)
{
    /// <summary>How the crop's sides become Width and Height.</summary>
    public ResizeMode Mode { get; init; }

    /// <summary>Grey level around a letterboxed crop, 0 to 255, the same in each channel; scale, mean and std apply to it too.</summary>
    public double Pad { get; init; }

    /// <summary>Shorter side before the centre crop, pixels, at least Width and Height; 0 in other modes.</summary>
    public int ShortSide { get; init; }

    /// <summary>Order of the tensor's axes.</summary>
    public TensorLayout Layout { get; init; }

    /// <summary>Channels of the tensor: 1 or 3.</summary>
    public int Channels => Colour == ColourRule.Gray ? 1 : 3;

    /// <summary>Values of one tensor.</summary>
    public int Length => Channels * Width * Height;

    /// <summary>Whether the channels differ when the picture has colour.</summary>
    internal bool IsColour => Colour is ColourRule.Rgb or ColourRule.Bgr;

    /// <summary>The rule in one line, stored with each score.</summary>
    public string Describe()
    {
        var c = CultureInfo.InvariantCulture;
        var numbers = (double[] values) => string.Join("/", values.Select(v => v.ToString("R", c)));
        var mode = Mode switch
        {
            ResizeMode.Letterbox => string.Create(c, $" letterbox pad {Pad:R}"),
            ResizeMode.ShortSideCentreCrop => string.Create(c, $" shortSide {ShortSide} centreCrop"),
            _ => "",
        };
        return string.Create(c,
            $"v1 {Colour} {Width}x{Height}{mode}{(Layout == TensorLayout.Nhwc ? " NHWC" : "")} {Interpolation}{(Antialias ? " antialias" : "")} "
            + $"scale {Scale:R} mean {numbers(Mean)} std {numbers(Std)}");
    }
}
