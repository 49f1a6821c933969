using System.Globalization;
using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Inference.Imaging;
using PacsAiWorker.Inference.Packages;
using PacsAiWorker.Inference.Runtime;
using PacsAiWorker.Native.OnnxRuntime;
using PacsAiWorker.Testing;

namespace PacsAiWorker.Tests.Inference.Runtime;

/// <summary>A colour picture under a network that takes red for a lesion.</summary>
public sealed class GoldenPictureCheckTests : IDisposable
{
    private const int Side = 160;

    private static readonly ModelCard Demo = ModelPackage.Load(Path.Combine(SourceTree.Path("models"), "demo-phantom")).Card;

    private readonly Pictures _pictures = new();
    private readonly ModelCard _card;

    public GoldenPictureCheckTests()
    {
        var rule = new PreprocessingRule(ColourRule.Rgb, 32, 32, Interpolation.Bilinear, true, 1 / 255.0, [0, 0, 0], [1, 1, 1]);
        _card = Demo with { Preprocessing = rule };
        _card = _card with { GoldenPictures = [Golden(Write(Reddish()))] };
    }

    public void Dispose() => _pictures.Dispose();

    /// <summary>Ten times what is red above what is blue.</summary>
    private static float[] Redness(float[] input)
    {
        var plane = input.Length / 3;
        return [0, 10 * (input.Take(plane).Average() - input.Skip(2 * plane).Average())];
    }

    /// <summary>Stripes, 20 levels redder than blue: little enough for B-mode. Two regions, the first the larger.</summary>
    private static DataSet Reddish()
    {
        var pixels = new byte[Side * Side * 3];
        for (var i = 0; i < pixels.Length; i++)
            pixels[i] = (byte)(60 + i / 3 % 7 * 20 - i % 3 * 10);
        return Pictures.Ultrasound("RGB", 3, Side, Side, pixels)
            .SetUShort(Tags.PlanarConfiguration, 0)
            .Set(Tags.PatientIdentityRemoved, "YES")
            .SetItems(Tags.SequenceOfUltrasoundRegions, [Region(10, 10, 109, 149), Region(115, 20, 149, 80)]);
    }

    private static DataSet Region(int x0, int y0, int x1, int y1) => new DataSet()
        .SetUShort(Tags.RegionSpatialFormat, 1).SetUShort(Tags.RegionDataType, 1)
        .SetInt(Tags.RegionLocationMinX0, x0).SetInt(Tags.RegionLocationMinY0, y0).SetInt(Tags.RegionLocationMaxX1, x1).SetInt(Tags.RegionLocationMaxY1, y1);

    private string Write(DataSet set, TransferSyntax? syntax = null) => Path.GetFileName(_pictures.Write(set, syntax));

    private static GoldenPicture Golden(string file)
    {
        var lesion = 1 / (1 + Math.Exp(-10 * 20 / 255.0));
        return new GoldenPicture(file, 0, [1 - lesion, lesion], new Dictionary<string, double> { [Precision.Fp32] = 1e-4 });
    }

    private string Check(ModelCard card) => new GoldenPictureCheck(card, _pictures.Folder, Precision.Of(card, OrtPrecision.Fp32), Redness).Check();

    private string Refused(ModelCard card) => Assert.Throws<PackageException>(() => Check(card)).Message;

    private string Refused(DataSet set, TransferSyntax? syntax = null) => Refused(_card with { GoldenPictures = [Golden(Write(set, syntax))] });

    private GoldenPicture Picture => _card.GoldenPictures[0];

    [Fact]
    public void A_picture_that_gets_its_scores_passes_and_a_package_without_any_says_so()
    {
        Assert.Matches("^1 from file to score, largest difference .* at fp32$", Check(_card));
        Assert.Equal("the card names none", Check(_card with { GoldenPictures = [] }));
    }

