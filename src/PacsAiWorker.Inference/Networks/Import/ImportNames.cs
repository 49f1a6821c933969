namespace PacsAiWorker.Inference.Networks.Import;

/// <summary>Tensors of an external network that a person names; null: found by structure.</summary>
/// <param name="Input">The picture.</param>
/// <param name="Logits">What the network gives, [N, classes].</param>
/// <param name="Features">What its head sees, [N, F]; <see cref="None"/>: go without.</param>
/// <param name="Activation">The end of its trunk, [N, C, h, w] or tokens [N, T, C]; <see cref="None"/>: go without.</param>
public sealed record ImportNames(string? Input = null, string? Logits = null, string? Features = null, string? Activation = null)
{
    /// <summary>In the place of a name: the package does without.</summary>
    public const string None = "none";
}
