using System.Text.Json;
using PacsAiWorker.Demo.Phantoms;
using PacsAiWorker.Inference;
using PacsAiWorker.Inference.Imaging;
using PacsAiWorker.Inference.Runtime;
using PacsAiWorker.Inference.Stages;
using PacsAiWorker.Native.OnnxRuntime;
using PacsAiWorker.Testing;

namespace PacsAiWorker.Tests.Inference.Stages;

public sealed class StageDumpTests : IDisposable
{
    private const int Patient = 4711;

    private static readonly FixedClock Today = FixedClock.On(2026, 11, 22);
    private readonly Pictures _pictures = new();
    private readonly ModelRegistry _registry = ModelRegistry.Load(SourceTree.Path("models"), new RuntimeOptions(Provider: OrtProvider.Cpu, IntraOpThreads: 1), Today);
    private readonly string _target;

    public StageDumpTests() => _target = Path.Combine(_pictures.Folder, "stages");

    public void Dispose()
    {
        _registry.Dispose();
        _pictures.Dispose();
    }

    private string Phantom(PhantomContent content)
    {
        var bytes = PhantomFile.Encode(content, new PhantomIdentity(Patient, "1.2.77", "1.2.77.1", "1.2.77.1.1", 1, "Test", Today.GetUtcNow()));
        return _pictures.Write(PhantomFile.SopClassOf(content), PhantomFile.SyntaxOf(content).Uid, bytes);
    }

    private InstanceScorer Scorer => new(_registry.Current, TestCodecs.Pool, Today);

    private async Task<IReadOnlyList<DumpedStage>> DumpAsync(string file) =>
        await new StageDump(_registry.Current, TestCodecs.Pool).WriteAsync(file, await Scorer.InspectAsync(file, false, CancellationToken.None), _target, CancellationToken.None);

    private byte[] Values(DumpedStage stage)
    {
        var bytes = File.ReadAllBytes(Path.Combine(_target, stage.File));
        return bytes[(10 + BitConverter.ToUInt16(bytes, 8))..];
    }

    [Fact]
    public async Task The_stages_are_those_of_the_score()
    {
        var file = Phantom(new PhantomContent(new PhantomScene(4, true, Geometry.Convex)));
        var score = Assert.Single((await Scorer.ScoreAsync(file, 2, false, CancellationToken.None)).Scores);
        var stages = await DumpAsync(file);
        Assert.Equal(["stored", "displayed", "crop", "resized", "input", "raw", "probabilities"], stages.Select(s => s.Stage));
        Assert.Equal(score.Logits, System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(Values(stages[5])).ToArray());
        Assert.Equal(score.Probabilities, System.Runtime.InteropServices.MemoryMarshal.Cast<byte, double>(Values(stages[6])).ToArray());
        using var list = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(_target, "stages.json")));
        Assert.Equal(score.InputSha256, list.RootElement.GetProperty("inputs")[0].GetProperty("inputSha256").GetString());
        Assert.Equal(score.InputSha256, Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(Values(stages[4]))));
        Assert.Equal(score.Runtime, list.RootElement.GetProperty("models")[0].GetProperty("runtime").GetString());
    }

    /// <summary>A device writes the name above the scan area.</summary>
    [Fact]
    public async Task What_lies_outside_the_scan_area_is_0_in_every_stage()
    {
        var content = new PhantomContent(new PhantomScene(4, true, TextBands: true), PhantomPixels.Rgb);
        var box = PhantomImage.Make(content.Scene).Box;
        var stages = await DumpAsync(Phantom(content));
        Assert.Contains(stages, s => s.Stage == "grey");
        foreach (var stage in stages.Where(s => s.Model is null))
        {
            var values = Values(stage);
            for (var i = 0; i < values.Length; i++)
                if (i / 3 % 640 < box.X0 || i / 3 % 640 > box.X1 || i / 3 / 640 < box.Y0 || i / 3 / 640 > box.Y1)
                    Assert.True(values[i] == 0, $"{stage.Stage} at {i}");
            Assert.Contains(values, v => v > 0);
        }
    }

    [Fact]
    public async Task Nothing_of_the_patient_stands_in_names_or_in_the_list()
    {
        await DumpAsync(Phantom(new PhantomContent(new PhantomScene(4, true))));
        var words = string.Join('\n', Directory.EnumerateFileSystemEntries(_target, "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(_target, f)))
            + await File.ReadAllTextAsync(Path.Combine(_target, "stages.json"));
        Assert.All(["4711", "PHANTOM-", "1.2.77", "19800101", Path.GetFileName(_pictures.Folder)], secret => Assert.DoesNotContain(secret, words, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Frames_of_a_clip_bear_their_numbers()
    {
        var stages = await DumpAsync(Phantom(new PhantomContent(new PhantomScene(4, true), Frames: 2)));
        Assert.All(stages, s => Assert.Equal(1, s.Frame)); // the second frame repeats the first
        Assert.Contains(stages, s => s.File == "demo-phantom/frame-0001-input.npy");
    }

    [Fact]
    public async Task An_image_that_may_not_be_scored_has_no_stages_and_says_why()
    {
        var why = await Assert.ThrowsAsync<InvalidDataException>(() => DumpAsync(Phantom(new PhantomContent(new PhantomScene(4, true, ColourFlow: true), PhantomPixels.Rgb))));
        Assert.Contains("Doppler", why.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_target));
    }
}
