using PacsAiWorker.Inference.Imaging;
using PacsAiWorker.Inference.Packages;
using Xunit;

namespace PacsAiWorker.Tests.Inference.Imaging;

/// <summary>The faults of regions seen in real files.</summary>
public sealed class RegionsTests
{
    private static readonly RasterImage Black = new(800, 910, 1, new byte[800 * 910]);

    private static Crop? Choose(RegionPolicy policy, params RegionItem[] items) => Regions.Choose(items, [Black], policy, fallback: false);

    private static Crop? Largest(params RegionItem[] items) => Choose(RegionPolicy.Largest, items);

    [Fact]
    public void R01_a_corner_one_beyond_the_picture_is_clamped() =>
        Assert.Equal(new Crop(0, 50, 799, 909, CropSource.Region), Largest(new RegionItem(1, 1, 0, 50, 800, 910)));

    [Fact]
    public void R02_R03_a_box_more_than_a_fifth_outside_is_rejected()
    {
        Assert.Null(Largest(new RegionItem(1, 1, 0, 0, 1600, 800)));
        Assert.Null(Largest(new RegionItem(1, 1, 100, 100, 500, 1576)));
    }

    [Fact]
    public void R04_a_first_item_over_the_whole_screen_without_type_is_ignored() =>
        Assert.Equal(new Crop(100, 100, 699, 799, CropSource.Region),
            Largest(new RegionItem(0, 0, 0, 0, 799, 909), new RegionItem(1, 1, 100, 100, 699, 799)));

    [Fact]
    public void R05_a_box_of_zero_width_is_ignored() => Assert.Null(Largest(new RegionItem(1, 1, 100, 100, 100, 800)));

    [Fact]
    public void R08_of_two_boxes_side_by_side_the_larger_is_taken_or_both_refused_by_policy()
    {
        RegionItem[] pair = [new(1, 1, 10, 10, 300, 600), new(1, 1, 310, 10, 790, 600)];
        Assert.Equal(310, Largest(pair)!.X0);
        Assert.Null(Choose(RegionPolicy.Reject, pair));
        Assert.NotNull(Choose(RegionPolicy.Reject, pair[1], new RegionItem(1, 1, 320, 20, 700, 500)));
    }

    [Fact]
    public void R10_an_overlapping_trace_does_not_displace_the_scan() =>
        Assert.Equal(new Crop(100, 100, 699, 799, CropSource.Region),
            Largest(new RegionItem(4, 0x0A, 0, 0, 799, 905), new RegionItem(1, 1, 100, 100, 699, 799)));

    [Fact]
    public void R11_text_bands_of_a_region_over_the_whole_screen_are_trimmed()
    {
        const int Width = 800, Height = 600;
        var pixels = new byte[Width * Height];
        for (var y = 8; y < 22; y++) // a header of letters, a footer, and a solid scan between
            for (var x = 10; x < 700; x += 12)
                pixels.AsSpan(y * Width + x, 6).Fill(200);
        pixels.AsSpan(60 * Width, 500 * Width).Fill(90);
        pixels.AsSpan(575 * Width, 5 * Width).Clear();
        for (var x = 10; x < 700; x += 12)
            pixels.AsSpan(590 * Width + x, 6).Fill(200);
        var image = new RasterImage(Width, Height, 1, pixels);
        Assert.Equal(new Crop(0, 22, Width - 1, 589, CropSource.Region), Regions.Choose([new(1, 1, 0, 0, 799, 599)], [image], RegionPolicy.Largest, false));
        Assert.Equal(new Crop(0, 13, Width - 1, 500, CropSource.Region), Regions.Choose([new(1, 1, 0, 13, 799, 500)], [image], RegionPolicy.Largest, false));
    }

    [Fact]
    public void R13_corners_in_the_wrong_order_are_swapped() =>
        Assert.Equal(new Crop(100, 120, 699, 799, CropSource.Region), Largest(new RegionItem(1, 1, 699, 799, 100, 120)));

    [Fact]
    public void A_box_below_a_hundredth_of_the_picture_is_dropped() => Assert.Null(Largest(new RegionItem(1, 1, 100, 100, 160, 160)));

    [Fact]
    public void Numbers_of_any_size_do_not_overflow() =>
        Assert.Null(Largest(new RegionItem(1, 1, int.MinValue, int.MinValue, int.MaxValue, int.MaxValue)));

    [Fact]
    public void Without_a_usable_region_the_pixels_decide_only_if_the_package_allows_it()
    {
        var pixels = new byte[10000];
        pixels.AsSpan(2000, 6000).Fill(50);
        var image = new RasterImage(100, 100, 1, pixels);
        Assert.Null(Regions.Choose([], [image], RegionPolicy.Largest, fallback: false));
        Assert.Equal(new Crop(0, 20, 99, 79, CropSource.Fallback), Regions.Choose([], [image], RegionPolicy.Largest, fallback: true));
    }
}
