namespace PacsAiWorker.Inference.Routing;

/// <summary>
/// A sentence that is made when somebody asks for it: every image is held against every package, and why most of them do not run is never read.
/// Two are equal when they say the same.
/// </summary>
/// <param name="Make">Gives the text; asked at most once by one thread.</param>
public sealed record Sentence(Func<string> Make)
{
    /// <summary>Says nothing.</summary>
    public static readonly Sentence Empty = new(() => "");

    /// <summary>What it says.</summary>
    public string Text => field ??= Make();

    /// <inheritdoc/>
    public bool Equals(Sentence? other) => Text == other?.Text;

    /// <inheritdoc/>
    public override int GetHashCode() => Text.GetHashCode(StringComparison.Ordinal);
}
