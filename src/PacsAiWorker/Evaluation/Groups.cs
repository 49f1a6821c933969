using PacsAiWorker.Statistics.Roc;

namespace PacsAiWorker.Evaluation;

/// <summary>Figures by device, crop, view or subgroup. Groups below the minimum are named, and say nothing.</summary>
internal static class Groups
{
    public static Breakdown Of(PredictionFile file, BinaryTask? task, string column, EvaluationOptions options)
    {
        var against = column == "subgroup" && task is { Threshold: not null } && task.Cases.Any(c => c.Row.Groups[column] == options.Reference) ? options.Reference : null;
        var areas = against is null ? []
            : SubgroupComparison.PerSubgroupVsReference([.. task!.Cases.Select(c => (c.Row.Groups[column], c.Positive, c.Score!.Value))], against, task.Threshold!.Value).ToDictionary(s => s.Subgroup, s => s.Auc);
        var rows = file.Rows.Where(r => r.IsScored).GroupBy(r => r.Groups[column]).OrderBy(g => g.Key != against).ThenBy(g => g.Key, StringComparer.Ordinal);
        return new Breakdown(column, against, [.. rows.Select(g => Row(g.Key, [.. g]))]);

        BreakdownRow Row(string value, IReadOnlyCollection<Prediction> group)
        {
            if (group.Count < options.Minimum)
            {
                return new BreakdownRow(value, group.Count, true, null, null, null, null);
            }

            if (task is null)
            {
                return new BreakdownRow(value, group.Count, false, Rate.Of("accuracy", ClassEvaluator.Accuracy(file, group)), null, null, null);
            }

            var cases = task.Cases.Where(c => c.Row.Groups[column] == value).ToList();
            var counts = BinaryTask.Count(cases);
            (bool Positive, double Score)[] scored = task.Threshold is null ? [] : [.. cases.Select(c => (c.Positive, c.Score!.Value))];
            return new BreakdownRow(value, group.Count, false, Rate.Of("accuracy", counts.Accuracy), Rate.Of("sensitivity", counts.Recall), Rate.Of("specificity", counts.Specificity),
                against is null ? SubgroupComparison.Area(Evaluator.Side(scored, true), Evaluator.Side(scored, false)) : areas[value]);
        }
    }
}
