namespace PacsAiWorker.Inference.Networks;

/// <summary>A published network that can be written.</summary>
public sealed class NetworkDesign
{
    internal NetworkDesign(string name, int inputSize, long publishedParameters, int featureCount, bool canQuantise, Action<Layers, long> build)
    {
        Name = name;
        InputSize = inputSize;
        PublishedParameters = publishedParameters;
        FeatureCount = featureCount;
        CanQuantise = canQuantise;
        Build = build;
    }

    /// <summary>As the papers write it.</summary>
    public string Name { get; }

    /// <summary>Published height and width of the input in pixels.</summary>
    public int InputSize { get; }

    /// <summary>Trainable parameters with 1000 classes and the published input size.</summary>
    public long PublishedParameters { get; }

    /// <summary>Values that the head sees.</summary>
    public int FeatureCount { get; }

    /// <summary>Whether there is an 8-bit form.</summary>
    public bool CanQuantise { get; }

    /// <summary>Adds the network with so many classes to its layers.</summary>
    internal Action<Layers, long> Build { get; }

    /// <summary>Trainable parameters with so many classes: the head alone differs.</summary>
    public long ParametersAt(int classes) => PublishedParameters - (1000L - classes) * (FeatureCount + 1);
}
