using PacsAiWorker.Demo.DataSets;
using PacsAiWorker.Demo.Phantoms;
using PacsAiWorker.Inference;
using PacsAiWorker.Inference.Networks;
using PacsAiWorker.Inference.Packages;
using PacsAiWorker.Inference.Runtime;
using PacsAiWorker.Native.OnnxRuntime;
using PacsAiWorker.Testing;
using PacsAiWorker.Tests.Inference;
using Xunit;

namespace PacsAiWorker.Tests.Demo.DataSets;

public sealed class PaperDataSetTests
{
    public static TheoryData<string> Names => [.. PaperDataSet.All.Select(d => d.Name)];

    [Theory]
    [InlineData("pilomatricoma", "pilomatricoma 468, epidermoid-cyst 66, sebaceous-adenoma 28")]
    [InlineData("kidney-normal-abnormal", "normal 330, stone 254, cyst 254, hyperechogenicity 254, space-occupying-lesion 254, hydronephrosis 253")]
    [InlineData("cystic-hygroma", "cystic-hygroma 129, nuchal-region 160")]
    [InlineData("gout-mtp1", "dorsal 1404, medial 1404, plantar 1224")]
    public void The_numbers_are_those_of_the_paper(string name, string expected) =>
        Assert.Equal(expected, string.Join(", ", Pictures(PaperDataSet.Find(name)!).GroupBy(p => p.Subgroup).Select(g => $"{g.Key} {g.Count()}")));

    [Fact]
    public void The_abdominal_views_come_as_136_studies_to_train_and_49_to_test()
    {
        var set = PaperDataSet.Find("abdominal-views")!;
        Assert.Equal([("train", 136, 4094), ("test", 49, 1423)], set.Cohorts.Select(c => (c.Set!, c.Studies, c.Images)));
        Assert.Equal(11, Pictures(set).DistinctBy(p => p.Label).Count());
        Assert.Equal(4032, PaperDataSet.Find("gout-mtp1")!.Cohorts.Sum(c => c.Images));
        Assert.Equal((351, 2040), (PaperDataSet.Find("gout-mtp1")!.Cohorts.Sum(c => c.Studies), Pictures(PaperDataSet.Find("gout-mtp1")!).Count(p => p.Label == "gout")));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_classes_are_those_of_the_package_and_every_network_of_it_can_be_built(string name)
    {
        var recipe = Path.Combine(SourceTree.Path("models"), name);
        var package = ModelPackage.Load(recipe);
        Assert.Equal((name, false), (package.Card.Id, package.WeightsInstalled));
        Assert.Equal(package.Card.Classes.Select(c => c.Id).Order(), Pictures(PaperDataSet.Find(name)!).Select(p => p.Label).Distinct().Order());
        foreach (var card in package.Card.Variants.Select(v => PackageDraft.From(recipe, v.Name).Card).Append(package.Card))
        {
            var design = NetworkCatalog.Find(card.Architecture);
            Assert.NotNull(design);
            Assert.Equal([-1, 3, design.InputSize, design.InputSize], card.InputShape);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task The_images_are_routed_to_their_package_and_say_that_its_weights_are_not_installed(string name)
    {
        using var pictures = new Pictures();
        var study = PaperStudy.Draw(PaperDataSet.Find(name)!, 0.01, seed: 4).First();
        var instance = study.Study.Instances[0];
        Assert.Equal(instance.DataSetBytes, PaperStudy.Draw(PaperDataSet.Find(name)!, 0.01, seed: 4).First().Study.Instances[0].DataSetBytes);
        Assert.NotEqual(instance.SopInstanceUid, PaperStudy.Draw(PaperDataSet.Find(name)!, 0.01, seed: 5).First().Study.Instances[0].SopInstanceUid);
        var path = pictures.Write(instance.SopClassUid, instance.TransferSyntaxUid, instance.DataSetBytes);
        using var folder = new TemporaryModels(name);
        using var registry = ModelRegistry.Load(folder.Path, new RuntimeOptions(Provider: OrtProvider.Cpu), TimeProvider.System);

        var verdict = await new InstanceScorer(registry.Current, TestCodecs.Pool, TimeProvider.System).ScoreAsync(path, 2, childrenOnly: false, CancellationToken.None);

        Assert.Equal(NotScoredReason.WeightsNotInstalled, verdict.Reason);
        Assert.StartsWith($"{name} has no weights installed", verdict.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void A_written_data_set_has_a_line_for_each_file()
    {
        var folder = Directory.CreateTempSubdirectory("pacsai-").FullName;
        try
        {
            var written = PaperStudy.Write(folder, PaperStudy.Draw(PaperDataSet.Find("abdominal-views")!, 0.01, seed: 1));
            var lines = File.ReadAllLines(Path.Combine(folder, "labels.csv"));
            Assert.Equal("file,label,patient,study,subgroup,set", lines[0]);
            Assert.Equal(written, lines.Length - 1);
            Assert.All(lines.Skip(1), l => Assert.True(File.Exists(Path.Combine(folder, l.Split(',')[0]))));
            Assert.Equal(["test", "train"], lines.Skip(1).Select(l => l.Split(',')[5]).Distinct().Order());
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static IEnumerable<PaperPicture> Pictures(PaperDataSet set) =>
        set.Cohorts.SelectMany(c => Enumerable.Range(0, c.Studies).SelectMany(s => Enumerable.Range(0, c.ImagesOf(s)).Select(i => c.Draw(i, new Dice(1)))));

    /// <summary>A models directory with one of the shipped recipes in it.</summary>
    private sealed class TemporaryModels : IDisposable
    {
        public TemporaryModels(string name)
        {
            Directory.CreateDirectory(System.IO.Path.Combine(Path, name));
            File.Copy(System.IO.Path.Combine(SourceTree.Path("models"), name, "model.yaml"), System.IO.Path.Combine(Path, name, "model.yaml"));
        }

        public string Path { get; } = Directory.CreateTempSubdirectory("pacsai-").FullName;

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }
}
