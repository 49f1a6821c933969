using PacsAiWorker.Inference.Runtime;
using PacsAiWorker.Native.OnnxRuntime;

namespace PacsAiWorker.Inference.Packages;

/// <summary>The arithmetic of a network, as it stands in cards and with each score.</summary>
public static class Precision
{
    /// <summary>float32 throughout.</summary>
    public const string Fp32 = "fp32";

    /// <summary>float32 whose products a GPU takes with 10 bits of mantissa.</summary>
    public const string Tf32 = "tf32";

    /// <summary>float16 weights, or float16 where TensorRT finds it faster.</summary>
    public const string Fp16 = "fp16";

    /// <summary>8-bit convolutions between float32 values.</summary>
    public const string Int8 = "int8";

    /// <summary>All of them, the most exact first.</summary>
    public static IReadOnlyList<string> All { get; } = [Fp32, Tf32, Fp16, Int8];

    /// <summary>At which a package computes: what its weights are, else what the device makes of float32.</summary>
    public static string Of(ModelCard card, OrtPrecision device) => card.IsInt8 ? Int8 : card.IsFloat16 ? Fp16 : device switch
    {
        OrtPrecision.Tf32 => Tf32,
        OrtPrecision.Fp16 => Fp16,
        _ => Fp32,
    };

    /// <summary>The one that a score's runtime names; null for scores from before it was recorded.</summary>
    /// <param name="runtime">As <see cref="LoadedModel.Runtime"/>.</param>
    public static string? In(string runtime) => RuntimeText.Parts(runtime).FirstOrDefault(All.Contains);
}
