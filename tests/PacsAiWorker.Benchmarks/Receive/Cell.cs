namespace PacsAiWorker.Benchmarks.Receive;

/// <summary>What is sent, and over how many associations at the same time; written <c>rgb:4</c>.</summary>
internal sealed record Cell(string Set, int Associations)
{
    /// <summary>Sixteen clips at once say something about memory and nothing about speed.</summary>
    public bool IsForMemory => Set == InstanceSets.Clip && Associations > 1;

    /// <exception cref="FormatException">Not SET:ASSOCIATIONS with a set that there is and 1 to 64 associations.</exception>
    public static Cell Parse(string text) =>
        text.Split(':') is [var set, var number] && InstanceSets.Names.Contains(set) && int.TryParse(number, out var associations) && associations is >= 1 and <= 64
            ? new Cell(set, associations)
            : throw new FormatException($"\"{text}\" is no cell: write SET:ASSOCIATIONS, sets are {string.Join(", ", InstanceSets.Names)}");

    /// <summary>Instances in one repetition. The small ones are sent four times as often, so that a hiccup does not decide.</summary>
    public int Instances(int asked) => Set switch
    {
        InstanceSets.Clip => IsForMemory ? Associations : 4,
        InstanceSets.Rgb => Math.Max(asked, Associations),
        _ => Math.Max(4 * asked, Associations),
    };

    public override string ToString() => $"{Set}:{Associations}";
}
