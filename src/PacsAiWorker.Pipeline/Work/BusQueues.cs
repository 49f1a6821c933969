namespace PacsAiWorker.Pipeline.Work;

/// <summary>Names on the broker: one queue per kind and tier, one place for the dead.</summary>
public static class BusQueues
{
    public const string DeadLetters = "pacsai.dead";

    private static readonly string[] Tiers = ["stat", "urgent", "routine", "backfill"];

    public static string Of(string kind, short tier) => $"pacsai.{kind}.{Tiers[tier]}";

    public static IEnumerable<string> Of(string kind) => Tiers.Select((_, tier) => Of(kind, (short)tier));
}
