namespace PacsAiWorker.Inference.Packages;

/// <summary>Reads <c>input</c>, <c>colour</c>, <c>resize</c>, <c>scale</c>, <c>mean</c> and <c>std</c> of <c>model.yaml</c>.</summary>
internal static class PreprocessingReader
{
    private const int LargestSide = 4096, LargestLevel = 255;

    /// <returns>The rule, the name of the network's input and its shape with -1 for the batch.</returns>
    /// <exception cref="PackageException">Names file, line, key and remedy.</exception>
    public static (PreprocessingRule Rule, string Name, long[] Shape) Read(YamlMap root)
    {
        var input = root.Map("input");
        var name = input.Text("name");
        input.OneOf("dtype", "float32");
        var layout = input.OneOf("layout", "NCHW", "NHWC") == "NCHW" ? TensorLayout.Nchw : TensorLayout.Nhwc;
        var shape = input.Longs("shape");
        var resize = root.Map("resize");
        var rule = Resize(root, resize) with { Layout = layout };
        CheckNumbers(root, rule);
        long[] expected = layout == TensorLayout.Nchw ? [-1, rule.Channels, rule.Height, rule.Width] : [-1, rule.Height, rule.Width, rule.Channels];
        if (!shape.SequenceEqual(expected))
            throw input.Wrong("shape", $"must be [{string.Join(", ", expected)}] to fit 'input.layout', 'colour' and 'resize'");
        input.Done();
        resize.Done();
        return (rule, name, shape);
    }

    private static PreprocessingRule Resize(YamlMap root, YamlMap resize)
    {
        var interpolation = Interpolate(resize);
        var rule = new PreprocessingRule(
            Colour(root), Side(resize, "w"), Side(resize, "h"), interpolation, Antialias(resize, interpolation),
            root.Number("scale"), root.Numbers("mean"), root.Numbers("std"));
        return resize.OneOf("mode", "stretch", "letterbox", "shortSide+centreCrop") switch
        {
            "letterbox" => rule with { Mode = ResizeMode.Letterbox, Pad = Pad(resize) },
            "shortSide+centreCrop" => rule with { Mode = ResizeMode.ShortSideCentreCrop, ShortSide = ShortSide(resize, rule) },
            _ => rule,
        };
    }

    private static ColourRule Colour(YamlMap root) => root.OneOf("colour", "gray", "gray-replicate", "rgb", "bgr") switch
    {
        "gray" => ColourRule.Gray,
        "rgb" => ColourRule.Rgb,
        "bgr" => ColourRule.Bgr,
        _ => ColourRule.GrayReplicate,
    };

    private static Interpolation Interpolate(YamlMap resize) => resize.OneOf("interpolation", "nearest", "bilinear", "bicubic", "area") switch
    {
        "nearest" => Interpolation.Nearest,
        "bilinear" => Interpolation.Bilinear,
        "bicubic" => Interpolation.Bicubic,
        _ => Interpolation.Area,
    };

    /// <summary>Nearest has none and area always averages; only the other two have the choice.</summary>
    private static bool Antialias(YamlMap resize, Interpolation interpolation)
    {
        var isAverage = interpolation == Interpolation.Area;
        var stated = resize.Flag("antialias", isAverage);
        if (interpolation == Interpolation.Nearest && stated)
            throw resize.Wrong("antialias", "must be false with 'resize.interpolation: nearest', which has none; remove it or take bilinear, bicubic or area");
        if (isAverage && !stated)
            throw resize.Wrong("antialias", "must be true with 'resize.interpolation: area', which always averages; remove it or take bilinear or bicubic");
        return stated && !isAverage;
    }

    private static double Pad(YamlMap resize)
    {
        const string Meaning = "the grey level around the picture, 0 to 255 before scale, mean and std";
        if (!resize.Has("pad"))
            throw resize.Wrong("mode", $"is letterbox, so 'resize.pad' is needed: {Meaning}");
        return resize.Number("pad") is var pad and >= 0 and <= LargestLevel ? pad : throw resize.Wrong("pad", $"must be {Meaning}");
    }

    private static int ShortSide(YamlMap resize, PreprocessingRule rule)
    {
        var least = Math.Max(rule.Width, rule.Height);
        if (!resize.Has("shortSide"))
            throw resize.Wrong("mode", "is shortSide+centreCrop, so 'resize.shortSide' is needed: the length in pixels of the shorter side "
                + "before the centre of w × h is taken");
        return Side(resize, "shortSide") is var side && side >= least
            ? side
            : throw resize.Wrong("shortSide", $"must be at least {least}, so that a centre of w × h lies in the picture");
    }

    private static void CheckNumbers(YamlMap root, PreprocessingRule rule)
    {
        if (rule.Scale == 0)
            throw root.Wrong("scale", "must not be 0, which would make every picture the same; 0.00392156862745098 brings 0 to 255 to 0 to 1");
        if (rule.Mean.Length != rule.Channels)
            throw root.Wrong("mean", $"must hold {rule.Channels} values, one a channel of 'colour', not {rule.Mean.Length}");
        if (rule.Std.Length != rule.Channels || rule.Std.Any(s => s <= 0))
            throw root.Wrong("std", $"must hold {rule.Channels} values above zero, one a channel of 'colour'; 1 leaves the values as they are");
        if (rule.Std.Zip(rule.Mean).Any(n => !float.IsFinite((float)(LargestLevel * rule.Scale / n.First)) || !float.IsFinite((float)(n.Second / n.First))))
            throw root.Wrong("std", "is so small beside 'scale' or 'mean' that values leave the range of float32; correct the three");
    }

    private static int Side(YamlMap map, string key) =>
        map.Whole(key) is var value and >= 1 and <= LargestSide ? value : throw map.Wrong(key, $"must lie between 1 and {LargestSide}");
}
