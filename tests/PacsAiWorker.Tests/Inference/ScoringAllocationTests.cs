using PacsAiWorker.Demo.Phantoms;
using PacsAiWorker.Inference;
using PacsAiWorker.Inference.Runtime;
using PacsAiWorker.Native.OnnxRuntime;
using PacsAiWorker.Pipeline.Scoring;
using PacsAiWorker.Testing;
using PacsAiWorker.Tests.Demo;

namespace PacsAiWorker.Tests.Inference;

/// <summary>What is allocated is counted for the whole process: nothing else may run beside it.</summary>
[CollectionDefinition(nameof(ScoringAllocationTests), DisableParallelization = true)]
[Collection(nameof(ScoringAllocationTests))]
public sealed class ScoringAllocationTests : IDisposable
{
    private const int Images = 50;

    /// <summary>Header, facts and verdict of one image; its pixels, its network input and its kept picture are none of it.</summary>
    private const long MostBytes = 36 * 1024;

    private static readonly FixedClock Today = FixedClock.On(2026, 11, 22);
    private readonly Pictures _pictures = new();
    private readonly ModelRegistry _registry = ModelRegistry.Load(SourceTree.Path("models"), new RuntimeOptions(Provider: OrtProvider.Cpu, IntraOpThreads: 1), Today);

    public void Dispose()
    {
        _registry.Dispose();
        _pictures.Dispose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task No_image_leaves_its_pixels_to_the_collector(bool keep)
    {
        var content = new PhantomContent(new PhantomScene(11, false));
        var path = _pictures.Write(PhantomFile.SopClassOf(content), PhantomFile.SyntaxOf(content).Uid,
            PhantomFile.Encode(content, new PhantomIdentity(1, "1.2", "1.2.1", "1.2.1.1", 1, "Test", Today.GetUtcNow())));
        var kept = new KeptInputs(Path.Combine(_pictures.Folder, "inputs"));
        var scorer = new InstanceScorer(_registry.Current, TestCodecs.Pool, Today, keep ? (image, crop) => kept.Keep(Guid.Empty, image, crop) : null);
        await ScoreAsync();
        // Whatever else the process does in the background only adds: the least of three rounds is the images' own.
        var least = long.MaxValue;
        for (var round = 0; round < 3; round++)
        {
            var before = GC.GetTotalAllocatedBytes(precise: true);
            await ScoreAsync();
            least = Math.Min(least, (GC.GetTotalAllocatedBytes(precise: true) - before) / Images);
        }

        Assert.InRange(least, 0, MostBytes);

        async Task ScoreAsync()
        {
            for (var i = 0; i < Images; i++)
                Assert.True((await scorer.ScoreAsync(path, 2, childrenOnly: false, default)).IsScored);
        }
    }
}