    [Fact]
    public void The_other_order_of_colours_is_refused_with_both_numbers_and_said_to_be_the_order()
    {
        var why = Refused(_card with { Preprocessing = _card.Preprocessing with { Colour = ColourRule.Bgr } });
        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $", {Picture.Scores[0]:R} was expected (0.0001 apart at most at fp32; crop 10,10 to 109,149)"), why, StringComparison.Ordinal);
        Assert.Contains("with 'colour: rgb' it gets what was expected: correct the card", why, StringComparison.Ordinal);
        Assert.Contains("with 'colour: rgb'", Refused(_card with { Preprocessing = _card.Preprocessing with { Colour = ColourRule.GrayReplicate } }), StringComparison.Ordinal);
    }

    [Fact]
    public void A_score_that_no_single_setting_explains_is_refused_with_both_numbers()
    {
        var why = Refused(_card with { GoldenPictures = [Picture with { Scores = [0.25, 0.75] }] });
        Assert.Contains("0.25 was expected", why, StringComparison.Ordinal);
        Assert.Contains("crop, pre-processing or network are not those that were tested", why, StringComparison.Ordinal);
        var blind = new GoldenPictureCheck(_card, _pictures.Folder, Precision.Fp32, _ => [float.NaN, 0]);
        Assert.Contains("gets NaN", Assert.Throws<PackageException>(blind.Check).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Damaged_crop_settings_are_said_to_be_the_crop()
    {
        Assert.Contains("gets no crop: demo-phantom finds no region that its rules accept; correct 'roi'", Refused(_card with { Region = RegionPolicy.Reject }), StringComparison.Ordinal);
        Assert.Contains("gets no crop: the scan area is 100 × 140 pixels; demo-phantom needs 101", Refused(_card with { MinSidePixels = 101 }), StringComparison.Ordinal);
        var stated = Picture with { Crop = new Crop(10, 10, 109, 149, CropSource.Region) };
        Check(_card with { GoldenPictures = [stated] });
        Assert.Contains("gets the crop 10,10 to 109,149, 10,10 to 108,149 was expected; correct 'roi'",
            Refused(_card with { GoldenPictures = [stated with { Crop = stated.Crop with { X1 = 108 } }] }), StringComparison.Ordinal);
        var bare = Reddish();
        bare.Remove(Tags.SequenceOfUltrasoundRegions);
        Assert.Contains("gets no crop", Refused(_card with { PixelFallback = false, GoldenPictures = [Golden(Write(bare))] }), StringComparison.Ordinal);
    }

    [Fact]
    public void A_precision_without_a_tolerance_is_refused() =>
        Assert.Contains("has no tolerance for int8, at which the network computes; add it to 'golden.dicom.tolerance'", Refused(_card with { IsInt8 = true }), StringComparison.Ordinal);

    [Fact]
    public void A_frame_that_is_not_scored_is_refused() =>
        Assert.Contains("has no frame 3 among those that are scored (0)", Refused(_card with { GoldenPictures = [Picture with { Frame = 3 }] }), StringComparison.Ordinal);

    [Fact]
    public void A_picture_that_may_show_a_patient_does_not_travel_in_a_package() =>
        Assert.Contains("may show a patient; take a phantom, or de-identify it", Refused(Reddish().Set(Tags.PatientIdentityRemoved, "NO")), StringComparison.Ordinal);

    [Fact]
    public void A_picture_that_is_not_scored_or_not_readable_or_needs_a_decoder_is_refused()
    {
        Assert.Contains("is not scored: ", Refused(Reddish().Set(Tags.Modality, "CT")), StringComparison.Ordinal);
        Assert.Contains("is stored as JPEG Baseline; store it uncompressed or as RLE", Refused(Reddish(), TransferSyntax.JpegBaseline), StringComparison.Ordinal);
        Assert.Contains("is no readable DICOM file; copy the package again",
            Refused(_card with { GoldenPictures = [Golden(Path.GetFileName(_pictures.Write([1, 2, 3])))] }), StringComparison.Ordinal);
    }
}
