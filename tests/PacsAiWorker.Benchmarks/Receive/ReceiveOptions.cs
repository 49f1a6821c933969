namespace PacsAiWorker.Benchmarks.Receive;

/// <summary>What is measured, how often and how much of it.</summary>
internal sealed record ReceiveOptions
{
    public const string Usage = "eng/bench receive [--cells SET:ASSOCIATIONS,…] [--only NAME,…] [--reps N] [--instances N] [--window N]";

    public IReadOnlyList<Cell> Cells { get; init; } = [.. new[] { "grey:1", "grey:4", "rgb:1", "rgb:4", "jpeg:1", "clip:1", "clip:16" }.Select(Cell.Parse)];

    /// <summary>Names of receivers and sections; empty means all.</summary>
    public IReadOnlyList<string> Only { get; init; } = [];

    public int Repetitions { get; init; } = 5;

    /// <summary>RGB instances in one cell of one repetition; <see cref="Cell.Instances"/> gives the other sets.</summary>
    public int Instances { get; init; } = 150;

    /// <summary>Operations window that the sender proposes (PS3.7 D.3.3.3).</summary>
    public int Window { get; init; } = 1;

    /// <exception cref="FormatException">An option that there is not, or a value out of range.</exception>
    public static ReceiveOptions Parse(IReadOnlyList<string> words)
    {
        var options = new ReceiveOptions();
        for (var i = 0; i < words.Count; i += 2)
        {
            var value = i + 1 < words.Count ? words[i + 1] : throw new FormatException($"{words[i]} needs a value");
            options = words[i] switch
            {
                "--cells" => options with { Cells = [.. value.Split(',').Select(Cell.Parse)] },
                "--only" => options with { Only = value.Split(',') },
                "--reps" => options with { Repetitions = Number(words[i], value, 100) },
                "--instances" => options with { Instances = Number(words[i], value, 10_000) },
                "--window" => options with { Window = Number(words[i], value, 64) },
                _ => throw new FormatException($"{words[i]} is no option"),
            };
        }

        return options;
    }

    public bool Includes(string name) => Only.Count == 0 || Only.Contains(name);

    private static int Number(string option, string value, int most) => int.TryParse(value, out var number) && number >= 1 && number <= most
        ? number
        : throw new FormatException($"{option} is \"{value}\": 1 to {most}");
}
