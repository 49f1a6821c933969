using PacsAiWorker.Inference;
using PacsAiWorker.Inference.Runtime;
using PacsAiWorker.Inference.Runtime.Batching;
using PacsAiWorker.Native.OnnxRuntime;
using PacsAiWorker.Tests.Inference.Packages;
using Xunit;

namespace PacsAiWorker.Tests.Inference.Runtime;

public sealed class ModelRegistryTests : IDisposable
{
    private static readonly RuntimeOptions Cpu = new(Provider: OrtProvider.Cpu, IntraOpThreads: 1);
    private readonly PackageFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private ModelRegistry Load(RuntimeOptions? options = null, TimeProvider? clock = null) =>
        ModelRegistry.Load(_folder.Models, options ?? Cpu, clock ?? FixedClock.On(2026, 11, 22));

    [Fact]
    public void A_registry_that_two_owners_close_is_closed_once()
    {
        _folder.Add("p");
        var registry = Load();
        registry.Dispose();
        registry.Dispose();
    }

    [Fact]
    public void One_bad_package_does_not_stop_the_others()
    {
        _folder.Add("good");
        _folder.Add("bad", "schema: 1", "schema: 9");
        using var registry = Load();
        Assert.Equal("demo-phantom", Assert.Single(registry.Current.Models).Card.Id);
        var refused = Assert.Single(registry.Current.Refused);
        Assert.Equal(("bad", null), (refused.Folder, refused.ModelId));
        Assert.Contains("'schema' must be 1", refused.Why, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_library_refuses_all_and_says_where_it_was_looked_for()
    {
        _folder.Add("a");
        _folder.Add("b");
        using var registry = Load(Cpu with { ApplicationFolder = "/nowhere" });
        Assert.Empty(registry.Current.Models);
        Assert.Equal(2, registry.Current.Refused.Count);
        Assert.All(registry.Current.Refused, r => Assert.Equal(NotScoredReason.RuntimeMissing, r.Reason));
        Assert.Contains("/nowhere/libonnxruntime.so.1", registry.Current.Refused[0].Why, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_being_written_and_what_training_keeps_are_no_packages()
    {
        _folder.Add("p");
        _folder.Add("next.part");
        Directory.CreateDirectory(Path.Combine(_folder.Models, "p.work"));
        using var registry = Load();
        Assert.Empty(registry.Current.Refused);
        Assert.Single(registry.Current.Models);
    }

    [Fact]
    public void A_package_without_weights_is_that_and_no_error()
    {
        File.Delete(Path.Combine(_folder.Add("p"), "model.onnx"));
        using var registry = Load();
        Assert.Equal(NotScoredReason.WeightsNotInstalled, Assert.Single(registry.Current.Refused).Reason);
    }

    [Theory]
    [InlineData("phantom-lesion: 0.6", "phantom-lesion: 0.7", @"golden/phantom\.dcm gets 0\.6454\d+ for class phantom-lesion, 0\.745424 was expected \(0\.0001 apart at most at fp32")]
    [InlineData("minSide: 64", "minSide: 200", @"golden/phantom\.dcm gets no crop: the scan area is \d+ × \d+ pixels; demo-phantom needs 200; correct 'roi'")]
    [InlineData("interpolation: bilinear, antialias: true", "interpolation: bicubic, antialias: true", "with 'resize.interpolation: bilinear, antialias: true' it gets what was expected: correct the card")]
    public void A_golden_picture_that_does_not_get_its_scores_refuses_the_package_and_says_why(string find, string replacement, string why)
    {
        _folder.Add("p", find, replacement);
        using var registry = Load();
        Assert.Matches(why, Assert.Single(registry.Current.Refused).Why);
    }

    [Fact]
    public void The_review_day_itself_still_counts_and_the_next_does_not()
    {
        _folder.Add("p");
        using var onTheDay = Load(clock: FixedClock.On(2028, 11, 22));
        Assert.Single(onTheDay.Current.Models);
        using var after = Load(clock: FixedClock.On(2028, 11, 23));
        Assert.Equal(NotScoredReason.PackageExpired, Assert.Single(after.Current.Refused).Reason);
    }

    [Theory]
    [InlineData("name: picture", "name: image", "has input(s) picture")]
    [InlineData("name: logits", "name: scores", "has no output 'scores' (it has logits, activation)")]
    [InlineData("featureOutput: activation", "featureOutput: maps", "has no output 'maps' of three or four dimensions (it has logits [-1, 2], activation [-1, 8, 96, 96])")]
    [InlineData("w: 96, h: 96", "w: 97, h: 96", "'input.shape' must be")]
    public void A_card_that_does_not_fit_its_network_is_refused(string find, string replacement, string says)
    {
        _folder.Add("p", find, replacement);
        using var registry = Load();
        Assert.Contains(says, Assert.Single(registry.Current.Refused).Why, StringComparison.Ordinal);
    }

    [Fact]
    public void A_class_too_many_is_refused()
    {
        var folder = _folder.Add("p", "      - { id: phantom-lesion",
            "      - { id: more, display: More, code: MORE, scheme: 99PACSAI, meaning: More }\n      - { id: phantom-lesion");
        var card = Path.Combine(folder, "model.yaml");
        File.WriteAllText(card, File.ReadAllText(card).Replace("scores: { ", "scores: { more: 0, ", StringComparison.Ordinal));
        File.WriteAllBytes(Path.Combine(folder, "golden", "output.f32"), new byte[12]);
        using var registry = Load();
        Assert.Contains("but model.yaml lists 3 classes", Assert.Single(registry.Current.Refused).Why, StringComparison.Ordinal);
    }

    [Fact]
    public void A_golden_pair_that_is_not_reproduced_refuses_the_package()
    {
        File.WriteAllBytes(Path.Combine(_folder.Add("p"), "golden", "output.f32"), new byte[8]);
        using var registry = Load();
        Assert.Contains("golden pair, 0 was expected", Assert.Single(registry.Current.Refused).Why, StringComparison.Ordinal);
    }

    [Fact]
    public void The_same_id_twice_keeps_the_first_folder()
    {
        _folder.Add("a");
        _folder.Add("b");
        using var registry = Load();
        Assert.Single(registry.Current.Models);
        Assert.Equal("b", Assert.Single(registry.Current.Refused).Folder);
    }

    [Fact]
    public async Task A_package_that_is_added_is_used_once_it_stands_still_and_what_ran_goes_on()
    {
        _folder.Add("a");
        using var registry = Load();
        var first = Assert.Single(registry.Current.Models);
        Assert.Null(registry.Look());
        _folder.Add("b", "version: 1.0.0", "version: 1.1.0");
        Assert.Null(registry.Look());
        await registry.UseAsync(registry.Look()!);
        Assert.Equal(["1.0.0", "1.1.0"], registry.Current.Models.Select(m => m.Card.Version));
        Assert.Same(first, registry.Current.Models[0]);
        Assert.True(registry.Current.Leads(first));
        Assert.Same(registry.Current.Models[1], registry.Current.Find("demo-phantom@1.1.0"));
        Assert.Null(registry.Look());
    }

    [Fact]
    public void A_candidate_never_leads_and_nothing_speaks_in_the_place_of_a_refused_version()
    {
        _folder.Add("a");
        _folder.Add("b", "version: 1.0.0", "version: 1.0.0-rc.1");
        using (var both = Load())
            Assert.Equal("1.0.0", both.Current.Find("demo-phantom")?.Card.Version);
        _folder.Add("c", "version: 1.0.0", "version: 0.9.0");
        File.WriteAllBytes(Path.Combine(_folder.Models, "c", "golden", "output.f32"), new byte[8]);
        using var refused = Load();
        Assert.Equal(["1.0.0", "1.0.0-rc.1"], refused.Current.Models.Select(m => m.Card.Version));
        Assert.Null(refused.Current.Find("demo-phantom"));
        Assert.NotNull(refused.Current.Find("demo-phantom@1.0.0"));
    }

    [Fact]
    public void A_folder_that_is_away_takes_nothing_out_of_use()
    {
        _folder.Add("a");
        using var registry = Load();
        Directory.Move(_folder.Models, _folder.Models + "-away");
        Assert.Throws<DirectoryNotFoundException>(() => registry.Look());
        Assert.Throws<DirectoryNotFoundException>(() => registry.Look());
        Directory.Move(_folder.Models + "-away", _folder.Models);
        Assert.Null(registry.Look());
        Assert.Single(registry.Current.Models);
    }

    [Fact]
    public async Task A_replaced_package_finishes_what_it_began_and_takes_nothing_new()
    {
        var folder = _folder.Add("a");
        using var registry = Load();
        var old = Assert.Single(registry.Current.Models);
        var begun = await old.Queue.LeaseAsync(2, default);
        Directory.Delete(folder, recursive: true);
        _folder.Add("a", "version: 1.0.0", "version: 1.1.0");
        Assert.Null(registry.Look());
        var used = registry.UseAsync(registry.Look()!);
        Assert.Equal("1.1.0", Assert.Single(registry.Current.Models).Card.Version);
        Assert.Throws<ModelReplacedException>(() => old.Queue.TryLease(2));
        Assert.False(used.IsCompleted);
        begun.Input.Clear();
        begun.Submit();
        await begun.DoneAsync();
        Assert.Equal(BatchOutcome.Scored, begun.Outcome);
        begun.Dispose();
        await used;
    }

    [Fact]
    public void A_replacement_that_fails_its_checks_leaves_in_use_what_ran()
    {
        var folder = _folder.Add("a");
        using var registry = Load();
        var running = Assert.Single(registry.Current.Models);
        File.WriteAllBytes(Path.Combine(folder, "golden", "output.f32"), new byte[8]);
        Assert.Null(registry.Look());
        var after = registry.Look()!;
        Assert.Same(running, Assert.Single(after.Models));
        Assert.EndsWith("Until then demo-phantom 1.0.0 goes on, as it was before the folder was changed.", Assert.Single(after.Refused).Why, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_package_that_is_taken_away_is_used_no_more(bool weightsOnly)
    {
        var folder = _folder.Add("a");
        using var registry = Load();
        if (weightsOnly)
            File.Delete(Path.Combine(folder, "model.onnx"));
        else
            Directory.Delete(folder, recursive: true);
        Assert.Null(registry.Look());
        await registry.UseAsync(registry.Look()!);
        Assert.Empty(registry.Current.Models);
    }

    [Fact]
    public void A_directory_that_does_not_exist_is_an_empty_registry()
    {
        using var registry = ModelRegistry.Load(Path.Combine(_folder.Models, "none"), Cpu, TimeProvider.System);
        Assert.Empty(registry.Current.Models);
        Assert.Empty(registry.Current.Refused);
    }

    [Fact]
    public void Cuda_that_is_demanded_but_absent_refuses_the_package_and_names_the_setting()
    {
        _folder.Add("p");
        using var registry = Load(Cpu with { Provider = OrtProvider.Cuda });
        Assert.Contains("Inference:Provider", Assert.Single(registry.Current.Refused).Why, StringComparison.Ordinal);
    }
}
