namespace PacsAiWorker.Tests.Inference.Networks;

/// <summary>The convolution networks, written down once more from their papers and torchvision's layer names.</summary>
internal static class PlainNetworks
{
    public static void AlexNet(PlainLayers net, Maps picture)
    {
        var x = net.MaxPool(net.Relu(net.Convolution(picture, "features.0", 11, 4, 2), "features.1"), "features.2", 3, 2);
        x = net.MaxPool(net.Relu(net.Convolution(x, "features.3", 5, 1, 2), "features.4"), "features.5", 3, 2);
        x = net.Relu(net.Convolution(x, "features.6", 3, 1, 1), "features.7");
        x = net.Relu(net.Convolution(x, "features.8", 3, 1, 1), "features.9");
        x = net.MaxPool(net.Relu(net.Convolution(x, "features.10", 3, 1, 1), "features.11"), "features.12", 3, 2);
        Classifier(net, x, "classifier.1", "classifier.2", "classifier.4", "classifier.5", "classifier.6");
    }

    public static void CaffeNet(PlainLayers net, Maps picture)
    {
        var x = net.LocalResponse(net.MaxPool(net.Relu(net.Convolution(picture, "conv1", 11, 4), "relu1"), "pool1", 3, 2), "norm1");
        x = net.LocalResponse(net.MaxPool(net.Relu(net.Convolution(x, "conv2", 5, 1, 2, 2), "relu2"), "pool2", 3, 2), "norm2");
        x = net.Relu(net.Convolution(x, "conv3", 3, 1, 1), "relu3");
        x = net.Relu(net.Convolution(x, "conv4", 3, 1, 1, 2), "relu4");
        x = net.MaxPool(net.Relu(net.Convolution(x, "conv5", 3, 1, 1, 2), "relu5"), "pool5", 3, 2);
        Classifier(net, x, "fc6", "relu6", "fc7", "relu7", "fc8");
    }

    public static void Vgg16(PlainLayers net, Maps picture)
    {
        var x = picture;
        int[] pools = [4, 9, 16, 23, 30];
        for (var layer = 0; layer <= 30; layer++)
            x = pools.Contains(layer)
                ? net.MaxPool(x, $"features.{layer}", 2, 2)
                : net.Relu(net.Convolution(x, $"features.{layer}", 3, 1, 1), $"features.{++layer}");
        Classifier(net, x, "classifier.0", "classifier.1", "classifier.3", "classifier.4", "classifier.6");
    }

    public static void ResNet18(PlainLayers net, Maps picture) => ResNet(net, picture, [2, 2, 2, 2], false);

    public static void ResNet50(PlainLayers net, Maps picture) => ResNet(net, picture, [3, 4, 6, 3], true);

    public static void DenseNet169(PlainLayers net, Maps picture)
    {
        var x = net.Relu(net.BatchNormalisation(net.Convolution(picture, "features.conv0", 7, 2, 3), "features.norm0"), "features.relu0");
        x = net.MaxPool(x, "features.pool0", 3, 2, 1);
        int[] layers = [6, 12, 32, 32];
        for (var b = 1; b <= 4; b++)
        {
            for (var l = 1; l <= layers[b - 1]; l++)
            {
                var name = $"features.denseblock{b}.denselayer{l}";
                var y = net.Relu(net.BatchNormalisation(x, name + ".norm1"), name + ".relu1");
                y = net.Relu(net.BatchNormalisation(net.Convolution(y, name + ".conv1", 1), name + ".norm2"), name + ".relu2");
                x = net.Concat(x, net.Convolution(y, name + ".conv2", 3, 1, 1), name);
            }
            if (b == 4)
                break;
            var transition = $"features.transition{b}";
            x = net.Relu(net.BatchNormalisation(x, transition + ".norm"), transition + ".relu");
            x = net.AveragePool(net.Convolution(x, transition + ".conv", 1), transition + ".pool", 2, 2);
        }
        x = net.Note("activation", net.Relu(net.BatchNormalisation(x, "features.norm5"), "relu"));
        net.Linear(net.Note("features", net.GlobalAverage(x, "avgpool")), "classifier", "logits");
    }

    private static void ResNet(PlainLayers net, Maps picture, int[] blocks, bool bottleneck)
    {
        Maps Normalised(Maps x, string name, string conv, string norm, int kernel, int stride) =>
            net.BatchNormalisation(net.Convolution(x, name + conv, kernel, stride, kernel / 2), name + norm);
        var x = net.MaxPool(net.Relu(Normalised(picture, "", "conv1", "bn1", 7, 2), "relu"), "maxpool", 3, 2, 1);
        for (var stage = 1; stage <= 4; stage++)
            for (var i = 0; i < blocks[stage - 1]; i++)
            {
                var name = $"layer{stage}.{i}";
                var stride = stage > 1 && i == 0 ? 2 : 1;
                Maps y;
                if (bottleneck)
                {
                    y = net.Relu(Normalised(x, name, ".conv1", ".bn1", 1, 1), name + ".relu1");
                    y = net.Relu(Normalised(y, name, ".conv2", ".bn2", 3, stride), name + ".relu2");
                    y = Normalised(y, name, ".conv3", ".bn3", 1, 1);
                }
                else
                {
                    y = net.Relu(Normalised(x, name, ".conv1", ".bn1", 3, stride), name + ".relu1");
                    y = Normalised(y, name, ".conv2", ".bn2", 3, 1);
                }
                if (i == 0 && (bottleneck || stage > 1))
                    x = Normalised(x, name, ".downsample.0", ".downsample.1", 1, stride);
                x = net.Relu(net.Add(y, x, name + ".sum"), name);
            }
        net.Note("activation", x);
        net.Linear(net.Note("features", net.GlobalAverage(x, "avgpool")), "fc", "logits");
    }

    private static void Classifier(PlainLayers net, Maps x, string first, string firstRelu, string second, string secondRelu, string head)
    {
        net.Note("activation", x);
        x = net.Relu(net.Linear(net.Note("flatten", x), first), firstRelu);
        x = net.Note("features", net.Relu(net.Linear(x, second), secondRelu));
        net.Linear(x, head, "logits");
    }
}
