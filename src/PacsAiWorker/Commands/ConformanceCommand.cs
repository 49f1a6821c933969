using System.CommandLine;

namespace PacsAiWorker.Commands;

/// <summary><c>conformance</c>: the tables of docs/conformance-statement.md, from the code.</summary>
internal static class ConformanceCommand
{
    public static Command Create()
    {
        var command = new Command("conformance", "Print the DICOM conformance tables from the code") { Cli.Json };
        command.SetAction(parse =>
        {
            if (parse.GetValue(Cli.Json))
            {
                Cli.PrintJson(ConformanceTables.All);
                return ExitCodes.Done;
            }

            foreach (var table in ConformanceTables.All)
            {
                Console.WriteLine($"## {table.Title}\n\n{table.Markdown()}");
            }

            return ExitCodes.Done;
        });
        return command;
    }
}
