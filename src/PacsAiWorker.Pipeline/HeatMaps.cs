using PacsAiWorker.Records.Rows;

namespace PacsAiWorker.Pipeline;

/// <summary>Which packages' flags come with heat maps in the PACS: none, unless the site names them (safety rule 4).</summary>
/// <param name="Packages">Ids.</param>
public sealed record HeatMaps(IReadOnlyCollection<string> Packages)
{
    /// <summary>By rule only of what was flagged.</summary>
    public bool AreDue(ResultRow result) => result.IsPositive && Packages.Contains(result.ModelId);
}
