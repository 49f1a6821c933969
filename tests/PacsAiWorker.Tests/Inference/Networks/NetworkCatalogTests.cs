using System.Security.Cryptography;
using PacsAiWorker.Inference.Networks;

namespace PacsAiWorker.Tests.Inference.Networks;

[Collection(Collection)]
public sealed class NetworkCatalogTests
{
    /// <summary>One after the other: each of these tests holds a network of 50 to 150 MB.</summary>
    public const string Collection = "networks";

    [Theory]
    [InlineData("AlexNet", 61_100_840, 57_012_034, 57_048_907)]
    [InlineData("CaffeNet", 60_965_224, 56_876_418, 56_913_291)]
    [InlineData("VGG-16", 138_357_544, 134_268_738, 134_305_611)]
    [InlineData("ResNet-18", 11_689_512, 11_177_538, 11_182_155)]
    [InlineData("ResNet-50", 25_557_032, 23_512_130, 23_530_571)]
    [InlineData("ResNet-101", 44_549_160, 42_504_258, 42_522_699)]
    [InlineData("DenseNet-169", 14_149_480, 12_487_810, 12_502_795)]
    [InlineData("ViT-B/16", 86_567_656, 85_800_194, 85_807_115)]
    public void A_network_has_as_many_parameters_as_published(string name, long thousandClasses, long two, long eleven)
    {
        var design = NetworkCatalog.Find(name)!;
        foreach (var (classes, published) in ((int, long)[])[(1000, thousandClasses), (2, two), (11, eleven)])
        {
            Assert.Equal(published, RandomNetwork.Create(design, classes).Parameters);
            Assert.Equal(published, design.ParametersAt(classes));
        }
    }

    [Fact]
    public void The_8_bit_form_has_the_parameters_of_the_float_form() =>
        Assert.Equal(11_177_538, RandomNetwork.Create(NetworkCatalog.Find("ResNet-18")!, 2, int8: true).Parameters);

    [Fact]
    public void The_file_holds_exactly_those_parameters_and_the_statistics_of_the_normalisations()
    {
        var file = OnnxFile.Read(RandomNetwork.Create(NetworkCatalog.Find("ResNet-50")!, 2).Graph.ToBytes());
        var statistics = file.Nodes.Where(n => n.Op == "BatchNormalization").SelectMany(n => n.Inputs.Skip(3)).ToHashSet();
        Assert.Equal(94_048_520, file.Tensors.Where(t => t.Value.Type == 1 && !statistics.Contains(t.Key)).Sum(t => (long)t.Value.Raw.Length));
        Assert.Equal(2 * 26_560 * sizeof(float), statistics.Sum(s => file.Tensors[s].Raw.Length));
        Assert.Equal(53, file.Nodes.Count(n => n.Op == "Conv"));
    }

    [Theory]
    [InlineData("resnet50", "ResNet-50")]
    [InlineData("vit-b-16", "ViT-B/16")]
    [InlineData("Vgg16", "VGG-16")]
    [InlineData("resnet", null)]
    public void Names_are_found_without_regard_to_case_and_punctuation(string name, string? found) => Assert.Equal(found, NetworkCatalog.Find(name)?.Name);

    [Fact]
    public void The_same_seed_gives_the_same_file_and_another_seed_another()
    {
        string File(ulong seed) => Convert.ToHexString(SHA256.HashData(RandomNetwork.Create(NetworkCatalog.Find("DenseNet-169")!, 2, 32, seed).Graph.ToBytes()));
        Assert.Equal(File(1), File(1));
        Assert.NotEqual(File(1), File(2));
    }

    [Fact]
    public void The_backbone_does_not_depend_on_the_number_of_classes()
    {
        Dictionary<string, string> Hashes(int classes) => OnnxFile.Read(RandomNetwork.Create(NetworkCatalog.Find("DenseNet-169")!, classes, 32).Graph.ToBytes())
            .Tensors.Where(t => !t.Key.StartsWith("classifier.", StringComparison.Ordinal)).ToDictionary(t => t.Key, t => Convert.ToHexString(SHA256.HashData(t.Value.Raw.Span)));
        Assert.Equal(Hashes(2), Hashes(11));
    }

    [Theory]
    [InlineData("AlexNet", 2, 20, false, "layer features.5")]
    [InlineData("ViT-B/16", 2, 100, false, "multiple of 16")]
    [InlineData("ResNet-18", 0, 32, false, "at least 1")]
    [InlineData("ResNet-18", 2, 0, false, "224")]
    [InlineData("VGG-16", 2, 224, true, "ResNet-50")]
    public void What_a_network_cannot_be_is_refused_with_what_it_can_be(string name, int classes, int side, bool int8, string remedy) =>
        Assert.Contains(remedy, Assert.Throws<ArgumentException>(() => RandomNetwork.Create(NetworkCatalog.Find(name)!, classes, side, int8: int8)).Message, StringComparison.Ordinal);
}
