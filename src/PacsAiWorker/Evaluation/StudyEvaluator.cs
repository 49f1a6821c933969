using PacsAiWorker.Commands;
using PacsAiWorker.Statistics.Confusion;
using PacsAiWorker.Statistics.Intervals;
using PacsAiWorker.Statistics.Roc;
using PacsAiWorker.Statistics.Studies;

namespace PacsAiWorker.Evaluation;

/// <summary>One study as a question of yes or no. It is positive when any of its images is.</summary>
internal sealed record StudyCase(string Study, string? Patient, bool Positive, StudyVerdict Verdict);

/// <summary>From images to studies, by the rule the package would use.</summary>
internal static class StudyEvaluator
{
    public static StudyLevel Of(PredictionFile file, BinaryTask task, EvaluationOptions options)
    {
        var studies = Studies(file, task, options);
        var counts = studies.Aggregate(new BinaryCounts(), (sum, s) => sum.With(s.Positive, s.Verdict.Flagged));
        (bool Positive, double Score)[] scored = [.. studies.Select(s => (s.Positive, s.Verdict.Score))];
        return new StudyLevel(
            options.Aggregation.ToString(), counts,
            [
                Rate.Of("sensitivity", counts.Recall), Rate.Of("specificity", counts.Specificity), Rate.Of("precision", counts.Precision), Rate.Of("npv", counts.Npv), Rate.Of("accuracy", counts.Accuracy),
                Rate.Of("flagged", new Proportion(counts.Tp + counts.Fp, counts.Total)),
            ],
            studies.Any(s => s.Verdict.FellBack) ? null : SubgroupComparison.Area(Evaluator.Side(scored, true), Evaluator.Side(scored, false)),
            ExpectedFlags.Of(counts, options.Prevalence ?? counts.Positives / (double)counts.Total), options.Prevalence is null,
            studies.Count(s => s.Verdict.FellBack), file.Rows.Select(r => r.Study).Distinct().Count() - studies.Count);
    }

    /// <exception cref="CommandException">The rule needs probabilities.</exception>
    public static IReadOnlyList<StudyCase> Studies(PredictionFile file, BinaryTask task, EvaluationOptions options)
    {
        if (options.Aggregation.Kind == AggregationKind.NoisyOr && !task.AreProbabilities)
        {
            throw new CommandException($"--aggregation noisy-or: {file.Path} has scores that are no probabilities; take max, mean or proportion:SHARE");
        }

        // An image that was not scored still says what is true of its study.
        var positive = file.Rows.Where(r => task.Truth(r)).Select(r => r.Study).ToHashSet();
        return
        [
            .. task.Cases.GroupBy(c => c.Row.Study!).Select(g => new StudyCase(g.Key, g.First().Row.Patient, positive.Contains(g.Key), options.Aggregation.Judge([.. g.Select(c => c.Score!.Value)], task.Threshold!.Value))),
        ];
    }
}
