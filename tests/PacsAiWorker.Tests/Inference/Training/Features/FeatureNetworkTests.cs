using System.Reflection;
using PacsAiWorker.Inference.Networks;
using PacsAiWorker.Inference.Packages;
using PacsAiWorker.Inference.Training.Features;
using PacsAiWorker.Testing;
using PacsAiWorker.Tests.Native;

namespace PacsAiWorker.Tests.Inference.Training.Features;

public sealed class FeatureNetworkTests : IDisposable
{
    private const int Side = 16, Bool = 9;

    private readonly string _folder = Directory.CreateTempSubdirectory("pacsai-").FullName;

    private ModelCard Card => PackageDraft.From(RecipeFolder.Write(_folder, Side, 2)).Card;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_width_that_the_graph_does_not_tell_is_learned_from_a_run()
    {
        using var network = FeatureNetwork.Open(Ort.Library, Chosen(), "features", Card, "backbone");
        Assert.Equal(2, network.Width);
        for (var row = 0; row < FeatureNetwork.Rows; row++)
        {
            network.Input(row).Clear();
            network.Input(row)[^(Side * Side)..].Fill(row);
        }
        network.Run(3);
        Assert.Equal([0, 2], network.Output(2).ToArray()); // the first and the last of three means
    }

    [Fact]
    public void What_is_no_row_of_numbers_is_refused_with_what_to_name()
    {
        var maps = new OnnxGraph("maps").Input("input", null, 3, Side, Side).Node("Relu", ["input"], ["features"]).Output("features", null, 3, Side, Side).ToBytes();
        Assert.Contains("features is Float [-1, 3, 16, 16] but features are Float [-1, F]; name with --features", Refused(maps), StringComparison.Ordinal);
    }

    [Fact]
    public void Features_of_another_version_of_the_program_are_not_believed()
    {
        using var network = FeatureNetwork.Open(Ort.Library, Chosen(), "features", Card, "backbone");
        var version = typeof(FeatureExtractor).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;
        Assert.EndsWith($"; program {version}", FeatureExtractor.Key(network, Card), StringComparison.Ordinal);
    }

    /// <summary>Means of the channels, of which a condition keeps two: how many, only a run can tell.</summary>
    private static byte[] Chosen() => new OnnxGraph("chosen").Input("input", null, 3, Side, Side).Node("GlobalAveragePool", ["input"], ["pooled"]).Node("Flatten", ["pooled"], ["flat"])
        .Quantised<byte>("which", [1, 0, 1], 3).Node("Cast", ["which"], ["condition"], ("to", (long)Bool)).Node("Compress", ["flat", "condition"], ["features"], ("axis", 1L))
        .Output("features", null, null).ToBytes();

    private string Refused(byte[] network) => Assert.Throws<PackageException>(() => FeatureNetwork.Open(Ort.Library, network, "features", Card, "backbone")).Message;
}
