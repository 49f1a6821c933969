namespace PacsAiWorker.Training;

/// <summary>What <c>model train</c> is asked.</summary>
/// <param name="Recipe">Folder of the recipe.</param>
/// <param name="Backbone">The .onnx file.</param>
/// <param name="Data">CSV file or folder.</param>
/// <param name="Output">Folder of the package.</param>
internal sealed record TrainingOptions(string Recipe, string Backbone, string Data, string Output)
{
    public string? Variant { get; init; }

    /// <summary>Of the list, the images to be used; null: all.</summary>
    public string? Subgroup { get; init; }

    /// <summary>Tensor that the head reads; null: the output <c>features</c>.</summary>
    public string? Features { get; init; }

    /// <summary>Null: the recipe's.</summary>
    public int? Folds { get; init; }

    public int Seed { get; init; } = 1;

    /// <summary>Null: chosen on validation cases.</summary>
    public double? L2 { get; init; }

    public bool Balanced { get; init; } = true;

    /// <summary>Null: the recipe's.</summary>
    public SplitUnit? Split { get; init; }

    public bool AllowImageSplit { get; init; }

    public bool PermuteLabels { get; init; }

    /// <summary>Wanted on training images; null: Youden.</summary>
    public double? Specificity { get; init; }

    /// <summary>Where features are kept.</summary>
    public required string Work { get; init; }
}
