namespace PacsAiWorker.Inference.Networks;

/// <summary>
/// AlexNet in one column (Krizhevsky, "One weird trick for parallelizing convolutional neural networks", 2014), layers named as in
/// torchvision; dropout is left out. Trunk 256×6×6 at 224 pixels. Other input sizes change the width of the first linear layer.
/// </summary>
internal static class AlexNet
{
    public static void Build(Layers net, long classes)
    {
        var x = net.Relu(net.Convolution(net.Input, "features.0", 64, kernel: 11, stride: 4, pad: 2), "features.1");
        x = net.MaxPool(x, "features.2", kernel: 3, stride: 2);
        x = net.Relu(net.Convolution(x, "features.3", 192, kernel: 5, pad: 2), "features.4");
        x = net.MaxPool(x, "features.5", kernel: 3, stride: 2);
        x = net.Relu(net.Convolution(x, "features.6", 384, kernel: 3, pad: 1), "features.7");
        x = net.Relu(net.Convolution(x, "features.8", 256, kernel: 3, pad: 1), "features.9");
        x = net.Relu(net.Convolution(x, "features.10", 256, kernel: 3, pad: 1), "features.11");
        x = net.Activation(net.MaxPool(x, "features.12", kernel: 3, stride: 2));

        x = net.Relu(net.Linear(net.Flatten(x, "flatten"), "classifier.1", 4096), "classifier.2");
        x = net.Relu(net.Linear(x, "classifier.4", 4096), "classifier.5");
        net.Head(net.Features(x), "classifier.6", classes);
    }
}
