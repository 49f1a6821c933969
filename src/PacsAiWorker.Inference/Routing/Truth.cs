namespace PacsAiWorker.Inference.Routing;

/// <summary>Three-valued logic (Kleene): "and" takes the lowest, "or" the highest.</summary>
internal enum Truth
{
    /// <summary>Does not hold.</summary>
    No,

    /// <summary>The file is silent, or what it says cannot be believed.</summary>
    Unknown,

    /// <summary>Holds.</summary>
    Yes,
}
