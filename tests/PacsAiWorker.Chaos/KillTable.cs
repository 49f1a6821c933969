using PacsAiWorker.EndToEnd.Kill;

namespace PacsAiWorker.Chaos;

/// <summary>The figures, a line a stage, and whether they add up.</summary>
internal static class KillTable
{
    private static readonly string[] Head =
        ["stage", "rounds", "kills", "images", "acked before", "acked", "lost", "twice", "reports due", "missing", "twice"];

    public static IEnumerable<string> Lines(KillProgress progress, string road)
    {
        var stages = progress.Stages.Where(s => s.Key.StartsWith(road + "/", StringComparison.Ordinal)).Select(s => (Name: s.Key[(road.Length + 1)..], s.Value)).ToList();
        var all = new KillStageProgress(stages.Sum(s => s.Value.Rounds), stages.Aggregate(KillTally.None, (sum, s) => sum + s.Value.Tally));
        yield return Line(Head);
        foreach (var stage in stages.OrderBy(s => KillRun.OrderOf(s.Name)))
        {
            yield return Line(Cells(stage.Name, stage.Value));
        }

        yield return Line(Cells(road, all));
    }

    /// <summary>As many kills as rounds, images sent and every one acknowledged, nothing lost, missing or twice.</summary>
    public static bool AddsUp(KillProgress progress) => progress.Failures.Count == 0 && progress.Stages.Values.All(s =>
        s.Tally is { Lost: 0, Twice: 0, ReportsMissing: 0, ReportsTwice: 0 } && s.Tally.Kills == s.Rounds && s.Tally.Sent > 0 && s.Tally.Sent == s.Tally.Acknowledged);

    private static string[] Cells(string name, KillStageProgress stage) =>
    [
        name, $"{stage.Rounds}", $"{stage.Tally.Kills}", $"{stage.Tally.Sent}", $"{stage.Tally.BeforeKill}", $"{stage.Tally.Acknowledged}", $"{stage.Tally.Lost}",
        $"{stage.Tally.Twice}", $"{stage.Tally.Studies}", $"{stage.Tally.ReportsMissing}", $"{stage.Tally.ReportsTwice}",
    ];

    private static string Line(string[] cells) =>
        "| " + string.Join(" | ", cells.Select((c, i) => i == 0 ? c.PadRight(18) : c.PadLeft(Head[i].Length))) + " |";
}
