using Microsoft.EntityFrameworkCore;

namespace PacsAiWorker.Records.Queries;

/// <summary>What a reading list can be narrowed to.</summary>
public sealed record WorklistFacets(IReadOnlyList<string> Sites, IReadOnlyList<string> CallingAes, IReadOnlyList<string> Models)
{
    public static async Task<WorklistFacets> RunAsync(RecordsDatabase database, CancellationToken cancellation)
    {
        await using var context = database.Open();
        return new WorklistFacets(
            await context.Studies.Select(s => s.Site).Distinct().OrderBy(s => s).ToListAsync(cancellation),
            await context.Studies.Select(s => s.CallingAe).Distinct().OrderBy(s => s).ToListAsync(cancellation),
            await context.Models.Select(m => m.ModelId).Distinct().OrderBy(m => m).ToListAsync(cancellation));
    }
}
