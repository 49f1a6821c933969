using System.CommandLine;
using PacsAiWorker.Demo.Training;

namespace PacsAiWorker.Commands;

/// <summary>Networks and model packages; hidden, how the demonstration package is made (eng/train-demo-phantom).</summary>
internal static class ModelCommand
{
    private static readonly Option<string> Out = new("--out") { Description = "Folder of the package", Required = true };
    private static readonly Option<int> Seed = new("--seed") { Description = "Same seed, same files", DefaultValueFactory = _ => DemoModelTrainer.ShippedSeed };

    public static Command Create()
    {
        var train = new Command("train-demo", "Train the demonstration package on phantoms") { Out, Seed };
        train.SetAction(parse =>
        {
            var figures = DemoModelTrainer.Train(parse.GetRequiredValue(Out), parse.GetValue(Seed));
            Cli.PrintTable(["Held out", "Cases", "With lesion", "AUC", "95 %", "Sensitivity", "Specificity"], [Row("picture", figures.Image), Row("study", figures.Study)]);
        });
        return new Command("model", "Networks and model packages")
        {
            ModelBuildCommand.Create(), ModelTrainCommand.Create(), ModelCheckCommand.Create(), ModelListCommand.Create(), ModelSignCommand.Create(), ModelStopCommands.Suspend(), ModelStopCommands.Resume(), ModelRecallCommand.Create(),
            ModelEvaluateCommand.Create(), ModelCompareCommand.Create(), train.Hide(),
        };
    }

    private static IReadOnlyList<string> Row(string level, DemoLevel figures) =>
    [
        level, $"{figures.Cases}", $"{figures.Positives}", FormattableString.Invariant($"{figures.Auc.Auc:0.0000}"), FormattableString.Invariant($"{figures.Auc.Low:0.0000} to {figures.Auc.High:0.0000}"),
        FormattableString.Invariant($"{figures.Sensitivity:0.000}"), FormattableString.Invariant($"{figures.Specificity:0.000}"),
    ];

    private static Command Hide(this Command command)
    {
        command.Hidden = true;
        return command;
    }
}
