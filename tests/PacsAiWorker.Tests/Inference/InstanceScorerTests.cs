using System.Text.Json;
using PacsAiWorker.Demo.Phantoms;
using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Inference;
using PacsAiWorker.Inference.Packages;
using PacsAiWorker.Inference.Runtime;
using PacsAiWorker.Native.OnnxRuntime;
using PacsAiWorker.Testing;
using PacsAiWorker.Tests.Demo;
using PacsAiWorker.Tests.Inference.Packages;
using Xunit;

namespace PacsAiWorker.Tests.Inference;

public sealed class InstanceScorerTests : IDisposable
{
    private static readonly FixedClock Today = FixedClock.On(2026, 11, 22);
    private static readonly RuntimeOptions Cpu = new(Provider: OrtProvider.Cpu, IntraOpThreads: 1);
    private readonly Pictures _pictures = new();
    private readonly ModelRegistry _registry = ModelRegistry.Load(SourceTree.Path("models"), Cpu, Today);

    public void Dispose()
    {
        _registry.Dispose();
        _pictures.Dispose();
    }

    private InstanceVerdict Score(string path) => Score(_registry, path, Today);

    private static InstanceVerdict Score(ModelRegistry registry, string path, TimeProvider clock) =>
        new InstanceScorer(registry.Current, TestCodecs.Pool, clock).ScoreAsync(path, 2, childrenOnly: false, CancellationToken.None).GetAwaiter().GetResult();

    private string Phantom(PhantomContent content)
    {
        var bytes = PhantomFile.Encode(content, new PhantomIdentity(1, "1.2", "1.2.1", "1.2.1.1", 1, "Test", Today.GetUtcNow()));
        return _pictures.Write(PhantomFile.SopClassOf(content), PhantomFile.SyntaxOf(content).Uid, bytes);
    }

    private static PhantomScene Scene(bool lesion = false) => new(11, lesion);

    [Fact]
    public async Task An_image_of_a_suspended_package_says_so()
    {
        var packages = _registry.Current with { Suspended = new Dictionary<string, string> { [_registry.Current.Models[0].Identity] = "suspended for a test" } };
        var scorer = new InstanceScorer(packages, TestCodecs.Pool, Today);
        var verdict = await scorer.ScoreAsync(Phantom(new PhantomContent(Scene())), 2, childrenOnly: false, CancellationToken.None);
        Assert.Equal((NotScoredReason.PackageSuspended, "suspended for a test"), (verdict.Reason, verdict.Detail));
    }

    [Fact]
    public void Every_object_of_a_fleet_ends_as_announced()
    {
        foreach (var instance in PhantomFleet.Make(7, 3).SelectMany(s => s.Instances))
        {
            var path = _pictures.Write(instance.SopClassUid, instance.TransferSyntaxUid, instance.DataSetBytes);
            var verdict = Score(path);
            Assert.True(instance.ExpectScored == verdict.IsScored, $"{instance.Kind}: {verdict.Reason} {verdict.Detail}");
            Assert.Equal(verdict.IsScored, verdict.Reason is null);
            Assert.Equal(verdict.IsScored, verdict.Scores.Count == 1);
            Assert.Equal(instance.SopInstanceUid, verdict.Facts.SopInstanceUid);
            Assert.True(verdict.Facts.IsPhantom);
            File.Delete(path);
        }
    }

    [Fact]
    public void A_score_carries_what_an_audit_needs_and_repeats_exactly()
    {
        var path = Phantom(new PhantomContent(new PhantomScene(4, true, Geometry.Convex)));
        var score = Assert.Single(Score(path).Scores);
        var model = _registry.Current.Models[0];
        Assert.Equal(("demo-phantom", "1.0.0", model.Card.Sha256, model.Identity),
            (score.ModelId, score.ModelVersion, score.ModelSha256, score.ModelIdentity));
        Assert.Equal(["not-flagged", "phantom-lesion"], score.ClassIds);
        Assert.Equal(1, score.Probabilities.Sum(), 12);
        Assert.Equal(score.Probabilities[1], score.PositiveProbability);
        Assert.Equal(score.PositiveProbability >= score.Threshold, score.IsPositive);
        Assert.Equal(CropSource(path), score.Crop.Source);
        Assert.Equal(64, score.InputSha256.Length);
        Assert.Contains("96x96 Bilinear antialias", score.Preprocessing, StringComparison.Ordinal);
        Assert.Equal(Precision.Fp32, Precision.In(score.Runtime));
        var again = Assert.Single(Score(path).Scores);
        Assert.Equal((score.InputSha256, score.PositiveProbability), (again.InputSha256, again.PositiveProbability));
    }

