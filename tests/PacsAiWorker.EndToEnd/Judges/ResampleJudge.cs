using System.Text.Json;
using PacsAiWorker.EndToEnd.Phantoms;
using PacsAiWorker.EndToEnd.Servers;
using PacsAiWorker.Inference.Imaging;
using PacsAiWorker.Inference.Packages;
using Xunit;

namespace PacsAiWorker.EndToEnd.Judges;

/// <summary>A picture and a rule, resized by us and by Pillow.</summary>
/// <param name="Image">Source.</param>
/// <param name="Rule">Grey or RGB in grey levels: NHWC, scale 1, mean 0, std 1.</param>
internal sealed record ResampleCase(RasterImage Image, PreprocessingRule Rule)
{
    public static ResampleCase Of(RasterImage image, int width, int height, Interpolation interpolation)
    {
        var isGrey = image.Channels == 1;
        return new(image, new PreprocessingRule(isGrey ? ColourRule.Gray : ColourRule.Rgb, width, height, interpolation, interpolation is Interpolation.Bilinear or Interpolation.Bicubic,
            1, isGrey ? [0] : [0, 0, 0], isGrey ? [1] : [1, 1, 1])
        { Layout = TensorLayout.Nhwc });
    }

    /// <summary>Grey levels, not rounded.</summary>
    public float[] Ours() => Preprocessing.ToTensor(Image, new Crop(0, 0, Image.Width - 1, Image.Height - 1, CropSource.Full), Rule);

    public object Job() => new
    {
        sourceWidth = Image.Width,
        sourceHeight = Image.Height,
        channels = Image.Channels,
        mode = Rule.Mode switch { ResizeMode.Stretch => "stretch", ResizeMode.Letterbox => "letterbox", _ => "shortSide+centreCrop" },
#pragma warning disable CA1308 // the script's names are in lower case
        interpolation = Rule.Interpolation.ToString().ToLowerInvariant(),
#pragma warning restore CA1308
        width = Rule.Width,
        height = Rule.Height,
        shortSide = Rule.ShortSide,
        pad = (int)Rule.Pad,
    };
}

/// <summary>Debian's Pillow, which most pipelines were trained with.</summary>
internal static class ResampleJudge
{
    /// <returns>Pillow's picture of each case, in the order of ours.</returns>
    public static async Task<IReadOnlyList<ArraySegment<byte>>> ResizeAsync(IReadOnlyList<ResampleCase> cases, string folder)
    {
        Tool.Find("/usr/lib/python3/dist-packages/PIL/__init__.py", "python3-pil");
        string jobs = Path.Combine(folder, "jobs.json"), sources = Path.Combine(folder, "sources.raw"), results = Path.Combine(folder, "results.raw");
        await File.WriteAllTextAsync(jobs, JsonSerializer.Serialize(cases.Select(c => c.Job())));
        await File.WriteAllBytesAsync(sources, [.. cases.SelectMany(c => c.Image.Pixels.ToArray())]);
        Assert.Equal(cases.Count, await PhantomMaker.PythonAsync<int>("Judges/resize_by_pillow.py", [jobs, sources, results]));
        var all = await File.ReadAllBytesAsync(results);
        var pictures = new List<ArraySegment<byte>>();
        var at = 0;
        foreach (var each in cases)
        {
            pictures.Add(new ArraySegment<byte>(all, at, each.Rule.Length));
            at += each.Rule.Length;
        }

        Assert.Equal(all.Length, at);
        return pictures;
    }
}
