using System.Text.Json;
using PacsAiWorker.Demo.Phantoms;
using PacsAiWorker.Dicom.Files;
using PacsAiWorker.EndToEnd.Servers;
using PacsAiWorker.Inference.Imaging;
using Xunit;

namespace PacsAiWorker.EndToEnd.Line;

/// <summary><c>score --explain</c>, as a person runs it.</summary>
public sealed class ExplainTests : IDisposable
{
    private readonly TempFolder folder = new("explain");

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Each_scored_image_gets_a_picture_of_its_crop_that_is_hottest_in_the_lesion_and_names_nobody()
    {
        ShippedPackage.CopyTo(folder["models/demo"]);
        var phantom = PhantomImage.Make(new PhantomScene(7_000_000_003, true));
        var result = (await RunAsync("--explain", folder["maps"], "--json")).Succeeded();
        var line = JsonDocument.Parse(result.Output).RootElement.EnumerateArray().Single();
        var explained = line.GetProperty("explanation");
        Assert.Equal(["0001-demo-phantom.png"], Directory.GetFiles(folder["maps"]).Select(Path.GetFileName));
        Assert.Equal(("0001-demo-phantom.png", "phantom-lesion", 10), (explained.GetProperty("file").GetString(), explained.GetProperty("class").GetString(), explained.GetProperty("passes").GetInt32()));
        var (x, y, lesion) = (explained.GetProperty("peakX").GetInt32(), explained.GetProperty("peakY").GetInt32(), phantom.LesionBox!.Value);
        Assert.InRange(x, lesion.X0, lesion.X1);
        Assert.InRange(y, lesion.Y0, lesion.Y1);

        var again = await RunAsync("--explain", folder["maps"]);
        Assert.Equal((2, ""), (again.ExitCode, again.Output));
        Assert.Contains("is not empty; name a new or an empty folder", again.Error, StringComparison.Ordinal);

        using var picture = PngFile.Read(new MemoryStream(File.ReadAllBytes(folder["maps/0001-demo-phantom.png"])));
        Assert.Equal((phantom.Box.Width, phantom.Box.Height, 3), (picture.Width, picture.Height, picture.Channels));
        var hottest = 3 * ((y - phantom.Box.Y0) * picture.Width + x - phantom.Box.X0);
        Assert.InRange(picture.Pixels[hottest], 150, 255);
        Assert.InRange(picture.Pixels[hottest + 2], 0, 102);
    }

    [Fact]
    public async Task A_package_that_cannot_be_explained_is_said_and_its_scores_are_given()
    {
        ShippedPackage.CopyTo(folder["models/demo"]);
        var card = folder["models/demo/model.yaml"];
        File.WriteAllText(card, File.ReadAllText(card).Replace("featureOutput: activation\n", "", StringComparison.Ordinal));
        var result = (await RunAsync("--explain", folder["maps"], "--explain-channels", "all")).Succeeded();
        Assert.Contains("Not explained: demo-phantom 1.0.0 cannot be explained: its model.yaml names no 'featureOutput'", result.Error, StringComparison.Ordinal);
        Assert.Contains(",phantom-lesion,0.", result.Output, StringComparison.Ordinal);
        Assert.EndsWith(",\n", result.Output.ReplaceLineEndings("\n"), StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(folder["maps"]));

        var wrong = await RunAsync("--explain", folder["maps"], "--explain-channels", "many");
        Assert.Equal(2, wrong.ExitCode);
        Assert.Contains("write all, or a number from 1", wrong.Error, StringComparison.Ordinal);
    }

    private Task<ToolResult> RunAsync(params string[] more)
    {
        var content = new PhantomContent(new PhantomScene(7_000_000_003, true));
        var identity = new PhantomIdentity(7, "1.2.5", "1.2.5.1", "1.2.5.1.1", 1, "Test", new DateTimeOffset(2026, 11, 22, 0, 0, 0, TimeSpan.Zero));
        File.WriteAllBytes(folder["image.dcm"], [.. Part10.Header(new FileMeta(PhantomFile.SopClassOf(content), identity.SopInstanceUid, PhantomFile.SyntaxOf(content).Uid)), .. PhantomFile.Encode(content, identity)]);
        return Tool.RunAsync(WorkerProcess.Program, ["score", folder["image.dcm"], "--model", "demo-phantom", .. more],
            new Dictionary<string, string> { ["Models__Directory"] = folder["models"], ["Inference__Provider"] = "cpu" });
    }
}
