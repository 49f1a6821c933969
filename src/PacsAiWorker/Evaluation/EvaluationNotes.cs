using PacsAiWorker.Statistics.Confusion;
using PacsAiWorker.Statistics.Studies;

namespace PacsAiWorker.Evaluation;

/// <summary>What a reader of the figures has to know, in sentences.</summary>
internal static class EvaluationNotes
{
    public static IEnumerable<string> Of(PredictionFile file, BinaryTask? task, EvaluationOptions options)
    {
        var first = file.Rows[0];
        if (task is not null)
        {
            if (task.Threshold is not null && options.Threshold is null)
            {
                yield return "The threshold 0.5 is assumed; a threshold is to be chosen on training data and given with --threshold.";
            }

            if (first.Study is null)
            {
                yield return "The file has no column study: nothing is known by study, and without that a package may not change the order of a list.";
            }
            else if (task.Threshold is null)
            {
                yield return "The file has labels and no scores: no area, no calibration, and nothing by study.";
            }
            else if (options.Prevalence is null)
            {
                yield return "The site's share of positive studies is not given (--prevalence); expected flags are at that of this file, which test sets often enrich.";
            }

            if (task.Counts.Positives == 0 || task.Counts.Negatives == 0)
            {
                yield return $"There is no {(task.Counts.Positives == 0 ? "positive" : "negative")} case: half of the figures are unknown.";
            }
        }

        if (first.Patient is null)
        {
            yield return first.Study is null
                ? "The file has no column patient: images of one patient resemble each other, so every interval here is too short."
                : "The file has no column patient: each study counts as a patient of its own.";
        }

        if (file.Rows.Count(r => !r.IsScored) is > 0 and var missing)
        {
            yield return $"{missing} of {file.Rows.Count} images were not scored; they are in no rate and count as neither flagged nor not flagged.";
        }

        if (task is { Cases.Count: > 0 } && options.Aggregation.Kind == AggregationKind.Proportion && first.Study is not null)
        {
            yield return $"Studies of fewer than {StudyAggregation.LeastImages} scored images are judged by their highest image.";
        }
    }

    /// <summary>What the printed figures say about how they were rounded.</summary>
    public static string Verdict(ReportedAudit audit)
    {
        var unexplained = audit.Unexplained.Count();
        return unexplained == audit.Lines.Count ? "No printed figure follows from these predictions."
            : (unexplained > 0 ? $"{unexplained} of {audit.Lines.Count} printed figures do not follow from these predictions, however they are rounded; for the others: " : "")
            + (audit.IsMixed ? "mixed rounding: no single way explains every figure."
                : audit.Common.Contains(Rounding.HalfUp) ? "rounded to the nearest."
                : audit.Common.Contains(Rounding.Ceiling) ? "rounded up, not to the nearest." : "digits cut off, not rounded to the nearest.");
    }
}
