namespace PacsAiWorker.Inference.Networks;

/// <summary>
/// DenseNet-169 (Huang et al., "Densely connected convolutional networks", 2017): growth 32, blocks of 6, 12, 32 and 32 layers, layers named
/// as in torchvision. Trunk 1664×7×7 at 224 pixels, then the mean of each channel.
/// </summary>
internal static class DenseNet
{
    private const long Growth = 32;
    private static readonly int[] Blocks = [6, 12, 32, 32];

    public static void Build(Layers net, long classes)
    {
        var x = net.NormalisedConvolution(net.Input, "features.conv0", "features.norm0", "features.relu0", 64, kernel: 7, stride: 2, pad: 3);
        x = net.MaxPool(x, "features.pool0", kernel: 3, stride: 2, pad: 1);
        for (var block = 1; block <= Blocks.Length; block++)
        {
            for (var layer = 1; layer <= Blocks[block - 1]; layer++)
                x = Dense(net, x, $"features.denseblock{block}.denselayer{layer}");
            if (block < Blocks.Length)
                x = Transition(net, x, $"features.transition{block}");
        }
        x = net.Activation(net.Relu(net.BatchNormalisation(x, "features.norm5"), "relu"));
        net.Head(net.Features(net.GlobalAverage(x, "avgpool")), "classifier", classes);
    }

    /// <summary>[C, H, W] to [C + growth, H, W]: what came in, and 32 new maps through a bottleneck of 128.</summary>
    private static LayerOutput Dense(Layers net, LayerOutput x, string name)
    {
        var y = net.Relu(net.BatchNormalisation(x, name + ".norm1"), name + ".relu1");
        y = net.NormalisedConvolution(y, name + ".conv1", name + ".norm2", name + ".relu2", 4 * Growth, kernel: 1);
        y = net.Convolution(y, name + ".conv2", Growth, kernel: 3, pad: 1, bias: false);
        return net.Concat(x, y, name);
    }

    /// <summary>Half the channels, half the side.</summary>
    private static LayerOutput Transition(Layers net, LayerOutput x, string name)
    {
        var y = net.Relu(net.BatchNormalisation(x, name + ".norm"), name + ".relu");
        y = net.Convolution(y, name + ".conv", x.Channels / 2, kernel: 1, bias: false);
        return net.AveragePool(y, name + ".pool", kernel: 2, stride: 2);
    }
}
