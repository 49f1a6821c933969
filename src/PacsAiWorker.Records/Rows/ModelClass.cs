using System.Text.Json;
using Microsoft.EntityFrameworkCore;

namespace PacsAiWorker.Records.Rows;

/// <summary>One class of a package, as its row keeps it.</summary>
/// <param name="Display">For people.</param>
public sealed record ModelClass(string Id, string Display, bool IsPositive)
{
    /// <summary>In output order.</summary>
    /// <param name="json"><see cref="ModelRow.Classes"/>.</param>
    public static IReadOnlyList<ModelClass> Parse(string json) => JsonSerializer.Deserialize<IReadOnlyList<ModelClass>>(json, JsonSerializerOptions.Web)!;

    /// <summary>Classes of each package, by its identity.</summary>
    internal static async Task<IReadOnlyDictionary<string, IReadOnlyList<ModelClass>>> OfAsync(RecordsContext context, IEnumerable<string> identities, CancellationToken cancellation)
    {
        var wanted = identities.ToHashSet();
        return await context.Models.AsNoTracking().Where(m => wanted.Contains(m.Identity)).ToDictionaryAsync(m => m.Identity, m => Parse(m.Classes), cancellation);
    }
}
