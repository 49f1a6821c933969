using System.Globalization;
using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Dicom.Files;
using PacsAiWorker.Inference.Imaging;
using PacsAiWorker.Inference.Imaging.Codecs;
using PacsAiWorker.Inference.Packages;
using PacsAiWorker.Inference.Routing;

namespace PacsAiWorker.Inference.Runtime;

/// <summary>
/// Scores the golden pictures of a package as received images are: decoding, gates, crop, pre-processing, network, probabilities. Only
/// routing is left out: which images a package takes says nothing about what it makes of them.
/// </summary>
/// <param name="card">What the package says.</param>
/// <param name="folder">Where it lies.</param>
/// <param name="precision">At which the network computes; decides the tolerance.</param>
/// <param name="run">The network: one input to one value a class.</param>
internal sealed class GoldenPictureCheck(ModelCard card, string folder, string precision, Func<float[], float[]> run)
{
    /// <returns>What was found, in words.</returns>
    /// <exception cref="PackageException">A picture is not scored, or not as the card says.</exception>
    public string Check()
    {
        if (card.GoldenPictures.Count == 0)
            return "the card names none";
        // Decoding processes cannot be had where packages are tried, so pictures that need one are refused below and none starts.
        using var codecs = new CodecPool(new CodecOptions { Processes = 1 });
        var found = card.GoldenPictures.Select(picture => Check(picture, codecs)).ToList();
        return string.Create(CultureInfo.InvariantCulture, $"{found.Count} from file to score, largest difference {found.Max():G3} at {precision}");
    }

    private double Check(GoldenPicture picture, CodecPool codecs)
    {
        if (!picture.Tolerance.TryGetValue(precision, out var tolerance))
            throw Wrong(picture, $"has no tolerance for {precision}, at which the network computes; add it to 'golden.dicom.tolerance'");
        var path = Path.Combine(folder, picture.File);
        CheckFile(picture, path);
        using var reading = InstanceReading.Of(path, codecs, CancellationToken.None);
        if (reading.Reason is { } reason)
            throw Wrong(picture, $"is not scored: {reason.Text()}, {reading.Detail}; take a picture that is");
        var crop = CropOf(picture, reading);
        if (reading.Frames.FirstOrDefault(f => f.Number == picture.Frame) is not { } frame)
            throw Wrong(picture, $"has no frame {picture.Frame} among those that are scored ({string.Join(", ", reading.Frames.Select(f => f.Number))}); correct 'frame'");
        var (worst, difference, got) = Compare(picture, Score(frame.Image, crop, card.Preprocessing));
        if (difference <= tolerance)
            return difference;
        var remedy = WhatFits(picture, tolerance, frame.Image, crop) is { } fits
            ? $"with '{fits}' it gets what was expected: correct the card"
            : "crop, pre-processing or network are not those that were tested: correct the card, or install the tested package";
        throw Wrong(picture, string.Create(CultureInfo.InvariantCulture,
            $"gets {got:R} for class {card.Classes[worst].Id}, {picture.Scores[worst]:R} was expected ({tolerance:R} apart at most at {precision}; crop {ScoreReplay.Describe(crop)}); {remedy}"));
    }

    /// <summary>A package goes from hand to hand: no patient may travel in it.</summary>
    private void CheckFile(GoldenPicture picture, string path)
    {
        try
        {
            using var file = Part10File.Open(path);
            if (file.Syntax.Encapsulated && file.Syntax != TransferSyntax.Rle)
                throw Wrong(picture, $"is stored as {file.Syntax.Name}; store it uncompressed or as RLE, so that it tells about the package and not about a decoder");
            if (!PhantomMarker.IsOn(file.DataSet) && file.DataSet.GetString(Tags.PatientIdentityRemoved) != "YES")
                throw Wrong(picture, "may show a patient; take a phantom, or de-identify it and set Patient Identity Removed (0012,0062) to YES");
        }
        catch (Exception error) when (error is DicomFormatException or IOException)
        {
            throw Wrong(picture, "is no readable DICOM file; copy the package again", error);
        }
    }

    private Crop CropOf(GoldenPicture picture, InstanceReading reading)
    {
        var crop = reading.CropFor(card);
        if (Router.OfSize(card, crop) is { } no)
            throw Wrong(picture, $"gets no crop: {no.Why}; correct 'roi', or take the picture that was tested");
        var isAsStated = picture.Crop is not { } stated || (crop!.X0, crop.Y0, crop.X1, crop.Y1) == (stated.X0, stated.Y0, stated.X1, stated.Y1);
        return isAsStated ? crop!
            : throw Wrong(picture, $"gets the crop {ScoreReplay.Describe(crop!)}, {ScoreReplay.Describe(picture.Crop!)} was expected; correct 'roi', or take the picture that was tested");
    }

    private double[] Score(RasterImage image, Crop crop, PreprocessingRule rule) =>
        Probabilities.From(run(Preprocessing.ToTensor(image, crop, rule)), card);

    /// <summary>The class that is furthest off; no number is further than any.</summary>
    private static (int Class, double Difference, double Got) Compare(GoldenPicture picture, double[] got) =>
        got.Select((p, i) => (Class: i, Difference: double.IsFinite(p) ? Math.Abs(p - picture.Scores[i]) : double.PositiveInfinity, Got: p)).MaxBy(c => c.Difference);

    /// <summary>One setting that would bring the expected scores, as it stands in a card; null when none does.</summary>
    private string? WhatFits(GoldenPicture picture, double tolerance, RasterImage image, Crop crop)
    {
        var rule = card.Preprocessing;
        var others = new List<(string Setting, PreprocessingRule Rule)>();
        if (rule.IsColour)
            others.Add(rule.Colour == ColourRule.Rgb ? ("colour: bgr", rule with { Colour = ColourRule.Bgr }) : ("colour: rgb", rule with { Colour = ColourRule.Rgb }));
        if (rule.Channels == 3)
            others.Add(rule.IsColour ? ("colour: gray-replicate", rule with { Colour = ColourRule.GrayReplicate }) : ("colour: rgb", rule with { Colour = ColourRule.Rgb }));
        others.AddRange(
        [
            ("resize.interpolation: nearest", rule with { Interpolation = Interpolation.Nearest, Antialias = false }),
            ("resize.interpolation: area", rule with { Interpolation = Interpolation.Area, Antialias = false }),
            .. new[] { true, false }.SelectMany(antialias => new[]
            {
                ($"resize.interpolation: bilinear, antialias: {(antialias ? "true" : "false")}", rule with { Interpolation = Interpolation.Bilinear, Antialias = antialias }),
                ($"resize.interpolation: bicubic, antialias: {(antialias ? "true" : "false")}", rule with { Interpolation = Interpolation.Bicubic, Antialias = antialias }),
            }),
        ]);
        return others.Find(o => Compare(picture, Score(image, crop, o.Rule)).Difference <= tolerance).Setting;
    }

    private PackageException Wrong(GoldenPicture picture, string what, Exception? inner = null) =>
        new($"{card.Id}/{picture.File} {what}.", inner);
}
