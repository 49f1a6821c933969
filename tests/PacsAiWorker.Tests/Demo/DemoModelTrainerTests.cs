using PacsAiWorker.Demo.Training;
using PacsAiWorker.Testing;
using Xunit;

namespace PacsAiWorker.Tests.Demo;

public sealed class DemoModelTrainerTests
{
    [Fact]
    public void Retraining_with_the_shipped_seed_gives_the_shipped_package_byte_for_byte()
    {
        var folder = Directory.CreateTempSubdirectory("pacsai-").FullName;
        try
        {
            var figures = DemoModelTrainer.Train(folder, DemoModelTrainer.ShippedSeed);
            foreach (var file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
            {
                var name = Path.GetRelativePath(folder, file);
                Assert.True(File.ReadAllBytes(file).AsSpan().SequenceEqual(File.ReadAllBytes(Path.Combine(SourceTree.Path("models"),
                    "demo-phantom", name))), name + " differs: run eng/train-demo-phantom and review the change");
            }
            Assert.InRange(figures.Image.Auc.Auc, 0.95, 0.999);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
