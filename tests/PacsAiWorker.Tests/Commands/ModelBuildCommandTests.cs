using System.CommandLine;
using PacsAiWorker.Commands;

namespace PacsAiWorker.Tests.Commands;

public sealed class ModelBuildCommandTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("pacsai-").FullName;

    private string File => Path.Combine(_folder, "network.onnx");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_network_is_written_whole_and_leaves_nothing_beside_it()
    {
        Build("resnet-18", "--input-size", "32");
        Assert.Equal([File], Directory.GetFiles(_folder));
        Assert.InRange(new FileInfo(File).Length, 4 * 11_177_538, 4 * 11_200_000);
    }

    [Theory]
    [InlineData("inception", "224", "ResNet-50")]
    [InlineData("ViT-B/16", "100", "multiple of 16")]
    public void What_cannot_be_built_is_refused_with_what_can_and_leaves_no_file(string network, string side, string remedy)
    {
        var error = Assert.Throws<CommandException>(() => Build(network, "--input-size", side));
        Assert.Contains(remedy, error.Message, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Usage, error.ExitCode);
        Assert.Empty(Directory.GetFiles(_folder));
    }

    [Fact]
    public void An_unknown_output_is_a_usage_error_that_names_the_known_ones()
    {
        var errors = ModelCommand.Create().Parse(Arguments("resnet-18", "--outputs", "logits,heat")).Errors;
        Assert.Contains("\"heat\" is no output: write some of logits, features and activation", Assert.Single(errors).Message, StringComparison.Ordinal);
    }

    private string[] Arguments(string network, params string[] more) => ["build", "--network", network, "--classes", "2", "--output", File, .. more];

    private void Build(string network, params string[] more) =>
        ModelCommand.Create().Parse(Arguments(network, more)).Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
}
