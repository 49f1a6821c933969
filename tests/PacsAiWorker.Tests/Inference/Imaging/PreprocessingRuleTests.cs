using PacsAiWorker.Inference.Imaging;
using PacsAiWorker.Inference.Imaging.Resampling;
using PacsAiWorker.Inference.Packages;

namespace PacsAiWorker.Tests.Inference.Imaging;

/// <summary>Every rule that a package can state, against its definition in double precision and against plain floats.</summary>
public sealed class PreprocessingRuleTests
{
    private static readonly (Interpolation Interpolation, bool Antialias)[] Filters =
    [
        (Interpolation.Nearest, false), (Interpolation.Bilinear, false), (Interpolation.Bilinear, true),
        (Interpolation.Bicubic, false), (Interpolation.Bicubic, true), (Interpolation.Area, false),
    ];

    public static TheoryData<ResizeMode, Interpolation, bool> Ways
    {
        get
        {
            var ways = new TheoryData<ResizeMode, Interpolation, bool>();
            foreach (var mode in Enum.GetValues<ResizeMode>())
                foreach (var (interpolation, antialias) in Filters)
                    ways.Add(mode, interpolation, antialias);
            return ways;
        }
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public void Every_colour_and_layout_agrees_with_the_definition(ResizeMode mode, Interpolation interpolation, bool antialias)
    {
        var random = new Random(11);
        var scratch = new PreprocessingScratch();
        foreach (var colour in Enum.GetValues<ColourRule>())
            foreach (var layout in Enum.GetValues<TensorLayout>())
                foreach (var channels in (int[])[1, 3])
                    foreach (var (width, height) in (ReadOnlySpan<(int, int)>)[(random.Next(20, 75), random.Next(20, 75)), (random.Next(2, 9), random.Next(2, 9)), (1, random.Next(1, 20)), (random.Next(1, 20), 1)])
                    {
                        var rule = Rule(random, mode, interpolation, antialias, colour) with { Layout = layout };
                        var image = PreprocessingReference.Noise(random, width + 3, height + 2, channels);
                        var crop = new Crop(2, 1, width + 1, height, CropSource.Region);
                        var tensor = new float[rule.Length];
                        tensor.AsSpan().Fill(float.NaN);
                        Preprocessing.Fill(image, crop, rule, tensor, scratch);
                        var worst = PreprocessingReference.Tensor(image, crop, rule).Zip(tensor, (a, b) => Math.Abs(a - b)).Max();
                        Assert.True(worst <= 1e-5, $"{worst} for {width} × {height} × {channels}: {rule.Describe()}");
                    }
    }

    [Theory]
    [InlineData(640, 480)]
    [InlineData(33, 31)]
    [InlineData(32, 9)]
    [InlineData(7, 3)]
    [InlineData(1, 1)]
    public void Vectors_give_the_bits_of_plain_floats(int width, int height)
    {
        var image = PreprocessingReference.Noise(new Random(3), width, height, 1);
        foreach (var (interpolation, antialias) in Filters)
        {
            var rule = new PreprocessingRule(ColourRule.Gray, 53, 29, interpolation, antialias, 1 / 255.0, [0.45], [0.226]);
            Assert.Equal(PlainPreprocessing.Tensor(image, rule), Preprocessing.ToTensor(image, new Crop(0, 0, width - 1, height - 1, CropSource.Full), rule));
        }
    }

    [Fact]
    public void Vectors_turn_every_colour_into_the_grey_of_whole_numbers()
    {
        var colours = new byte[3 * 65536];
        byte[] grey = new byte[65536], expected = new byte[65536];
        for (var red = 0; red < 256; red++)
        {
            for (var i = 0; i < 65536; i++)
            {
                (colours[3 * i], colours[3 * i + 1], colours[3 * i + 2]) = ((byte)red, (byte)(i >> 8), (byte)i);
                expected[i] = Preprocessing.Grey((byte)red, (byte)(i >> 8), (byte)i);
            }
            GreyRow.Fill(colours, grey);
            Assert.True(expected.AsSpan().SequenceEqual(grey));
        }
    }

    [Fact]
    public void Overshoot_of_the_cubic_filter_ends_at_black_and_white()
    {
        var image = new RasterImage(8, 1, 1, new byte[] { 0, 0, 0, 0, 255, 255, 255, 255 });
        var rule = new PreprocessingRule(ColourRule.Gray, 32, 1, Interpolation.Bicubic, true, 1, [0], [1]);
        var levels = Preprocessing.ToTensor(image, new Crop(0, 0, 7, 0, CropSource.Full), rule);
        Assert.Equal((0, 255), (levels.Min(), levels.Max()));
    }

    [Fact]
    public void A_letterboxed_picture_lies_in_the_middle_and_the_rest_is_normalised_too()
    {
        var image = new RasterImage(4, 2, 1, new byte[] { 9, 9, 9, 9, 9, 9, 9, 9 });
        var rule = new PreprocessingRule(ColourRule.Gray, 2, 4, Interpolation.Bilinear, true, 1, [1], [2]) { Mode = ResizeMode.Letterbox, Pad = 5 };
        Assert.Equal([2, 2, 2, 2, 4, 4, 2, 2], Preprocessing.ToTensor(image, new Crop(0, 0, 3, 1, CropSource.Full), rule));
    }

    [Fact]
    public void The_description_of_rules_that_there_were_is_unchanged_and_new_ones_say_what_is_new()
    {
        var rule = new PreprocessingRule(ColourRule.Gray, 96, 64, Interpolation.Bilinear, true, 0.5, [0], [1]);
        Assert.Equal("v1 Gray 96x64 Bilinear antialias scale 0.5 mean 0 std 1", rule.Describe());
        Assert.Equal("v1 Gray 96x64 letterbox pad 114 NHWC Bilinear antialias scale 0.5 mean 0 std 1",
            (rule with { Mode = ResizeMode.Letterbox, Pad = 114, Layout = TensorLayout.Nhwc }).Describe());
        Assert.Equal("v1 Gray 96x64 shortSide 128 centreCrop Bilinear antialias scale 0.5 mean 0 std 1",
            (rule with { Mode = ResizeMode.ShortSideCentreCrop, ShortSide = 128 }).Describe());
    }

    private static PreprocessingRule Rule(Random random, ResizeMode mode, Interpolation interpolation, bool antialias, ColourRule colour)
    {
        int width = random.Next(1, 40), height = random.Next(1, 40);
        var isGrey = colour == ColourRule.Gray;
        return new PreprocessingRule(colour, width, height, interpolation, antialias, 1 / 255.0,
            isGrey ? [0.449] : [0.485, 0.456, 0.406], isGrey ? [0.226] : [0.229, 0.224, 0.225])
        {
            Mode = mode,
            Pad = mode == ResizeMode.Letterbox ? random.Next(256) : 0,
            ShortSide = mode == ResizeMode.ShortSideCentreCrop ? Math.Max(width, height) + random.Next(6) : 0,
        };
    }
}
