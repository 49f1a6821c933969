using PacsAiWorker.Inference.Explanation;
using PacsAiWorker.Inference.Imaging;
using PacsAiWorker.Inference.Packages;

namespace PacsAiWorker.Tests.Inference.Explanation;

public sealed class ClassMapTests
{
    private const int Side = 8;
    private static readonly Crop Wide = new(100, 50, 100 + 32 - 1, 50 + 16 - 1, CropSource.Region);
    private static readonly PreprocessingRule Stretch = new(ColourRule.Gray, Side, Side, Interpolation.Bilinear, true, 1, [0], [1]);

    [Fact]
    public void A_place_of_the_input_is_found_again_in_the_stored_image()
    {
        // Stretched 4 times across and 2 times down: input pixel (5, 2) covers columns 120 to 123 and rows 54 and 55.
        Assert.Equal((121, 54), Hot(5, 2).Peak(Stretch, Wide));
        // Letterboxed: 8 × 4 with two empty rows above; each input pixel covers 4 × 4, of which the upper half is the border.
        var letterbox = Stretch with { Mode = ResizeMode.Letterbox };
        Assert.Equal((121, 50), Hot(5, 2).Peak(letterbox, Wide));
        Assert.All(Hot(5, 0).OnCrop(letterbox, Wide), v => Assert.Equal(0, v)); // the pad shows nothing
        // Short side to 8, then the middle 8 of 16 columns: 2 × 2 pixels each, the outer quarters left out.
        var centre = Stretch with { Mode = ResizeMode.ShortSideCentreCrop, ShortSide = Side };
        Assert.Equal((118, 54), Hot(5, 2).Peak(centre, Wide));
        var seen = new ClassMap(0, Side, Side, [.. Enumerable.Repeat(1f, Side * Side)], 0, 0, 1, 1).OnCrop(centre, Wide);
        Assert.Equal([0, 0, 1, 1, 0], ((int[])[0, 7, 8, 23, 24]).Select(x => seen[x]));
    }

    [Fact]
    public void A_map_that_is_zero_throughout_names_no_place() =>
        Assert.Null(new ClassMap(0, Side, Side, new float[Side * Side], 1, 0, 1, 1).Peak(Stretch, Wide));

    [Fact]
    public void An_overlay_is_the_crop_grey_where_the_map_is_zero_and_red_where_it_is_one()
    {
        var image = new RasterImage(4, 3, 1, new byte[] { 9, 9, 9, 9, 9, 100, 200, 9, 9, 9, 9, 9 });
        using var overlay = HeatOverlay.Paint(image, new Crop(1, 1, 2, 1, CropSource.Region), [0, 1]);
        Assert.Equal((2, 1, 3), (overlay.Width, overlay.Height, overlay.Channels));
        Assert.Equal([100, 100, 100, 233, 80, 80], overlay.Pixels.ToArray());
    }

    private static ClassMap Hot(int x, int y)
    {
        var values = new float[Side * Side];
        values[y * Side + x] = 1;
        return new ClassMap(0, Side, Side, values, 1, 0, 1, 1);
    }
}
