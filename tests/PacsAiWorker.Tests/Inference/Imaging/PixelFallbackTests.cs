using PacsAiWorker.Demo.Phantoms;
using PacsAiWorker.Inference.Imaging;
using Xunit;

namespace PacsAiWorker.Tests.Inference.Imaging;

public sealed class PixelFallbackTests
{
    public static TheoryData<Geometry, ulong> Phantoms()
    {
        var data = new TheoryData<Geometry, ulong>();
        foreach (var geometry in Enum.GetValues<Geometry>())
            for (ulong seed = 1; seed <= 5; seed++)
                data.Add(geometry, seed);
        return data;
    }

    [Theory]
    [MemberData(nameof(Phantoms))]
    public void The_scan_area_of_a_phantom_with_text_is_found_in_its_pixels(Geometry geometry, ulong seed)
    {
        var phantom = PhantomImage.Make(new PhantomScene(seed, seed % 2 == 0, geometry, TextBands: true));
        var found = PixelFallback.Find([new RasterImage(640, 480, 3, phantom.Rgb)])!;
        Assert.InRange(Overlap(found, phantom.Box), 0.95, 1);
        Assert.Equal(CropSource.Fallback, found.Source);
    }

    [Fact]
    public void A_black_picture_has_no_scan_area() => Assert.Null(PixelFallback.Find([new RasterImage(100, 100, 1, new byte[10000])]));

    [Fact]
    public void Scattered_points_are_no_scan_area()
    {
        var pixels = new byte[10000];
        for (var i = 0; i < pixels.Length; i += 7)
            pixels[i] = 255;
        Assert.Null(PixelFallback.Find([new RasterImage(100, 100, 1, pixels)]));
    }

    private static double Overlap(Crop a, Box b)
    {
        double across = Math.Min(a.X1, b.X1) - Math.Max(a.X0, b.X0) + 1, down = Math.Min(a.Y1, b.Y1) - Math.Max(a.Y0, b.Y0) + 1;
        var both = Math.Max(0, across) * Math.Max(0, down);
        return both / ((double)a.Width * a.Height + (double)b.Width * b.Height - both);
    }
}
