namespace PacsAiWorker.Inference.Networks;

/// <summary>What a layer gives for each image.</summary>
/// <param name="Name">Name of the tensor; the tensor itself begins with the batch dimension N.</param>
/// <param name="Shape">Without the batch: [channels, height, width], [tokens, width] or [features].</param>
internal sealed record LayerOutput(string Name, params long[] Shape)
{
    public long Channels => Shape[0];
}
