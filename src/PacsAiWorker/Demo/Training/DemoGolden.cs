using System.Globalization;
using PacsAiWorker.Demo.Phantoms;
using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Dicom.Files;
using PacsAiWorker.Inference.Training;

namespace PacsAiWorker.Demo.Training;

/// <summary>The golden picture of the demonstration package: a phantom as a DICOM file, and what the trained head, not the network, says of it.</summary>
/// <param name="Image">The phantom.</param>
/// <param name="Lesion">Probability of a lesion.</param>
public sealed record DemoGolden(PhantomImage Image, double Lesion)
{
    /// <summary>Where it lies in the package.</summary>
    public const string File = "golden/phantom.dcm";

    private const int Width = 320, Height = 240;
    private const string Uid = "2.25.20261122";

    /// <summary>The first phantom about which the head is undecided: there the probability follows the smallest change.</summary>
    public static DemoGolden Choose(LogisticHead head, ulong seed)
    {
        for (var number = seed; ; number++)
        {
            var image = PhantomImage.Make(new PhantomScene(number, true, Geometry.Convex, Width, Height));
            var probability = head.Probability(FilterBank.Features(DemoCase.Tensor(image)));
            if (probability is > 0.3 and < 0.7)
                return new DemoGolden(image, probability);
        }
    }

    /// <summary>The entry of the card.</summary>
    public string Card => string.Create(CultureInfo.InvariantCulture,
        $"{{ file: {File}, crop: [{Image.Box.X0}, {Image.Box.Y0}, {Image.Box.X1}, {Image.Box.Y1}], scores: {{ not-flagged: {1 - Lesion:0.000000}, phantom-lesion: {Lesion:0.000000} }}, tolerance: {{ fp32: 0.0001 }} }}");

    /// <summary>The DICOM file, RLE.</summary>
    public byte[] PartTen()
    {
        var content = new PhantomContent(Image.Scene, PhantomPixels.Rle);
        var identity = new PhantomIdentity(0, Uid + ".1", Uid + ".2", Uid + ".3", 1, "Golden", new DateTimeOffset(2026, 11, 22, 0, 0, 0, TimeSpan.Zero));
        return [.. Part10.Header(new FileMeta(PhantomFile.SopClassOf(content), identity.SopInstanceUid, TransferSyntax.Rle.Uid)), .. PhantomFile.Encode(content, identity)];
    }
}
