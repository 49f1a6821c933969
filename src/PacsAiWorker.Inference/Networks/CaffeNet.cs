namespace PacsAiWorker.Inference.Networks;

/// <summary>
/// CaffeNet (Jia et al., "Caffe: Convolutional architecture for fast feature embedding", 2014): the AlexNet of 2012 in two groups, pooling
/// before normalisation; layers named as in its prototxt, dropout left out. Trunk 256×6×6 at 227 pixels. Other input sizes change the
/// width of <c>fc6</c>.
/// </summary>
internal static class CaffeNet
{
    public static void Build(Layers net, long classes)
    {
        var x = net.Relu(net.Convolution(net.Input, "conv1", 96, kernel: 11, stride: 4), "relu1");
        x = Normalise(net, net.MaxPool(x, "pool1", kernel: 3, stride: 2), "norm1");
        x = net.Relu(net.Convolution(x, "conv2", 256, kernel: 5, pad: 2, groups: 2), "relu2");
        x = Normalise(net, net.MaxPool(x, "pool2", kernel: 3, stride: 2), "norm2");
        x = net.Relu(net.Convolution(x, "conv3", 384, kernel: 3, pad: 1), "relu3");
        x = net.Relu(net.Convolution(x, "conv4", 384, kernel: 3, pad: 1, groups: 2), "relu4");
        x = net.Relu(net.Convolution(x, "conv5", 256, kernel: 3, pad: 1, groups: 2), "relu5");
        x = net.Activation(net.MaxPool(x, "pool5", kernel: 3, stride: 2));

        x = net.Relu(net.Linear(net.Flatten(x, "flatten"), "fc6", 4096), "relu6");
        x = net.Relu(net.Linear(x, "fc7", 4096), "relu7");
        net.Head(net.Features(x), "fc8", classes);
    }

    private static LayerOutput Normalise(Layers net, LayerOutput x, string name) =>
        net.LocalResponseNormalisation(x, name, size: 5, alpha: 1e-4f, beta: 0.75f);
}
