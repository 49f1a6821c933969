using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using PacsAiWorker.Demo.Phantoms;
using PacsAiWorker.Dicom.Files;
using PacsAiWorker.Inference.Imaging;
using PacsAiWorker.Inference.Networks;
using PacsAiWorker.Inference.Packages;
using PacsAiWorker.Native.OnnxRuntime;

namespace PacsAiWorker.EndToEnd.Judges;

/// <summary>A package that takes blue, green, red: a ResNet-18 of random weights under the demonstration's card, with a golden picture that has colour.</summary>
internal static class ColourPackage
{
    private const int Side = 64;
    private const string Picture = "golden/picture.dcm";

    private static readonly PhantomScene Scene = new(31, true);

    private static readonly PreprocessingRule Rule = new(
        ColourRule.Bgr, Side, Side, Interpolation.Bilinear, true, 1 / 255.0, [0.406, 0.456, 0.485], [0.225, 0.224, 0.229]);

    public static void Write(string folder, string id)
    {
        var network = RandomNetwork.Create(NetworkCatalog.Find("ResNet-18")!, 2, Side).Graph.ToBytes();
        var image = PhantomImage.Make(Scene);
        var input = Preprocessing.ToTensor(new RasterImage(Scene.Width, Scene.Height, 3, Tinted(image.Rgb)), new Crop(image.Box.X0, image.Box.Y0, image.Box.X1, image.Box.Y1, CropSource.Region), Rule);
        using var session = OrtSession.Create(OrtLibrary.Load(null, AppContext.BaseDirectory), network, new OrtSessionSettings());
        var output = session.Run(input, [1, 3, Side, Side]).Single();
        Directory.CreateDirectory(Path.Combine(folder, "golden"));
        File.WriteAllBytes(Path.Combine(folder, "model.onnx"), network);
        File.WriteAllBytes(Path.Combine(folder, "golden", "input.f32"), MemoryMarshal.AsBytes(input.AsSpan()).ToArray());
        File.WriteAllBytes(Path.Combine(folder, "golden", "output.f32"), MemoryMarshal.AsBytes(output.AsSpan()).ToArray());
        WritePicture(Path.Combine(folder, Picture));
        File.WriteAllText(Path.Combine(folder, "model.yaml"), Card(id, network, 1 / (1 + Math.Exp(output[0] - output[1]))));
    }

    /// <summary>A phantom with less blue and little less green, as through a warm map.</summary>
    public static void WritePicture(string path)
    {
        var content = new PhantomContent(Scene, PhantomPixels.Rgb);
        var identity = new PhantomIdentity(8, "1.2.6", "1.2.6.1", "1.2.6.1.1", 1, "Test", new DateTimeOffset(2026, 11, 22, 0, 0, 0, TimeSpan.Zero));
        var set = PhantomFile.Encode(content, identity);
        var pixels = Scene.Width * Scene.Height * 3; // the last element
        File.WriteAllBytes(path, [.. Part10.Header(new FileMeta(PhantomFile.SopClassOf(content), identity.SopInstanceUid, PhantomFile.SyntaxOf(content).Uid)), .. set[..^pixels], .. Tinted(set[^pixels..])]);
    }

    private static byte[] Tinted(byte[] rgb) => [.. rgb.Select((level, i) => (byte)(level * (100 - i % 3 * 7) / 100))];

    private static string Card(string id, byte[] network, double lesion)
    {
        var card = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "models", "demo-phantom", "model.yaml")).Replace("featureOutput: activation\n", "", StringComparison.Ordinal);
        var c = CultureInfo.InvariantCulture;
        foreach (var (key, value) in (ReadOnlySpan<(string, string)>)
        [
            ("id", id), ("sha256", Convert.ToHexStringLower(SHA256.HashData(network))), ("bytes", network.Length.ToString(c)),
            ("input", $"{{ name: input, dtype: float32, layout: NCHW, shape: [-1, 3, {Side}, {Side}] }}"), ("colour", "bgr"),
            ("resize", $"{{ w: {Side}, h: {Side}, mode: stretch, interpolation: bilinear, antialias: true }}"),
            ("mean", "[0.406, 0.456, 0.485]"), ("std", "[0.225, 0.224, 0.229]"),
            ("golden", string.Create(c, $"{{ input: golden/input.f32, output: golden/output.f32, tolerance: 0.0001, dicom: [{{ file: {Picture}, scores: {{ not-flagged: {1 - lesion:R}, phantom-lesion: {lesion:R} }}, tolerance: {{ fp32: 0.0001 }} }}] }}")),
        ])
            card = Line(key).Replace(card, $"{key}: {value}", 1);
        return card;
    }

    private static Regex Line(string key) => new($"^{key}: .*$", RegexOptions.Multiline);
}
