namespace PacsAiWorker.Inference.Networks;

/// <summary>
/// ResNet-18, 50 and 101 (He et al., "Deep residual learning for image recognition", 2015), layers named as in torchvision, which puts
/// the stride of a bottleneck on its 3×3 convolution. Trunk 512×7×7 (18) or 2048×7×7 at 224 pixels, then the mean of each channel.
/// </summary>
internal static class ResNet
{
    /// <summary>Of a branch's last normalisation: with random weights the sums of 33 blocks would otherwise grow beyond all measure.</summary>
    private const double BranchGain = 0.25;

    private delegate LayerOutput Block(Layers net, LayerOutput x, string name, long width, long stride);

    public static void Build18(Layers net, long classes) => Build(net, classes, [2, 2, 2, 2], Basic);

    public static void Build50(Layers net, long classes) => Build(net, classes, [3, 4, 6, 3], Bottleneck);

    public static void Build101(Layers net, long classes) => Build(net, classes, [3, 4, 23, 3], Bottleneck);

    private static void Build(Layers net, long classes, int[] blocks, Block block)
    {
        var x = net.NormalisedConvolution(net.Input, "conv1", "bn1", "relu", 64, kernel: 7, stride: 2, pad: 3);
        x = net.MaxPool(x, "maxpool", kernel: 3, stride: 2, pad: 1);
        for (var stage = 0; stage < blocks.Length; stage++)
            for (var i = 0; i < blocks[stage]; i++)
                x = block(net, x, $"layer{stage + 1}.{i}", 64 << stage, stride: stage > 0 && i == 0 ? 2 : 1);
        net.Activation(x);
        net.Head(net.Features(net.GlobalAverage(x, "avgpool")), "fc", classes);
    }

    private static LayerOutput Basic(Layers net, LayerOutput x, string name, long width, long stride)
    {
        var y = net.NormalisedConvolution(x, name + ".conv1", name + ".bn1", name + ".relu1", width, kernel: 3, stride, pad: 1);
        y = net.NormalisedConvolution(y, name + ".conv2", name + ".bn2", null, width, kernel: 3, pad: 1, gain: BranchGain);
        return net.AddRelu(y, Shortcut(net, x, name, width, stride), name);
    }

    private static LayerOutput Bottleneck(Layers net, LayerOutput x, string name, long width, long stride)
    {
        var y = net.NormalisedConvolution(x, name + ".conv1", name + ".bn1", name + ".relu1", width, kernel: 1);
        y = net.NormalisedConvolution(y, name + ".conv2", name + ".bn2", name + ".relu2", width, kernel: 3, stride, pad: 1);
        y = net.NormalisedConvolution(y, name + ".conv3", name + ".bn3", null, 4 * width, kernel: 1, gain: BranchGain);
        return net.AddRelu(y, Shortcut(net, x, name, 4 * width, stride), name);
    }

    private static LayerOutput Shortcut(Layers net, LayerOutput x, string name, long channels, long stride) =>
        x.Channels == channels && stride == 1
            ? x
            : net.NormalisedConvolution(x, name + ".downsample.0", name + ".downsample.1", null, channels, kernel: 1, stride);
}
