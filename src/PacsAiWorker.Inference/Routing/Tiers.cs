namespace PacsAiWorker.Inference.Routing;

/// <summary>One step of urgency before anything was scored.</summary>
/// <param name="Tier">Lower goes first.</param>
/// <param name="Name">For people.</param>
/// <param name="OrderPriorities">Words of an order that ask for it: Requested Procedure Priority (0040,1003), and the codes of HL7 v2.</param>
/// <param name="Results">Priorities of results that stand beside it.</param>
public sealed record TierRow(int Tier, string Name, IReadOnlyList<string> OrderPriorities, string Results);

/// <summary>How urgent a study is before anything was scored: the one table.</summary>
public static class Tiers
{
    /// <summary>The last tier for which places are kept free.</summary>
    public const int Urgent = 1;

    /// <summary>Where nobody said otherwise.</summary>
    public const int Routine = 2;

    /// <summary>What nobody waits for: images scored again.</summary>
    public const int Backfill = 3;

    /// <summary>How many there are.</summary>
    public const int Count = 4;

    /// <summary>In the order of tiers.</summary>
    public static IReadOnlyList<TierRow> Table { get; } =
    [
        new(0, "stat", ["STAT", "S"], "TP1"),
        new(1, "urgent", ["HIGH", "ASAP", "A"], "TP2"),
        new(2, "routine", ["ROUTINE", "MEDIUM", "LOW", "R"], "TP3, TP4"),
        new(3, "backfill", [], "reprocessing"),
    ];

    /// <summary>The order's priority when it is a word of the table; else null.</summary>
    public static string? Known(string? orderPriority) => Row(orderPriority) is null ? null : orderPriority;

    /// <summary>The caller's setting; else the order's priority when it is known; else routine.</summary>
    /// <param name="caller">Setting of the application entity that sent; null when it has none.</param>
    /// <param name="orderPriority">What the order says; null or another word is not known.</param>
    /// <returns>The tier, and where it comes from in words.</returns>
    public static (int Tier, string From) Decide(int? caller, string? orderPriority) =>
        caller is { } set ? (set, "set for the caller")
        : Row(orderPriority) is { } row ? (row.Tier, "the order's priority")
        : (Routine, "nobody said otherwise");

    private static TierRow? Row(string? orderPriority) =>
        Table.FirstOrDefault(r => r.OrderPriorities.Contains(orderPriority, StringComparer.OrdinalIgnoreCase));

    /// <summary>"stat", "urgent", "routine" or "backfill".</summary>
    public static string Name(int tier) => Table[tier].Name;
}