    private PacsAiWorker.Inference.Imaging.CropSource CropSource(string path) =>
        new InstanceScorer(_registry.Current, TestCodecs.Pool, Today).InspectAsync(path, childrenOnly: false, CancellationToken.None).GetAwaiter().GetResult().Facts.Crop!.Source;

    [Fact]
    public void The_same_picture_scores_the_same_however_it_is_stored()
    {
        PhantomPixels[] ways = [PhantomPixels.Grey, PhantomPixels.Rgb, PhantomPixels.RgbPlanar, PhantomPixels.Palette];
        var inputs = ways.SelectMany(w =>
            new[] { true, false }.Select(i => Score(Phantom(new PhantomContent(Scene(), w, i))).Scores[0].InputSha256));
        Assert.Single(inputs.Distinct());
    }

    [Theory]
    [InlineData("colour", NotScoredReason.Doppler)]
    [InlineData("colour without tags", NotScoredReason.Doppler)]
    [InlineData("short", NotScoredReason.Corrupt)]
    public void What_is_not_scored_has_one_reason_in_words(string kind, NotScoredReason reason)
    {
        var plain = new PhantomContent(Scene());
        var coloured = plain with { Scene = plain.Scene with { ColourFlow = true }, Pixels = PhantomPixels.Rgb };
        var verdict = Score(Phantom(kind switch
        {
            "colour" => coloured,
            "colour without tags" => coloured with { Regions = false, Optional = false },
            _ => plain with { Truncated = true },
        }));
        Assert.False(verdict.IsScored);
        Assert.Equal(reason, verdict.Reason);
        Assert.NotEmpty(verdict.Detail!);
        Assert.Empty(verdict.Scores);
    }

    [Fact]
    public void A_demonstration_package_never_scores_an_image_that_lacks_either_marker()
    {
        var pixels = new byte[128 * 128];
        new Random(1).NextBytes(pixels);
        var set = Pictures.Ultrasound("MONOCHROME2", 1, 128, 128, pixels);
        foreach (var (maker, patient) in new[] { ("Some Maker", "12345"), (PhantomMarker.Manufacturer, "12345"),
            ("Some Maker", "PHANTOM-1") })
        {
            var verdict = Score(_pictures.Write(set.Set(Tags.Manufacturer, maker).Set(Tags.PatientID, patient)));
            Assert.Equal(NotScoredReason.NoModelApplies, verdict.Reason);
            Assert.Equal("demonstration package scores phantoms only", verdict.Detail);
        }
        Assert.True(Score(_pictures.Write(set.Set(Tags.Manufacturer, PhantomMarker.Manufacturer))).IsScored);
    }

    [Fact]
    public void Other_modalities_and_classes_are_not_scored()
    {
        var set = Pictures.Ultrasound("MONOCHROME2", 1, 128, 128, new byte[128 * 128]);
        Assert.Equal(NotScoredReason.NotUltrasound, Score(_pictures.Write(set.Set(Tags.Modality, "IVUS"))).Reason);
        Assert.Equal(NotScoredReason.NotUltrasound,
            Score(_pictures.Write(set.Set(Tags.Modality, "US").Set(Tags.SOPClassUID, SopClasses.ComprehensiveSr).Set(Tags.Modality,
            "SR"))).Reason);
        Assert.Equal(NotScoredReason.UnsupportedObject,
            Score(_pictures.Write(set.Set(Tags.Modality, "US").Set(Tags.SOPClassUID, SopClasses.EnhancedUltrasoundVolume))).Reason);
    }

