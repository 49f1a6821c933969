namespace PacsAiWorker.Inference.Networks;

/// <summary>The networks that can be written.</summary>
public static class NetworkCatalog
{
    /// <summary>All of them. Counts: as published for torchvision's and Caffe's versions with 1000 classes.</summary>
    public static IReadOnlyList<NetworkDesign> All { get; } =
    [
        new("AlexNet", 224, 61_100_840, 4096, canQuantise: false, AlexNet.Build),
        new("CaffeNet", 227, 60_965_224, 4096, canQuantise: false, CaffeNet.Build),
        new("VGG-16", 224, 138_357_544, 4096, canQuantise: false, Vgg.Build),
        new("ResNet-18", 224, 11_689_512, 512, canQuantise: true, ResNet.Build18),
        new("ResNet-50", 224, 25_557_032, 2048, canQuantise: true, ResNet.Build50),
        new("ResNet-101", 224, 44_549_160, 2048, canQuantise: true, ResNet.Build101),
        new("DenseNet-169", 224, 14_149_480, 1664, canQuantise: false, DenseNet.Build),
        new("ViT-B/16", 224, 86_567_656, 768, canQuantise: false, VisionTransformer.BuildBase16),
    ];

    /// <summary>The network of that name; case and punctuation do not matter (<c>vit-b-16</c>, <c>resnet50</c>). Null when there is none.</summary>
    public static NetworkDesign? Find(string name) => All.FirstOrDefault(d => Plain(d.Name) == Plain(name));

    private static string Plain(string name) => string.Concat(name.Where(char.IsAsciiLetterOrDigit)).ToUpperInvariant();
}
