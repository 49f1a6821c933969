using PacsAiWorker.Inference.Packages;

namespace PacsAiWorker.Tests.Inference.Packages;

public sealed class PreprocessingReaderTests : IDisposable
{
    private const string Bilinear = "interpolation: bilinear, antialias: true";

    private readonly PackageFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("interpolation: bilinear", "interpolation: cubic", "'resize.interpolation' is 'cubic'; allowed: nearest, bilinear, bicubic, area")]
    [InlineData(Bilinear, "antialias: true", "key 'resize.interpolation' is missing")]
    [InlineData(Bilinear, "interpolation: nearest, antialias: true", "'resize.antialias' must be false with 'resize.interpolation: nearest'")]
    [InlineData(Bilinear, "interpolation: area, antialias: false", "'resize.antialias' must be true with 'resize.interpolation: area'")]
    [InlineData("mode: stretch", "mode: fit", "'resize.mode' is 'fit'; allowed: stretch, letterbox, shortSide+centreCrop")]
    [InlineData("mode: stretch", "mode: letterbox", "'resize.mode' is letterbox, so 'resize.pad' is needed: the grey level")]
    [InlineData("mode: stretch", "mode: letterbox, pad: 256", "'resize.pad' must be the grey level around the picture, 0 to 255")]
    [InlineData("mode: stretch", "mode: stretch, pad: 0", "unknown key 'resize.pad'")]
    [InlineData("mode: stretch", "mode: shortSide+centreCrop", "'resize.mode' is shortSide+centreCrop, so 'resize.shortSide' is needed")]
    [InlineData("mode: stretch", "mode: shortSide+centreCrop, shortSide: 95", "'resize.shortSide' must be at least 96")]
    [InlineData("colour: gray", "colour: grey", "'colour' is 'grey'; allowed: gray, gray-replicate, rgb, bgr")]
    [InlineData("colour: gray", "colour: bgr", "'mean' must hold 3 values, one a channel of 'colour', not 1")]
    [InlineData("std: [1]", "std: [1, 1]", "'std' must hold 1 values above zero")]
    [InlineData("std: [1]", "std: [0]", "'std' must hold 1 values above zero, one a channel of 'colour'; 1 leaves the values as they are")]
    [InlineData("std: [1]", "std: [1e-300]", "'std' is so small beside 'scale' or 'mean'")]
    [InlineData("scale: 0.00392156862745098", "scale: 0", "'scale' must not be 0")]
    [InlineData("layout: NCHW", "layout: CHW", "'input.layout' is 'CHW'; allowed: NCHW, NHWC")]
    [InlineData("layout: NCHW", "layout: NHWC", "'input.shape' must be [-1, 96, 96, 1] to fit 'input.layout'")]
    public void A_rule_that_is_wrong_is_refused_with_its_key_and_the_remedy(string find, string replacement, string says) =>
        Assert.Contains(says, Assert.Throws<PackageException>(() => ModelPackage.Load(folder.Add("p", find, replacement))).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("mode: stretch", "mode: letterbox, pad: 114", "v1 Gray 96x96 letterbox pad 114 Bilinear antialias")]
    [InlineData("mode: stretch", "mode: shortSide+centreCrop, shortSide: 110", "v1 Gray 96x96 shortSide 110 centreCrop Bilinear antialias")]
    [InlineData("layout: NCHW, shape: [-1, 1, 96, 96]", "layout: NHWC, shape: [-1, 96, 96, 1]", "v1 Gray 96x96 NHWC Bilinear antialias")]
    [InlineData(Bilinear, "interpolation: bilinear", "v1 Gray 96x96 Bilinear scale")]
    [InlineData(Bilinear, "interpolation: bicubic, antialias: true", "v1 Gray 96x96 Bicubic antialias scale")]
    [InlineData(Bilinear, "interpolation: area", "v1 Gray 96x96 Area scale")]
    [InlineData(Bilinear, "interpolation: area, antialias: true", "v1 Gray 96x96 Area scale")]
    [InlineData(Bilinear, "interpolation: nearest, antialias: false", "v1 Gray 96x96 Nearest scale")]
    public void A_rule_is_read_as_stated(string find, string replacement, string describes) =>
        Assert.StartsWith(describes, ModelPackage.Load(folder.Add("p", find, replacement)).Card.Preprocessing.Describe(), StringComparison.Ordinal);
}