    [Fact]
    public void A_black_picture_has_no_region_and_a_small_one_is_too_small()
    {
        Assert.Equal(NotScoredReason.NoUsableRegion,
            Score(_pictures.Write(Pictures.Ultrasound("MONOCHROME2", 1, 128, 128, new byte[128 * 128]))).Reason);
        var lit = new byte[50 * 200];
        Array.Fill<byte>(lit, 9);
        Assert.Equal(NotScoredReason.TooSmall, Score(_pictures.Write(Pictures.Ultrasound("MONOCHROME2", 1, 50, 200, lit))).Reason);
    }

    [Fact]
    public void Rubbish_and_absent_files_are_outcomes_and_repeat_nothing_of_the_file()
    {
        var verdict = Score(_pictures.Write([.. "SMITH^JOHN is not DICOM"u8, .. new byte[200]]));
        Assert.Equal(NotScoredReason.Corrupt, verdict.Reason);
        Assert.DoesNotContain("SMITH", verdict.Detail, StringComparison.Ordinal);
        Assert.Equal(NotScoredReason.Corrupt, Score(_pictures.Write([])).Reason);
        Assert.Equal(NotScoredReason.Corrupt, Score(Path.Combine(_pictures.Folder, "none")).Reason);
    }

    [Fact]
    public void A_file_cut_anywhere_ends_in_an_outcome()
    {
        var whole = File.ReadAllBytes(Phantom(new PhantomContent(new PhantomScene(1, false, Geometry.Linear, 128, 128))));
        for (var length = 0; length < 2500; length += 7)
        {
            var path = _pictures.Write(whole[..length]);
            Assert.False(Score(path).IsScored);
            File.Delete(path);
        }
    }

    [Fact]
    public Task A_cancelled_token_is_the_only_way_out_without_an_outcome() =>
        Assert.ThrowsAsync<OperationCanceledException>(() =>
            new InstanceScorer(_registry.Current, TestCodecs.Pool, Today).ScoreAsync("x", 2, childrenOnly: false, new CancellationToken(canceled: true)));

    [Fact]
    public void An_expired_package_stops_while_the_program_runs()
    {
        var path = Phantom(new PhantomContent(Scene()));
        var verdict = Score(_registry, path, FixedClock.On(2029, 1, 1));
        Assert.Equal(NotScoredReason.PackageExpired, verdict.Reason);
    }

    [Fact]
    public void Without_a_runtime_or_without_packages_the_reason_says_which()
    {
        var path = Phantom(new PhantomContent(Scene()));
        using var noLibrary = ModelRegistry.Load(SourceTree.Path("models"), Cpu with { ApplicationFolder = "/nowhere" }, Today);
        Assert.Equal(NotScoredReason.RuntimeMissing, Score(noLibrary, path, Today).Reason);
        using var none = ModelRegistry.Load(_pictures.Folder + "-none", Cpu, Today);
        var verdict = Score(none, path, Today);
        Assert.Equal((NotScoredReason.NoModelApplies, "no model package is installed"), (verdict.Reason!.Value, verdict.Detail));
        using var folder = new PackageFolder();
        File.Delete(Path.Combine(folder.Add("p"), "model.onnx"));
        using var noWeights = ModelRegistry.Load(folder.Models, Cpu, Today);
        Assert.Equal(NotScoredReason.WeightsNotInstalled, Score(noWeights, path, Today).Reason);
    }

    [Fact]
    public async Task Inspection_decides_as_scoring_does()
    {
        var scorer = new InstanceScorer(_registry.Current, TestCodecs.Pool, Today);
        foreach (var content in new PhantomContent[] { new(Scene()), new(Scene(), Frames: 2), new(Scene(), Truncated: true),
            new(Scene(), PhantomPixels.Rle) })
        {
            var path = Phantom(content);
            var verdict = await scorer.ScoreAsync(path, 2, childrenOnly: false, CancellationToken.None);
            var inspection = await scorer.InspectAsync(path, childrenOnly: false, CancellationToken.None);
            Assert.Equal((verdict.IsScored, verdict.Reason, verdict.Detail), (inspection.WouldScore, inspection.Reason, inspection.Detail));
            Assert.Equal(JsonSerializer.Serialize(verdict.Facts), JsonSerializer.Serialize(inspection.Facts));
            Assert.Equal(verdict.Scores.Select(s => s.ModelId).Distinct(), inspection.Applies);
        }
    }
}
