using System.Text.Json;

namespace PacsAiWorker.Records.Rows;

/// <summary>What reports say of a package beyond its classes, as its card has it.</summary>
public sealed record ModelFacts
{
    public const string Fetus = "fetus";

    /// <summary>Whose finding it is: empty for the patient, <c>fetus</c> for the unborn child.</summary>
    public string Subject { get; init; } = "";

    /// <summary>Temperature by which the network's values are divided before they become probabilities; 1 leaves them.</summary>
    public double Temperature { get; init; } = 1;

    /// <summary>What the threshold was measured to do, in words; empty when the card has no such figures.</summary>
    public string OperatingPoint { get; init; } = "";

    /// <summary>As kept in a row; an empty text has nothing to say.</summary>
    public static ModelFacts Parse(string json) => json.Length == 0 ? new ModelFacts() : JsonSerializer.Deserialize<ModelFacts>(json, JsonSerializerOptions.Web)!;

    public string ToJson() => JsonSerializer.Serialize(this, JsonSerializerOptions.Web);
}
