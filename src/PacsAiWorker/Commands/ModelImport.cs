using System.CommandLine;
using PacsAiWorker.Inference.Networks.Import;
using PacsAiWorker.Inference.Networks.Surgery;
using PacsAiWorker.Inference.Packages;
using PacsAiWorker.Inference.Runtime;
using PacsAiWorker.Native.OnnxRuntime;
using PacsAiWorker.Pipeline.Scoring;

namespace PacsAiWorker.Commands;

/// <summary><c>model build --from FILE.onnx --recipe FOLDER</c>: a package of a network that was exported elsewhere.</summary>
internal static class ModelImport
{
    private static readonly Option<string> From = new("--from") { Description = "Make a package of this network, exported elsewhere with its weights, float32 in and out and an open batch dimension", HelpName = "EXTERNAL.onnx" };
    private static readonly Option<string> Recipe = new("--recipe") { Description = "With --from: folder of the model.yaml that says everything else", HelpName = "FOLDER" };
    private static readonly Option<string> Variant = new("--variant") { Description = "With --from: variant of the recipe", HelpName = "NAME" };
    private static readonly Option<string> Input = new("--input") { Description = "With --from: the network's input [default: its only one]", HelpName = "TENSOR" };
    private static readonly Option<string> Logits = new("--logits") { Description = "With --from: tensor [N, classes] [default: its only such output]", HelpName = "TENSOR" };
    private static readonly Option<string> Features = new("--features") { Description = "With --from: tensor [N, F] that the head reads, for training; none: go without [default: found by structure]", HelpName = "TENSOR" };
    private static readonly Option<string> Activation = new("--activation") { Description = "With --from: maps [N, C, h, w] or tokens [N, T, C], for explanations; none: go without [default: found by structure]", HelpName = "TENSOR" };

    public static void AddOptions(Command build)
    {
        foreach (var option in (Option[])[From, Recipe, Variant, Input, Logits, Features, Activation])
        {
            build.Add(option);
        }
    }

    public static bool IsAsked(ParseResult parse) => parse.GetValue(From) is not null || parse.GetValue(Recipe) is not null;

    private sealed record Made(string Id, string Version, string Folder, string Identity, string Sha256, string Input, string Logits, string? Features, string? Activation);

    public static void Run(ParseResult parse, string output)
    {
        if (parse.GetValue(From) is not { } file || parse.GetValue(Recipe) is not { } recipe)
        {
            throw new CommandException("--from and --recipe belong together: the network, and the folder of the model.yaml that says what it is for");
        }

        var imported = Import(parse, file, recipe, output);
        var card = imported.Package.Card;
        var made = new Made(card.Id, card.Version, imported.Package.Folder, imported.Package.Identity, card.Sha256!, imported.Input, imported.Logits, imported.Features, imported.Activation);
        if (parse.GetValue(Cli.Json))
        {
            Cli.PrintJson(made);
            return;
        }

        Cli.PrintTable(["Package", "Input", "Logits", "Features", "Activation", "Folder"], [[$"{made.Id} {made.Version}", made.Input, made.Logits, made.Features ?? "none", made.Activation ?? "none", made.Folder]]);
        Console.Out.WriteLine("All checks of a load hold. Its figures are not known: evaluate it (model evaluate) before it is used.");
    }

    private static ImportedNetwork Import(ParseResult parse, string file, string recipe, string output)
    {
        var options = Cli.Options(parse);
        var runtime = ModelShelf.Runtime(options.Inference, options.Models);
        try
        {
            return new NetworkImport(OrtLibrary.Load(runtime.NativeLibraryPath, runtime.ApplicationFolder), runtime).Import(
                file, recipe, parse.GetValue(Variant), new ImportNames(parse.GetValue(Input), parse.GetValue(Logits), parse.GetValue(Features), parse.GetValue(Activation)), output);
        }
        catch (Exception error) when (error is PackageException or NetworkFormatException)
        {
            throw new CommandException(error.Message);
        }
        catch (Exception error) when (error is OrtLibraryException or DeviceUnavailableException)
        {
            throw new CommandException(error.Message, ExitCodes.Failed);
        }
    }
}
