namespace PacsAiWorker.EndToEnd.Kill;

/// <summary>What was counted; tallies add up.</summary>
/// <param name="Kills">Deaths by SIGKILL that were ordered and seen.</param>
/// <param name="Sent">Different images.</param>
/// <param name="BeforeKill">Images answered 0000H by a process that was killed afterwards.</param>
/// <param name="Acknowledged">Images answered 0000H in the end.</param>
/// <param name="Lost">Acknowledged images without their row, digest or outcome.</param>
/// <param name="Twice">Images with more than one row, outcome or score.</param>
/// <param name="Studies">Studies that must have one report each.</param>
/// <param name="ReportsMissing">Reports that the PACS does not have, or not with the row's bytes.</param>
/// <param name="ReportsTwice">Reports in the PACS beyond those that the rows explain.</param>
internal sealed record KillTally(int Kills, int Sent, int BeforeKill, int Acknowledged, int Lost, int Twice, int Studies, int ReportsMissing, int ReportsTwice)
{
    public static KillTally None { get; } = new(0, 0, 0, 0, 0, 0, 0, 0, 0);

    public static KillTally operator +(KillTally a, KillTally b) => new(a.Kills + b.Kills, a.Sent + b.Sent, a.BeforeKill + b.BeforeKill,
        a.Acknowledged + b.Acknowledged, a.Lost + b.Lost, a.Twice + b.Twice, a.Studies + b.Studies, a.ReportsMissing + b.ReportsMissing, a.ReportsTwice + b.ReportsTwice);
}
