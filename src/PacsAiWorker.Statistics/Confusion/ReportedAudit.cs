namespace PacsAiWorker.Statistics.Confusion;

/// <summary>A printed figure beside the same figure computed from counts.</summary>
/// <param name="Name">Of the figure.</param>
/// <param name="Printed">As printed; its decimals say to how many digits.</param>
/// <param name="Recomputed">In the same unit; null where it is undefined.</param>
/// <param name="Explained">The ways of rounding that lead from one to the other; none: the figure does not follow from the counts.</param>
public sealed record AuditLine(string Name, decimal Printed, double? Recomputed, IReadOnlyList<Rounding> Explained)
{
    /// <summary>Printed as rounding to the nearest gives it.</summary>
    public bool Agrees => Explained.Contains(Rounding.HalfUp);

    /// <summary>Compares one figure.</summary>
    public static AuditLine Of(string name, decimal printed, double? recomputed) => new(name, printed, recomputed,
        recomputed is { } value ? [.. Enum.GetValues<Rounding>().Where(r => r.Shorten(value, printed.Scale) == printed)] : []);
}

/// <summary>What printed figures say about how they were made.</summary>
public sealed record ReportedAudit(IReadOnlyList<AuditLine> Lines)
{
    /// <summary>Figures that no rounding explains.</summary>
    public IEnumerable<AuditLine> Unexplained => Lines.Where(l => l.Explained.Count == 0);

    /// <summary>Ways of rounding that explain every figure which any explains.</summary>
    public IReadOnlyList<Rounding> Common => [.. Enum.GetValues<Rounding>().Where(r => Lines.Where(l => l.Explained.Count > 0).All(l => l.Explained.Contains(r)))];

    /// <summary>Each explained figure has a way of rounding, but no single way explains them all.</summary>
    public bool IsMixed => Common.Count == 0;
}
