using System.Runtime.InteropServices;
using System.Security.Cryptography;
using PacsAiWorker.Dicom.Files;
using PacsAiWorker.Inference.Imaging;
using PacsAiWorker.Inference.Imaging.Codecs;
using PacsAiWorker.Inference.Imaging.Resampling;
using PacsAiWorker.Inference.Packages;
using PacsAiWorker.Inference.Routing;
using PacsAiWorker.Inference.Runtime;
using PacsAiWorker.Inference.Runtime.Batching;

namespace PacsAiWorker.Inference.Stages;

/// <summary>
/// Writes every stage of scoring as an array, to be compared with another program's. What lies outside all crops is 0: there devices write
/// who the patient is.
/// </summary>
/// <param name="packages">The packages in use.</param>
/// <param name="codecs">Where pictures are decoded.</param>
public sealed class StageDump(ModelSet packages, CodecPool codecs)
{
    /// <summary>A package that applies, its crop, and what it is called here: the id, with the version for a shadow of another.</summary>
    private sealed record Used(string Name, LoadedModel Model, Crop Crop)
    {
        public ModelCard Card => Model.Card;

        public PreprocessingRule Rule => Model.Card.Preprocessing;
    }

    /// <summary>Writes the arrays of the packages that apply, view routers too, and stages.json.</summary>
    /// <param name="file">The image.</param>
    /// <param name="seen">What <see cref="InstanceScorer.InspectAsync"/> says of it.</param>
    /// <param name="folder">Empty, or made.</param>
    /// <param name="cancellation">Ends waiting.</param>
    /// <exception cref="InvalidDataException">Nothing of the image may be scored; the message says why.</exception>
    /// <exception cref="DeviceUnavailableException">A network could not be run.</exception>
    /// <exception cref="IOException">The folder cannot be written.</exception>
    public async Task<IReadOnlyList<DumpedStage>> WriteAsync(FileRange file, InstanceInspection seen, string folder, CancellationToken cancellation)
    {
        using var reading = InstanceReading.Of(file, codecs, cancellation);
        if (reading.Facts.Crop is not { } scan || reading.Frames.Count == 0)
            throw new InvalidDataException($"{reading.Reason?.Text()}: {reading.Detail}");
        var used = packages.Models.Where(m => Applies(m, seen)).Select(m => (Model: m, Crop: reading.CropFor(m.Card)))
            .Where(m => m.Crop is not null).Select(m => new Used(packages.Leads(m.Model) ? m.Model.Card.Id : m.Model.Name, m.Model, m.Crop!)).ToList();
        List<Crop> shown = [scan, .. used.Select(u => u.Crop)];
        var target = new StageFolder(folder);
        WriteStored(file, reading, shown, target, cancellation);
        foreach (var frame in reading.Frames)
        {
            var image = frame.Image;
            var axes = image.Channels == 1 ? "row, column" : "row, column, colour (red, green, blue)";
            target.Add<byte>("displayed", null, frame.Number, Shown(image.Pixels, image.Width, image.Height, image.Channels, shown), Pixels(image.Height, image.Width, image.Channels), axes, "grey level 0 (black) to 255; 0 outside all crops");
        }
        var digests = new List<object>();
        foreach (var each in used)
            foreach (var frame in reading.Frames)
                digests.Add(new { model = each.Name, frame = frame.Number, inputSha256 = await WriteAsync(each, frame, target, cancellation).ConfigureAwait(false) });
        target.End(new
        {
            schema = 1,
            image = new
            {
                reading.Facts.Columns,
                reading.Facts.Rows,
                reading.Facts.PhotometricInterpretation,
                transferSyntax = reading.Facts.TransferSyntaxName,
                reading.Facts.Frames,
                framesUsed = reading.Frames.Select(f => f.Number),
                crop = Box(scan),
            },
            models = used.Select(Words),
            inputs = digests,
            stages = target.Stages,
        });
        return target.Stages;
    }

    private bool Applies(LoadedModel model, InstanceInspection seen) =>
        !packages.Suspended.ContainsKey(model.Identity)
        && (seen.Applies.Contains(model.Card.Id) || (model.Card.IsRouter && seen.NotApplied.All(n => n.ModelId != model.Card.Id)));

    /// <summary>Samples as the decoder gives them. A video is decoded to pictures at once, so there are none.</summary>
    private void WriteStored(FileRange range, InstanceReading reading, List<Crop> shown, StageFolder target, CancellationToken cancellation)
    {
        using var file = Part10File.Open(range);
        var header = FrameHeader.Read(file.DataSet);
        if (FrameSource.Open(file, header, codecs).Value is not { Coding: not PixelCoding.Video } source)
            return;
        foreach (var frame in reading.Frames)
        {
            using var stored = source.ReadStored(Math.Max(0, frame.Number - 1), cancellation).Value;
            if (stored is null)
                continue;
            var values = Shown(stored.Data.Span, stored.Width, stored.Height, stored.Samples * stored.SampleBytes, shown);
            var shape = Pixels(stored.Height, stored.Width, stored.Samples);
            var (axes, unit) = (stored.Samples == 1 ? "row, column" : "row, column, sample", $"stored value, {stored.Bits} bits{(header.Signed ? ", signed" : "")}; 0 outside all crops");
            if (stored.SampleBytes == 1)
                target.Add<byte>("stored", null, frame.Number, values, shape, axes, unit);
            else if (header.Signed)
                target.Add("stored", null, frame.Number, MemoryMarshal.Cast<byte, short>(values), shape, axes, unit);
            else
                target.Add("stored", null, frame.Number, MemoryMarshal.Cast<byte, ushort>(values), shape, axes, unit);
        }
    }

