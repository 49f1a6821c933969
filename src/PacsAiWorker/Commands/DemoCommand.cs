using System.CommandLine;
using PacsAiWorker.Demo;

namespace PacsAiWorker.Commands;

/// <summary><c>demo</c>: the line with simulated carts and a small PACS.</summary>
internal static class DemoCommand
{
    private static readonly Option<bool> Once = new("--once") { Description = "End by itself; exit code 0 only if every study is accounted for" };
    private static readonly Option<string> Out = new("--out") { Description = "Folder for summary, worklist, audit and what the PACS stored", DefaultValueFactory = _ => "demo-out", HelpName = "DIR" };
    private static readonly Option<int> Studies = new("--studies") { Description = "How many phantom studies", DefaultValueFactory = _ => 12 };
    private static readonly Option<int> Seed = new("--seed") { Description = "Same seed, same phantoms", DefaultValueFactory = _ => 2 };

    public static Command Create()
    {
        var command = new Command("demo", "Watch the line work: simulated carts, the worker, a small PACS, all on this machine") { Once, Out, Studies, Seed };
        command.SetAction(async (parse, cancellation) =>
        {
            var studies = parse.GetValue(Studies);
            if (studies is < 1 or > 200)
            {
                throw new CommandException($"--studies {studies}: 1 to 200");
            }

            return await new DemoRun(DemoFolder.Prepare(parse.GetRequiredValue(Out)), studies, parse.GetValue(Seed), parse.GetValue(Once)).RunAsync(cancellation);
        });
        return command;
    }
}
