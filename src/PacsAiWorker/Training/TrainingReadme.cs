using System.Globalization;
using System.Text;
using PacsAiWorker.Inference.Packages;
using PacsAiWorker.Statistics.Folds;

namespace PacsAiWorker.Training;

/// <summary>README.md of a trained package: its model card in words.</summary>
internal static class TrainingReadme
{
    public static string Text(TrainingSummary s, ModelCard card, IReadOnlyList<LevelFigures> levels)
    {
        var text = new StringBuilder();
        var c = CultureInfo.InvariantCulture;
        void Line(FormattableString line) => text.Append(line.ToString(c)).Append('\n');
        Line($"# {card.Id} {card.Version}\n");
        Line($"{card.IntendedUse}\n");
        if (card.Demonstration)
        {
            Line($"**Demonstration only, not for clinical use: it scores phantoms and nothing else.**\n");
        }

        Line($"## What was trained\n");
        Line($"- Architecture: {card.Architecture}. {(card.PaperRef is null ? "" : $"Paper: {card.PaperRef}. ")}The backbone (SHA-256 {s.BackboneSha256}) is frozen up to `{s.Features}` ({s.FeatureCount} values).");
        Line($"- Trained: one linear layer (multinomial logistic regression). Papers that trained more than their last layer are not repeated by this{(card.Id.StartsWith("abdominal-views", StringComparison.Ordinal) ? "; the paper of this package retrained all fully connected layers, this is one head" : "")}.");
        Line($"- Penalty (L2 on standardised features): {s.L2}{(s.L2Chosen ? ", chosen on validation images of the training data" : "")}; {s.Steps} steps of L-BFGS{(s.StoppedEarly ? ", stopped early by the validation images" : "")}; classes {(s.ClassesBalanced ? "weighted alike" : "weighted by their images")}; seed {s.Seed}.");
        Line($"- Probabilities: values are divided by a temperature of {s.Temperature:0.####}, found on cross-validated values.");
        if (s.Threshold is { } threshold)
        {
            Line($"- Flagged from {threshold:0.######} on: {s.ThresholdSource}. Study: {s.StudyRule}.");
        }

        if (s.LabelsPermuted)
        {
            Line($"- **The labels were permuted by patient: this package checks the training and knows nothing.**");
        }

        Line($"\n## Data\n");
        var hasTest = s.Counts.Any(x => x.TestImages > 0);
        Line($"| class | images | studies | patients |{(hasTest ? " test images | test studies | test patients |" : "")}");
        Line($"| --- | ---: | ---: | ---: |{(hasTest ? " ---: | ---: | ---: |" : "")}");
        foreach (var x in s.Counts)
        {
            Line($"| {x.Class} | {x.Images} | {x.Studies} | {x.Patients} |{(hasTest ? $" {x.TestImages} | {x.TestStudies} | {x.TestPatients} |" : "")}");
        }

        Line($"\nNot used: {(s.NotUsed.Count == 0 ? "none" : string.Join(", ", s.NotUsed.Select(n => $"{n.Value} ({n.Key})")))}. A clip counts once, as the mean of the features of its frames; it is judged by {(card.IsRouter ? "the mean of all" : "the mean of the three highest")}.\n");
        Line($"Split by {s.SplitUnit}: {Split(s)}.\n");
        Line($"Shared between {(hasTest ? "training and test data, or folds" : "folds")}: {(s.Leakage.Count == 0 ? "nothing was found" : string.Join("; ", s.Leakage.Select(Finding)))}.\n");
        Line($"## Figures\n");
        Line($"{s.JudgedOn}.{(card.IsRouter ? "" : s.Counts.Any(x => x.TestImages > 0) ? " The threshold was found on training images." : " Thresholds and temperatures come from the scores of the other folds; the heads that gave those had seen this one.")}\n");
        if (levels.Count > 0)
        {
            Line($"| level | cases | positive | AUC (95 %) | sensitivity | specificity |");
            Line($"| --- | ---: | ---: | --- | --- | --- |");
            foreach (var level in levels)
            {
                var n = level.Counts;
                Line($"| {level.Level} | {n.Total} | {n.Positives} | {(level.Auc is { } auc ? string.Create(c, $"{auc.Auc:0.0000} ({auc.Low:0.0000} to {auc.High:0.0000})") : "–")} | {Share(n.Recall.Value)} ({n.Tp}/{n.Positives}) | {Share(n.Specificity.Value)} ({n.Tn}/{n.Negatives}) |");
            }

            Line($"");
        }

        Line($"Class with the highest probability right: {Share(s.Top1)}; among the two highest: {Share(s.Top2)}.\n");
        if (s.ByFold.Count > 0)
        {
            Line($"| over {s.Folds} folds | mean | SD |");
            Line($"| --- | --- | --- |");
            foreach (var (name, figure) in s.ByFold)
            {
                Line($"| {name} | {Share(figure.Mean)} | {Share(figure.Deviation)} |");
            }

            Line($"");
        }

        Line($"All figures, with intervals and tables by class and scanner, come from `evaluation/predictions.csv`:\n");
        var positive = string.Concat(card.Classes.Where(x => x.IsPositive).Select(x => $" --positive {x.Id}"));
        Line($"```\npacs-ai-worker model evaluate --predictions evaluation/predictions.csv{(card.IsRouter ? "" : string.Create(c, $"{positive} --threshold {s.Threshold:R} --aggregation {s.StudyRule}"))}{(card.Protocol.Reference is { } reference ? $" --reference {reference}" : "")}\n```\n");
        if (!hasTest && !card.IsRouter)
        {
            Line($"There the threshold of the shipped head is applied to images that helped to find it: its sensitivity and specificity are a little too good, the table above is not.\n");
        }

        if (card.Limits.Count > 0)
        {
            Line($"## Limits\n");
            foreach (var limit in card.Limits)
            {
                Line($"- {limit}");
            }
        }

        return text.ToString();
    }

    private static string Split(TrainingSummary s) => s.SplitUnit switch
    {
        "image" => "images of one patient may lie on both sides, so every figure here is too good",
        var unit => $"no {unit} is on both sides",
    };

    private static string Finding(LeakageFinding f) => $"{f.What} ({f.Count}{(f.Examples.Count > 0 ? $", such as {string.Join(", ", f.Examples)}" : "")})";

    private static string Share(double? value) => value is { } v ? v.ToString("0.0000", CultureInfo.InvariantCulture) : "–";
}
