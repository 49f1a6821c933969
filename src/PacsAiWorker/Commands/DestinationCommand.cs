using System.CommandLine;
using PacsAiWorker.Records.Work;

namespace PacsAiWorker.Commands;

/// <summary><c>destination list / retire</c>: what each PACS still owes its yes to, and giving one up for good.</summary>
internal static class DestinationCommand
{
    private static readonly Argument<string> Name = new("name") { Description = "Name of the destination, as in Dicom:Destinations:N:Name" };
    private static readonly Option<string> Why = new("--reason") { Description = "Why it is declared dead; goes to the audit", Required = true };

    public static Command Create() => new("destination", "PACS that get reports: list, declare dead") { List(), Retire() };

    private static Command List()
    {
        var command = new Command("list", "Each destination with what it took and what waits for it") { Cli.Json };
        command.SetAction(async (parse, cancellation) =>
        {
            var options = Cli.Options(parse);
            using var database = await Cli.OpenRecordsAsync(options, cancellation);
            var known = await new DestinationDesk(database, TimeProvider.System).ListAsync(cancellation);
            var lines = known.Concat(options.Dicom.Destinations.Where(d => known.All(k => k.Name != d.Name)).Select(d => new DestinationLine(d.Name, 0, 0, null, 0, 0)))
                .Select(l => (Line: l, Peer: options.Dicom.Destinations.FirstOrDefault(d => d.Name == l.Name))).ToList();
            if (parse.GetValue(Cli.Json))
            {
                Cli.PrintJson(lines.Select(l => new { l.Line.Name, IsConfigured = l.Peer is not null, l.Line.Stored, l.Line.Committed, l.Line.Uncommitted, l.Line.Waiting, l.Line.WaitingSince, l.Line.Withheld, l.Line.Retired }));
                return ExitCodes.Done;
            }

            Cli.PrintTable(["Name", "Peer", "Stored", "Committed", "Promise owed", "Waiting", "Waiting since", "Withheld", "Retired"], lines.Select(l => (IReadOnlyList<string>)
                [l.Line.Name, l.Peer is { } p ? p.Address() : "not configured", $"{l.Line.Stored}", $"{l.Line.Committed}", $"{l.Line.Uncommitted}", $"{l.Line.Waiting}", Cli.Time(l.Line.WaitingSince), $"{l.Line.Withheld}", $"{l.Line.Retired}"]));
            return ExitCodes.Done;
        });
        return command;
    }

    private static Command Retire()
    {
        var command = new Command("retire", "Declare a destination dead: what waits for it is given up for good, what it took stays") { Name, Why };
        command.SetAction(async (parse, cancellation) =>
        {
            var options = Cli.Options(parse);
            var name = parse.GetRequiredValue(Name);
            using var database = await Cli.OpenRecordsAsync(options, cancellation);
            var desk = new DestinationDesk(database, TimeProvider.System);
            var configured = options.Dicom.Destinations.Any(d => d.Name == name);
            if (!configured && (await desk.ListAsync(cancellation)).All(l => l.Name != name))
            {
                throw new CommandException($"No destination \"{name}\" is known: `destination list` shows the names");
            }

            var count = await desk.RetireAsync(name, parse.GetRequiredValue(Why), Cli.Actor, cancellation);
            Console.WriteLine($"{count} deliveries given up");
            if (configured)
            {
                await Console.Error.WriteLineAsync($"\"{name}\" is still configured: new reports wait for it again. Remove it from Dicom:Destinations, restart, and say this once more");
            }

            return ExitCodes.Done;
        });
        return command;
    }
}
