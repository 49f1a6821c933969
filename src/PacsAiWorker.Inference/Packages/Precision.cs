namespace PacsAiWorker.Inference.Packages;

/// <summary>The arithmetic of a network, as it stands in cards and with each score.</summary>
public static class Precision
{
    /// <summary>float32 throughout.</summary>
    public const string Fp32 = "fp32";

    /// <summary>float32 whose products a GPU takes with 10 bits of mantissa.</summary>
    public const string Tf32 = "tf32";

    /// <summary>float16 weights.</summary>
    public const string Fp16 = "fp16";

    /// <summary>8-bit convolutions between float32 values.</summary>
    public const string Int8 = "int8";

    private const string Separator = ", ";

    /// <summary>All of them, the most exact first.</summary>
    public static IReadOnlyList<string> All { get; } = [Fp32, Tf32, Fp16, Int8];

    /// <summary>At which a package computes. Sessions on a GPU are opened with TF32 off, so that it is the card's alone to say.</summary>
    public static string Of(ModelCard card) => card.IsInt8 ? Int8 : card.IsFloat16 ? Fp16 : Fp32;

    /// <summary>The one that a score's runtime names; null for scores from before it was recorded.</summary>
    /// <param name="runtime">As <see cref="Runtime.LoadedModel.Runtime"/>.</param>
    public static string? In(string runtime) => runtime.Split(Separator).FirstOrDefault(All.Contains);

    /// <summary>The runtime without it, for comparing with such scores.</summary>
    public static string Without(string runtime) => string.Join(Separator, runtime.Split(Separator).Where(part => !All.Contains(part)));
}
