using PacsAiWorker.Demo.Phantoms;
using PacsAiWorker.Dicom.Data;
using Xunit;

namespace PacsAiWorker.Tests.Demo;

public sealed class PhantomTests
{
    [Fact]
    public void The_same_scene_gives_the_same_pixels_and_another_seed_others()
    {
        var scene = new PhantomScene(5, true, Geometry.Convex, TextBands: true, ColourFlow: true);
        Assert.Equal(PhantomImage.Make(scene).Rgb, PhantomImage.Make(scene).Rgb);
        Assert.NotEqual(PhantomImage.Make(scene).Grey, PhantomImage.Make(scene with { Seed = 6 }).Grey);
    }

    [Theory]
    [InlineData(Geometry.Linear)]
    [InlineData(Geometry.Convex)]
    [InlineData(Geometry.Sector)]
    public void The_scan_lies_in_its_box_and_touches_its_sides(Geometry geometry)
    {
        var image = PhantomImage.Make(new PhantomScene(8, false, geometry));
        var lit = Enumerable.Range(0, image.Grey.Length).Where(i => image.Grey[i] > 0).Select(i => (X: i % 640, Y: i / 640)).ToList();
        Assert.InRange(lit.Min(p => p.X) - image.Box.X0, 0, 3);
        Assert.InRange(image.Box.X1 - lit.Max(p => p.X), 0, 3);
        Assert.InRange(lit.Min(p => p.Y) - image.Box.Y0, 0, 3);
        Assert.InRange(image.Box.Y1 - lit.Max(p => p.Y), 0, 3);
    }

    [Fact]
    public void A_fleet_repeats_and_has_each_special_object_with_valid_distinct_uids()
    {
        var fleet = PhantomFleet.Make(7, 1);
        var again = PhantomFleet.Make(7, 1);
        var all = fleet.SelectMany(s => s.Instances).ToList();
        Assert.Equal(all.Select(i => i.SopInstanceUid), again.SelectMany(s => s.Instances).Select(i => i.SopInstanceUid));
        Assert.Equal(all[3].DataSetBytes, again.SelectMany(s => s.Instances).ElementAt(3).DataSetBytes);
        Assert.Equal(all.Count, all.Select(i => i.SopInstanceUid).Distinct().Count());
        Assert.All(all, i => Assert.True(DicomUid.IsValid(i.SopInstanceUid)));
        Assert.Equal(
            ["RLE compressed", "colour Doppler", "corrupt: pixel data cut short", "late image", "missing attributes", "two-frame clip"],
            all.Select(i => i.Kind).Where(k => k != "B-mode").Order(StringComparer.Ordinal));
        Assert.All(fleet, s => Assert.Contains(s.Instances, i => i.ExpectScored && !i.IsLate));
    }
}
