using System.CommandLine;
using System.Security.Cryptography;
using PacsAiWorker.Inference.Networks;

namespace PacsAiWorker.Commands;

/// <summary><c>model build</c>: a published network as an ONNX file with random weights; or a package of a network that was exported elsewhere.</summary>
internal static class ModelBuildCommand
{
    private static readonly Option<string> Network = new("--network") { Description = string.Join(", ", NetworkCatalog.All.Select(d => d.Name)), HelpName = "NAME" };
    private static readonly Option<int?> Classes = new("--classes") { Description = "Width of the output", HelpName = "N" };
    private static readonly Option<int?> InputSize = new("--input-size") { Description = "Height and width of the input in pixels [default: as published]", HelpName = "S" };
    private static readonly Option<ulong> Seed = new("--seed") { Description = "Same seed, same file; the backbone's weights do not depend on the classes", HelpName = "K", DefaultValueFactory = _ => 1 };
    private static readonly Option<bool> Int8 = new("--int8") { Description = "8-bit convolutions with ranges for random weights: measures speed, nothing else (ResNets)" };

    private static readonly Option<NetworkOutputs> Outputs = new("--outputs")
    {
        Description = "logits [N, classes], always there; features [N, F], what the head sees; activation [N, C, h, w], the end of the trunk (ViT: patch tokens of the last block)",
        HelpName = "logits,features,activation",
        DefaultValueFactory = _ => NetworkOutputs.Logits,
        CustomParser = parsed => ParseOutputs(parsed.Tokens[0].Value, parsed.AddError),
    };

    private static readonly Option<string> Output = new("--output") { Description = "The file to write; one that is there is replaced. With --from: the package's folder, which must not be there yet", HelpName = "FILE.onnx", Required = true };

    public static Command Create()
    {
        var build = new Command("build", "Write a published network as ONNX with random weights, to be trained or to measure with; input [N, 3, S, S]. Or make a package of a network that was exported elsewhere (--from)")
        {
            Network, Classes, InputSize, Seed, Int8, Outputs, Output, Cli.Json,
        };
        ModelImport.AddOptions(build);
        build.SetAction(parse =>
        {
            if (ModelImport.IsAsked(parse))
            {
                if (parse.GetValue(Network) is not null || parse.GetValue(Classes) is not null)
                {
                    throw new CommandException("--from takes a network as it is: leave --network and --classes out");
                }

                ModelImport.Run(parse, parse.GetRequiredValue(Output));
                return;
            }

            if (parse.GetValue(Network) is not { } name || parse.GetValue(Classes) is not { } classes)
            {
                throw new CommandException("model build needs --network NAME and --classes N, or --from FILE.onnx and --recipe FOLDER");
            }

            var design = NetworkCatalog.Find(name) ?? throw new CommandException($"\"{name}\" is no network that can be built: take one of {Network.Description}");
            var written = Write(design, parse.GetRequiredValue(Output), () => RandomNetwork.Create(design, classes, parse.GetValue(InputSize), parse.GetValue(Seed), parse.GetValue(Int8), parse.GetValue(Outputs)));
            if (parse.GetValue(Cli.Json))
            {
                Cli.PrintJson(written);
            }
            else
            {
                Cli.PrintTable(["Network", "Parameters", "Bytes", "SHA-256", "File"], [[written.Network, $"{written.Parameters:N0}", $"{written.Bytes:N0}", written.Sha256, written.File]], "SHA-256");
            }
        });
        return build;
    }

    private sealed record Written(string Network, long Parameters, long Bytes, string Sha256, string File);

    private static Written Write(NetworkDesign design, string file, Func<RandomNetwork> create)
    {
        var part = file + ".part";
        try
        {
            var network = create();
            string sha256;
            long bytes;
            using (var stream = File.Create(part))
            {
                network.Graph.WriteTo(stream);
                bytes = stream.Position;
                stream.Position = 0;
                sha256 = Convert.ToHexStringLower(SHA256.HashData(stream));
            }

            File.Move(part, file, overwrite: true);
            return new Written(design.Name, network.Parameters, bytes, sha256, file);
        }
        catch (Exception error) when (error is ArgumentException or InvalidOperationException)
        {
            throw new CommandException($"{design.Name} cannot be built so: {error.Message}");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CommandException($"{file} cannot be written: {error.Message} Name a file in a folder that exists and has room.", ExitCodes.Failed);
        }
        finally
        {
            if (File.Exists(part))
            {
                File.Delete(part);
            }
        }
    }

    private static NetworkOutputs ParseOutputs(string text, Action<string> refuse)
    {
        var outputs = NetworkOutputs.Logits;
        foreach (var name in text.Split(',', StringSplitOptions.TrimEntries))
        {
            if (Enum.GetNames<NetworkOutputs>().FirstOrDefault(n => n.Equals(name, StringComparison.OrdinalIgnoreCase)) is { } known)
            {
                outputs |= Enum.Parse<NetworkOutputs>(known);
            }
            else
            {
                refuse($"--outputs: \"{name}\" is no output: write some of logits, features and activation, with commas between");
            }
        }

        return outputs;
    }
}
