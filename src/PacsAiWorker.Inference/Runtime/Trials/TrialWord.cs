using System.Text.Json;
using PacsAiWorker.Inference.Packages;

namespace PacsAiWorker.Inference.Runtime.Trials;

/// <summary>One packet from the process that tries: a check that ended, or a verdict. The first packet is the verdict on the process itself.</summary>
internal sealed record TrialWord(PackageCheck? Check, TrialVerdict? Verdict)
{
    /// <summary>With every character escaped this is far below the longest packet.</summary>
    private const int LongestText = 4000;

    public static byte[] Of(PackageCheck check) =>
        JsonSerializer.SerializeToUtf8Bytes(new TrialWord(check with { Detail = Cut(check.Detail) }, null), JsonSerializerOptions.Web);

    public static byte[] Of(TrialVerdict verdict) =>
        JsonSerializer.SerializeToUtf8Bytes(new TrialWord(null, verdict with { Why = Cut(verdict.Why) }), JsonSerializerOptions.Web);

    /// <returns>Null when the bytes are no such packet.</returns>
    public static TrialWord? Read(ReadOnlySpan<byte> packet)
    {
        try
        {
            return JsonSerializer.Deserialize<TrialWord>(packet, JsonSerializerOptions.Web);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string Cut(string text) => text.Length <= LongestText ? text : text[..LongestText] + "…";
}
