using System.Text.RegularExpressions;
using PacsAiWorker.EndToEnd.Line;
using PacsAiWorker.EndToEnd.Phantoms;
using PacsAiWorker.EndToEnd.Servers;
using PacsAiWorker.Demo.Phantoms;
using PacsAiWorker.Dicom.Files;
using Xunit;

namespace PacsAiWorker.EndToEnd.Judges;

/// <summary>What <c>inspect --dump</c> writes, read by NumPy; each stage is made again from the one before it with NumPy and Pillow.</summary>
public sealed partial class StagesJudgeTests : IDisposable
{
    private const string Stretch = "mode: stretch, interpolation: bilinear, antialias: true";

    private readonly TempFolder folder = new("stages");

    /// <summary>The demonstration package under several rules, whose golden picture holds for the first alone; and one that takes colour.</summary>
    public StagesJudgeTests()
    {
        Package("stretch", Stretch);
        Package("letterbox", "mode: letterbox, pad: 114, interpolation: bicubic, antialias: true");
        Package("centre", "mode: shortSide+centreCrop, shortSide: 110, interpolation: area");
        Package("nearest", "mode: stretch, interpolation: nearest");
        ColourPackage.Write(folder["models/colour"], "colour");
    }

    public void Dispose() => folder.Dispose();

    /// <summary>By how much what was written differs from what the judge makes of the stage before.</summary>
    private sealed record Judged(string Model, int Frame, double Stored, double Crop, double Grey, double Resized, double Input, double Probabilities, bool Digest);

    [Fact]
    public async Task NumPy_and_Pillow_make_each_stage_from_the_one_before()
    {
        PhantomContent[] contents =
        [
            new(new PhantomScene(21, true, Geometry.Convex)), new(new PhantomScene(22, false, TextBands: true), PhantomPixels.Rgb), new(new PhantomScene(23, true), PhantomPixels.RgbPlanar),
            new(new PhantomScene(24, true), PhantomPixels.Palette), new(new PhantomScene(25, true), PhantomPixels.Rle), new(new PhantomScene(26, true), Frames: 2), new(new PhantomScene(27, true), Regions: false),
        ];
        ColourPackage.WritePicture(folder["tinted"]);
        var dumps = new List<string>();
        foreach (var file in (List<string>)[.. contents.Select(Write), folder["tinted"]])
        {
            var dump = folder[$"dump-{dumps.Count}"];
            (await DumpAsync(file, dump)).Succeeded();
            dumps.Add(dump);
        }

        Tool.Find("/usr/lib/python3/dist-packages/PIL/__init__.py", "python3-pil");
        var folders = await PhantomMaker.PythonAsync<IReadOnlyList<IReadOnlyList<Judged>>>("Judges/check_stages.py", dumps);
        Assert.Equal(dumps.Count, folders.Count);
        Assert.All(folders, f => Assert.Equal(["centre", "colour", "letterbox", "nearest", "stretch"], f.Select(j => j.Model)));
        Assert.All(folders.SelectMany(f => f), j =>
        {
            Assert.True(j.Digest);
            Assert.Equal((0, 0), (j.Stored, j.Crop));
            Assert.InRange(j.Grey, 0, 0.5001);
            Assert.InRange(j.Resized, 0, j.Model switch { "nearest" => 0, "letterbox" => 1.15, _ => 1.001 }); // as ResampleJudgeTests tells
            Assert.InRange(j.Input, 0, 2e-6); // float32 against double
            Assert.InRange(j.Probabilities, 0, 1e-12);
        });
    }

    [Fact]
    public async Task A_folder_that_holds_something_is_left_alone()
    {
        var file = Write(new PhantomContent(new PhantomScene(21, true)));
        File.WriteAllText(Path.Combine(folder.Folder("mine"), "notes"), "mine");
        var refused = await DumpAsync(file, folder["mine"]);
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("is not an empty folder; name one that is empty, or a new one", refused.Error, StringComparison.Ordinal);
        Assert.Equal("mine", File.ReadAllText(Path.Combine(folder["mine"], "notes")));
        Assert.Single(Directory.GetFileSystemEntries(folder["mine"]));
        (await DumpAsync(file, folder.Folder("empty"))).Succeeded();
    }

    [Fact]
    public async Task An_image_that_may_not_be_scored_has_no_stages_and_says_why()
    {
        var refused = await DumpAsync(Write(new PhantomContent(new PhantomScene(28, true, ColourFlow: true), PhantomPixels.Rgb)), folder["none"]);
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("has no stages to write: ", refused.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder["none"]));
    }

    private Task<ToolResult> DumpAsync(string file, string target) => Tool.RunAsync(
        WorkerProcess.Program, ["inspect", file, "--dump", target], new Dictionary<string, string> { ["Models__Directory"] = folder["models"], ["Inference__Provider"] = "cpu" });

    private string Write(PhantomContent content)
    {
        var path = folder[Guid.NewGuid().ToString("N")];
        var identity = new PhantomIdentity(7, "1.2.5", "1.2.5.1", "1.2.5.1.1", 1, "Test", new DateTimeOffset(2026, 11, 22, 0, 0, 0, TimeSpan.Zero));
        File.WriteAllBytes(path, [.. Part10.Header(new FileMeta(PhantomFile.SopClassOf(content), identity.SopInstanceUid, PhantomFile.SyntaxOf(content).Uid)), .. PhantomFile.Encode(content, identity)]);
        return path;
    }

    private void Package(string id, string resize)
    {
        ShippedPackage.CopyTo(folder[$"models/{id}"]);
        var card = folder[$"models/{id}/model.yaml"];
        var text = File.ReadAllText(card).Replace("id: demo-phantom", $"id: {id}", StringComparison.Ordinal).Replace(Stretch, resize, StringComparison.Ordinal);
        File.WriteAllText(card, resize == Stretch ? text : GoldenPictures().Replace(text, ""));
    }

    [GeneratedRegex(@", dicom: \[.*\](?= \}\n)")]
    private static partial Regex GoldenPictures();
}
