namespace PacsAiWorker.Inference.Networks;

/// <summary>
/// VGG-16 (Simonyan and Zisserman, "Very deep convolutional networks for large-scale image recognition", 2014, column D), layers named as
/// in torchvision; dropout is left out. Trunk 512×7×7 at 224 pixels. Other input sizes change the width of the first linear layer.
/// </summary>
internal static class Vgg
{
    /// <summary>Channels of the convolutions between one pooling and the next.</summary>
    private static readonly long[][] ColumnD = [[64, 64], [128, 128], [256, 256, 256], [512, 512, 512], [512, 512, 512]];

    public static void Build(Layers net, long classes)
    {
        var x = net.Input;
        var layer = 0;
        string Next() => $"features.{layer++}";
        foreach (var group in ColumnD)
        {
            foreach (var channels in group)
                x = net.Relu(net.Convolution(x, Next(), channels, kernel: 3, pad: 1), Next());
            x = net.MaxPool(x, Next(), kernel: 2, stride: 2);
        }
        net.Activation(x);

        x = net.Relu(net.Linear(net.Flatten(x, "flatten"), "classifier.0", 4096), "classifier.1");
        x = net.Relu(net.Linear(x, "classifier.3", 4096), "classifier.4");
        net.Head(net.Features(x), "classifier.6", classes);
    }
}
