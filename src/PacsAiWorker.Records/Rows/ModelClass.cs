using System.Text.Json;

namespace PacsAiWorker.Records.Rows;

/// <summary>One class of a package, as its row keeps it.</summary>
/// <param name="Display">For people.</param>
public sealed record ModelClass(string Id, string Display, bool IsPositive)
{
    /// <summary>In output order.</summary>
    /// <param name="json"><see cref="ModelRow.Classes"/>.</param>
    public static IReadOnlyList<ModelClass> Parse(string json) => JsonSerializer.Deserialize<IReadOnlyList<ModelClass>>(json, JsonSerializerOptions.Web)!;
}