    /// <returns>SHA-256 of the input, as scores record it.</returns>
    private static async Task<string> WriteAsync(Used used, ChosenFrame frame, StageFolder target, CancellationToken cancellation)
    {
        var (id, rule, number) = (used.Name, used.Rule, frame.Number);
        using var crop = frame.Image.Cropped(used.Crop);
        target.Add("crop", id, number, crop.Pixels, Pixels(crop.Height, crop.Width, crop.Channels), crop.Channels == 1 ? "row, column" : "row, column, colour (red, green, blue)", "grey level 0 (black) to 255");
        if (crop.Channels == 3 && !rule.IsColour)
            target.Add<byte>("grey", id, number, Grey(crop), [crop.Height, crop.Width], "row, column", "grey level 0 (black) to 255");
        // The same work with a rule that normalises nothing.
        var levels = rule with { Scale = 1, Mean = new double[rule.Channels], Std = [.. Enumerable.Repeat(1.0, rule.Channels)], Layout = TensorLayout.Nhwc };
        target.Add<float>("resized", id, number, Preprocessing.ToTensor(frame.Image, used.Crop, levels), [rule.Height, rule.Width, rule.Channels],
            $"row, column, channel ({(rule.Colour switch { ColourRule.Rgb => "red, green, blue", ColourRule.Bgr => "blue, green, red", _ => "grey" })})", "grey level 0 to 255, not rounded");
        using var item = await used.Model.Queue.LeaseAsync(Tiers.Backfill, cancellation).ConfigureAwait(false);
        Preprocessing.Fill(frame.Image, used.Crop, rule, item.Input, new PreprocessingScratch());
        target.Add<float>("input", id, number, item.Input, [.. used.Card.InputShape.Select(n => n < 0 ? 1 : (int)n)],
            rule.Layout == TensorLayout.Nchw ? "image, channel, row, column" : "image, row, column, channel", "(grey level × scale − mean) / std");
        var digest = Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes(item.Input)));
        item.Submit();
        await item.DoneAsync().ConfigureAwait(false);
        if (item.Outcome is not (BatchOutcome.Scored or BatchOutcome.NotFinite))
            throw new DeviceUnavailableException($"{id} could not be run: {item.Why}");
        var raw = item.Output.ToArray();
        target.Add<float>("raw", id, number, raw, [1, raw.Length], "image, class", "what the network gives");
        target.Add<double>("probabilities", id, number, Probabilities.From(raw, used.Card), [1, raw.Length], "image, class", "probability");
        return digest;
    }

    private static int[] Pixels(int height, int width, int samples) => samples == 1 ? [height, width] : [height, width, samples];

    private static byte[] Grey(RasterImage image)
    {
        var grey = new byte[image.Width * image.Height];
        for (var i = 0; i < grey.Length; i++)
            grey[i] = Preprocessing.Grey(image.Pixels[3 * i], image.Pixels[3 * i + 1], image.Pixels[3 * i + 2]);
        return grey;
    }

    /// <summary>The pixels within the crops; 0 elsewhere.</summary>
    private static byte[] Shown(ReadOnlySpan<byte> pixels, int width, int height, int pixelBytes, List<Crop> crops)
    {
        var shown = new byte[width * height * pixelBytes];
        foreach (var crop in crops)
            for (var y = crop.Y0; y <= crop.Y1; y++)
            {
                var (start, length) = ((y * width + crop.X0) * pixelBytes, crop.Width * pixelBytes);
                pixels.Slice(start, length).CopyTo(shown.AsSpan(start, length));
            }
        return shown;
    }

    private static object Box(Crop crop) => new { crop.X0, crop.Y0, crop.X1, crop.Y1, source = crop.Source.ToString() };

    /// <summary>With the words of model.yaml.</summary>
    private static object Words(Used used) => new
    {
        used.Name,
        used.Card.Id,
        used.Card.Version,
        used.Model.Identity,
        used.Model.Runtime,
        precision = Precision.In(used.Model.Runtime),
        crop = Box(used.Crop),
        colour = used.Rule.Colour switch { ColourRule.Gray => "gray", ColourRule.Rgb => "rgb", ColourRule.Bgr => "bgr", _ => "gray-replicate" },
        resize = new
        {
            w = used.Rule.Width,
            h = used.Rule.Height,
            mode = used.Rule.Mode switch { ResizeMode.Letterbox => "letterbox", ResizeMode.ShortSideCentreCrop => "shortSide+centreCrop", _ => "stretch" },
            used.Rule.Pad,
            used.Rule.ShortSide,
            interpolation = used.Rule.Interpolation switch { Interpolation.Nearest => "nearest", Interpolation.Bilinear => "bilinear", Interpolation.Bicubic => "bicubic", _ => "area" },
            used.Rule.Antialias,
        },
        layout = used.Rule.Layout == TensorLayout.Nchw ? "NCHW" : "NHWC",
        used.Rule.Scale,
        used.Rule.Mean,
        used.Rule.Std,
        activation = used.Card.Activation switch { Activation.Softmax => "softmax", Activation.Sigmoid => "sigmoid", _ => "none" },
        classes = used.Card.Classes.Select(c => c.Id),
    };
}
