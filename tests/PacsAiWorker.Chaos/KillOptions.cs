using System.Globalization;
using PacsAiWorker.EndToEnd.Line;
using PacsAiWorker.Native.Processes;

namespace PacsAiWorker.Chaos;

/// <summary>What to do, from the command line.</summary>
/// <param name="Rounds">Rounds of each stage that shall stand in the progress file at the end.</param>
/// <param name="Random">Kills at random moments that shall stand there.</param>
internal sealed record KillOptions(int Rounds, int Random, IReadOnlyList<string> Stages, Road Road, int Seed)
{
    public const string Usage = "eng/chaos kill [--rounds N] [--random M] [--stage NAME[,NAME…]] [--road embedded|distributed] [--seed S]";

    /// <exception cref="FormatException">Wrong usage.</exception>
    public static KillOptions Parse(IReadOnlyList<string> arguments)
    {
        if (arguments.Count % 2 == 0 || arguments[0] != "kill")
        {
            throw new FormatException(Usage);
        }

        var options = new KillOptions(0, 0, KillPoints.All, Road.Embedded, 1);
        for (var at = 1; at < arguments.Count; at += 2)
        {
            var value = arguments[at + 1];
            options = arguments[at] switch
            {
                "--rounds" => options with { Rounds = Number(value) },
                "--random" => options with { Random = Number(value) },
                "--seed" => options with { Seed = Number(value) },
                "--road" => options with { Road = Enum.TryParse<Road>(value, ignoreCase: true, out var road) ? road : throw new FormatException(Usage) },
                "--stage" => options with { Stages = Known(value.Split(',')) },
                _ => throw new FormatException(Usage),
            };
        }

        return options.Rounds + options.Random > 0 ? options : throw new FormatException(Usage);
    }

    private static int Number(string value) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : throw new FormatException(Usage);

    private static string[] Known(string[] stages) => stages.FirstOrDefault(s => !KillPoints.All.Contains(s)) is { } unknown
        ? throw new FormatException($"\"{unknown}\" is no stage; the stages: {string.Join(", ", KillPoints.All)}")
        : stages;
}
