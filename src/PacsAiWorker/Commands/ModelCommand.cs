using System.CommandLine;
using PacsAiWorker.Demo.Training;

namespace PacsAiWorker.Commands;

/// <summary>Hidden: how the demonstration package is made (eng/train-demo-phantom). Work with a site's own packages comes later.</summary>
internal static class ModelCommand
{
    private static readonly Option<string> Out = new("--out") { Description = "Folder of the package", Required = true };
    private static readonly Option<int> Seed = new("--seed") { Description = "Same seed, same files", DefaultValueFactory = _ => DemoModelTrainer.ShippedSeed };

    public static Command Create()
    {
        var train = new Command("train-demo", "Train the demonstration package on phantoms") { Out, Seed };
        train.SetAction(parse => Console.WriteLine(DemoModelTrainer.Train(parse.GetRequiredValue(Out), parse.GetValue(Seed))));
        return new Command("model", "Model packages") { train }.Hide();
    }

    private static Command Hide(this Command command)
    {
        command.Hidden = true;
        return command;
    }
}
