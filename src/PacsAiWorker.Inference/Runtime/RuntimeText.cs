using PacsAiWorker.Inference.Packages;

namespace PacsAiWorker.Inference.Runtime;

/// <summary>
/// What ran a network, in the one line that is stored with each score: parts between commas, of which those that came later than the first
/// scores begin with a word of their own.
/// </summary>
public static class RuntimeText
{
    /// <summary>Digest over which provider ran which node.</summary>
    public const string Placement = "placement";

    /// <summary>Digest over the options of session and provider.</summary>
    public const string Options = "options";

    private const string Separator = ", ";

    /// <summary>The parts as one line; those without a value are left out.</summary>
    public static string Of(string version, string provider, string precision, string librarySha256, string options, string? placement) => string.Join(Separator,
        ((string?[])[$"ONNX Runtime {version}", provider, precision, $"library {librarySha256[..12]}", $"{Options} {options}", placement is null ? null : $"{Placement} {placement}"])
            .OfType<string>());

    /// <summary>The value after a word; null in scores from before it was recorded.</summary>
    public static string? In(string runtime, string word) =>
        Parts(runtime).FirstOrDefault(part => part.StartsWith(word + " ", StringComparison.Ordinal))?[(word.Length + 1)..];

    /// <summary>The parts that every score has.</summary>
    public static string Core(string runtime) => string.Join(Separator, Parts(runtime).Where(part => !Precision.All.Contains(part)
        && !part.StartsWith(Placement + " ", StringComparison.Ordinal) && !part.StartsWith(Options + " ", StringComparison.Ordinal)));

    internal static string[] Parts(string runtime) => runtime.Split(Separator);
}
