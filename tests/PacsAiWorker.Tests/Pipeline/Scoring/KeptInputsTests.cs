using PacsAiWorker.Pipeline.Scoring;

namespace PacsAiWorker.Tests.Pipeline.Scoring;

public sealed class KeptInputsTests : IDisposable
{
    private static readonly Guid Study = Guid.NewGuid();

    private readonly string _root = Path.Combine(Path.GetTempPath(), $"pacsai-inputs-{Guid.NewGuid():N}");
    private readonly KeptInputs _inputs;

    public KeptInputsTests() => _inputs = new KeptInputs(_root);

    [Fact]
    public void A_picture_is_kept_once_and_read_as_it_was()
    {
        var place = _inputs.Keep(Study, [1, 2, 3]);
        Assert.Equal(place, _inputs.Keep(Study, [1, 2, 3]));
        Assert.Single(Directory.EnumerateFiles(_root, "*", SearchOption.AllDirectories));
        var (picture, isWhole) = _inputs.Read(place)!.Value;
        Assert.Equal([1, 2, 3], picture);
        Assert.True(isWhole);
    }

    [Fact]
    public void A_changed_picture_is_known_as_changed()
    {
        var place = _inputs.Keep(Study, [1, 2, 3]);
        File.WriteAllBytes(Path.Combine(_root, place), [1, 2, 4]);
        Assert.False(_inputs.Read(place)!.Value.IsWhole);
    }

    [Theory]
    [InlineData("")]
    [InlineData("../../etc/passwd")]
    [InlineData("00000000000000000000000000000000/../x.png")]
    [InlineData("00000000000000000000000000000000/x.txt")]
    [InlineData("00000000000000000000000000000000/none.png")]
    public void A_place_that_is_none_is_not_looked_for(string place) => Assert.Null(_inputs.Read(place));

    [Fact]
    public void An_erased_study_leaves_nothing_and_its_neighbours_stay()
    {
        var (gone, stays) = (_inputs.Keep(Study, [1]), _inputs.Keep(Guid.NewGuid(), [1]));
        _inputs.Erase(Study);
        _inputs.Erase(Study);
        Assert.Null(_inputs.Read(gone));
        Assert.NotNull(_inputs.Read(stays));
    }

    [Fact]
    public void Only_studies_to_which_nothing_was_added_lately_go()
    {
        var (old, young) = (_inputs.Keep(Study, [1]), _inputs.Keep(Guid.NewGuid(), [2]));
        var longAgo = new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        File.SetLastWriteTimeUtc(Path.Combine(_root, old), longAgo);
        Assert.Equal(1, _inputs.Purge(longAgo.AddDays(1)));
        Assert.Null(_inputs.Read(old));
        Assert.NotNull(_inputs.Read(young));
    }

    public void Dispose()
    {
        if (Directory.Exists(_root))
            Directory.Delete(_root, recursive: true);
    }
}
