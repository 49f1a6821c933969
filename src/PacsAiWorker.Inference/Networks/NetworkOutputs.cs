namespace PacsAiWorker.Inference.Networks;

/// <summary>Which outputs a written network has.</summary>
[Flags]
public enum NetworkOutputs
{
    /// <summary><c>logits</c>, [N, classes]: always there.</summary>
    Logits = 1,

    /// <summary><c>features</c>, [N, features]: what the head sees; a new head is trained on them.</summary>
    Features = 2,

    /// <summary>
    /// <c>activation</c>, [N, C, h, w]: the end of the trunk, for explanations. For a vision transformer the patch tokens of the last
    /// block as C maps, without the class token.
    /// </summary>
    Activation = 4,
}

internal static class NetworkOutputNames
{
    public const string Logits = "logits", Features = "features", Activation = "activation";
}
