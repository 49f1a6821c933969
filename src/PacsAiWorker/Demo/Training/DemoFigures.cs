using PacsAiWorker.Inference.Training;
using PacsAiWorker.Statistics.Roc;

namespace PacsAiWorker.Demo.Training;

/// <summary>One level's figures on held-out phantoms, at the package's threshold.</summary>
/// <param name="Cases">Number of cases.</param>
/// <param name="Positives">Of these with a lesion.</param>
/// <param name="Auc">With DeLong's 95 % interval.</param>
/// <param name="Sensitivity">Share of positives flagged.</param>
/// <param name="Specificity">Share of negatives not flagged.</param>
public sealed record DemoLevel(int Cases, int Positives, AucEstimate Auc, double Sensitivity, double Specificity)
{
    internal static DemoLevel Of(IReadOnlyCollection<(bool Positive, double Probability)> cases, double threshold)
    {
        var positives = cases.Where(c => c.Positive).Select(c => c.Probability).ToArray();
        var negatives = cases.Where(c => !c.Positive).Select(c => c.Probability).ToArray();
        return new DemoLevel(
            cases.Count, positives.Length, DeLong.Estimate(positives, negatives),
            positives.Count(p => p >= threshold) / (double)positives.Length,
                negatives.Count(p => p < threshold) / (double)negatives.Length);
    }
}

/// <summary>What the card of the demonstration package states.</summary>
/// <param name="TrainingStudies">Studies trained on.</param>
/// <param name="TrainingPictures">Pictures trained on.</param>
/// <param name="Threshold">Chosen on the training pictures.</param>
/// <param name="Image">By picture.</param>
/// <param name="Study">By study, highest picture.</param>
public sealed record DemoFigures(int TrainingStudies, int TrainingPictures, double Threshold, DemoLevel Image, DemoLevel Study)
{
    internal static DemoFigures Measure(List<DemoCase> heldOut, LogisticHead head, double threshold, int trainingStudies,
        int trainingPictures)
    {
        var scored = heldOut.Select(c => (Case: c, Probability: head.Probability(c.Features))).ToList();
        var studies = scored.GroupBy(c => c.Case.Study).Select(g => (g.First().Case.StudyPositive, g.Max(c => c.Probability))).ToList();
        return new DemoFigures(
            trainingStudies, trainingPictures, threshold,
            DemoLevel.Of([.. scored.Select(c => (c.Case.Lesion, c.Probability))], threshold), DemoLevel.Of(studies, threshold));
    }
}
