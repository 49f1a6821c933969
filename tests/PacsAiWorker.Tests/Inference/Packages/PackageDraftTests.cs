using System.Runtime.InteropServices;
using PacsAiWorker.Inference.Packages;
using PacsAiWorker.Inference.Runtime;
using PacsAiWorker.Native.OnnxRuntime;
using Xunit;

namespace PacsAiWorker.Tests.Inference.Packages;

public sealed class PackageDraftTests : IDisposable
{
    private const string Variants = "schema: 1\nvariants:\n  - { name: wide, architecture: Wider bank, note: 'twice as wide', limits: [Wider] }\n  - name: flat\n    architecture: Flat bank\n    threshold: { value: 0.3, source: assumed }";

    private readonly PackageFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_draft_becomes_a_package_that_loads_and_scores_as_the_one_it_was_made_from()
    {
        var source = _folder.Add("source");
        var draft = PackageDraft.From(source);
        Assert.Null(draft.Card.Sha256);
        Assert.Empty(draft.Card.Evaluation);
        draft.Set("version", "2.0.0");
        draft.Set("calibration", "{ temperature: 1.5 }");
        draft.Add("README.md", "# made by a test"u8.ToArray());
        draft.Golden(Floats(source, "input"), Floats(source, "output"), 1e-4);

        var package = draft.Write(Path.Combine(_folder.Models, "made"), Path.Combine(source, "model.onnx"));

        Assert.Equal(("demo-phantom", "2.0.0", 1.5), (package.Card.Id, package.Card.Version, package.Card.Temperature));
        using var registry = ModelRegistry.Load(_folder.Models, new RuntimeOptions(Provider: OrtProvider.Cpu), TimeProvider.System);
        Assert.Empty(registry.Current.Refused.Select(r => r.Why));
        Assert.Equal(["demo-phantom@1.0.0", "demo-phantom@2.0.0"], registry.Current.Models.Select(m => m.Name));
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder.Models, "*.part"));
    }

    [Fact]
    public void Of_a_whole_package_nothing_goes_on_that_was_found_for_its_network()
    {
        var trained = _folder.Add("p", "schema: 1", "schema: 1\ncalibration: { temperature: 2 }\nnetwork: { precision: float32 }");
        var card = PackageDraft.From(trained).Card;
        Assert.Equal((1.0, "taken over from demo-phantom 1.0.0, not found for this network"), (card.Temperature, card.ThresholdSource));
    }

    [Fact]
    public void A_variant_is_laid_over_its_recipe_and_has_a_name_of_its_own()
    {
        var recipe = Recipe(Variants);
        Assert.Equal([("wide", "Wider bank", "twice as wide"), ("flat", "Flat bank", "")], ModelPackage.Load(recipe).Card.Variants.Select(v => (v.Name, v.Architecture, v.Note)));
        var (whole, wide, flat) = (PackageDraft.From(recipe).Card, PackageDraft.From(recipe, "wide").Card, PackageDraft.From(recipe, "flat").Card);
        Assert.Equal(("demo-phantom", 0.61), (whole.Id, whole.Threshold));
        Assert.Equal(("demo-phantom-wide", "Wider bank", 0.61), (wide.Id, wide.Architecture, wide.Threshold));
        Assert.Equal(["Wider"], wide.Limits);
        Assert.Equal(("demo-phantom-flat", 0.3, "assumed"), (flat.Id, flat.Threshold, flat.ThresholdSource));
        Assert.Empty(flat.Variants);
    }

    [Theory]
    [InlineData("name: wide", "name: Wide", "model.yaml:4: 'variants.name' must be 1 to 32 of a-z, 0-9 and '-'.")]
    [InlineData("name: flat", "name: wide", "'variants.name' is 'wide' twice")]
    [InlineData("limits: [Wider]", "id: mine", "unknown key 'variants.id'")]
    [InlineData("value: 0.3", "value: 3", "model.yaml:7: 'threshold.value' must lie between 0 and 1.")]
    public void A_variant_that_gives_no_card_is_refused_with_its_line(string find, string replacement, string says)
    {
        var recipe = Recipe(Variants.Replace(find, replacement, StringComparison.Ordinal));
        Assert.Contains(says, Assert.Throws<PackageException>(() => ModelPackage.Load(recipe)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_package_with_a_network_has_no_variants()
    {
        var package = _folder.Add("p", "schema: 1", Variants);
        Assert.Contains("'variants' belongs to a recipe", Assert.Throws<PackageException>(() => ModelPackage.Load(package)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_variant_that_is_not_there_is_answered_with_those_that_are()
    {
        var recipe = Recipe(Variants);
        Assert.Contains("has no variant 'narrow'; take one of wide, flat, or none.", Assert.Throws<PackageException>(() => PackageDraft.From(recipe, "narrow")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_is_left_of_a_package_that_is_not_sound()
    {
        var source = _folder.Add("source");
        var draft = PackageDraft.From(source);
        draft.Golden(Floats(source, "input")[..^1], Floats(source, "output"), 1e-4);
        var made = Path.Combine(_folder.Models, "made");
        Assert.Contains("golden/input.f32 has 36860 bytes", Assert.Throws<PackageException>(() => draft.Write(made, Path.Combine(source, "model.onnx"))).Message, StringComparison.Ordinal);
        Assert.Equal([source], Directory.GetDirectories(_folder.Models));
        Assert.Contains("is not empty", Assert.Throws<PackageException>(() => draft.Write(source, Path.Combine(source, "model.onnx"))).Message, StringComparison.Ordinal);
    }

    private string Recipe(string instead)
    {
        var recipe = _folder.Add("recipe", "schema: 1", instead);
        File.Delete(Path.Combine(recipe, "model.onnx"));
        return recipe;
    }

    private static float[] Floats(string folder, string name) => MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(Path.Combine(folder, "golden", name + ".f32"))).ToArray();
}
