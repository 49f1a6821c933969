namespace PacsAiWorker.Records.Rows;

/// <summary>What reports say of a package beyond its classes, as its card has it.</summary>
public sealed record ModelFacts
{
    /// <summary>Whose finding it is: empty for the patient, <c>fetus</c> for the unborn child.</summary>
    public string Subject { get; init; } = "";

    /// <summary>Temperature by which the network's values are divided before they become probabilities; 1 leaves them.</summary>
    public double Temperature { get; init; } = 1;

    /// <summary>Where the threshold comes from, in words.</summary>
    public string ThresholdSource { get; init; } = "";

    /// <summary>What the threshold was measured to do, in words; empty when the card has no such figures.</summary>
    public string OperatingPoint { get; init; } = "";
}
