namespace PacsAiWorker.Inference.Imaging;

/// <summary>Where a crop comes from.</summary>
public enum CropSource
{
    /// <summary>An item of (0018,6011).</summary>
    Region,

    /// <summary>Found in the pixels.</summary>
    Fallback,

    /// <summary>The whole picture.</summary>
    Full,

    /// <summary>The package fixes it.</summary>
    ModelFixed,
}

/// <summary>A rectangle in stored-image pixels; both corners belong to it.</summary>
/// <param name="X0">First column.</param>
/// <param name="Y0">First row.</param>
/// <param name="X1">Last column.</param>
/// <param name="Y1">Last row.</param>
/// <param name="Source">Where it comes from.</param>
public sealed record Crop(int X0, int Y0, int X1, int Y1, CropSource Source)
{
    /// <summary>Columns.</summary>
    public int Width => X1 - X0 + 1;

    /// <summary>Rows.</summary>
    public int Height => Y1 - Y0 + 1;
}
