using PacsAiWorker.Statistics.Folds;

namespace PacsAiWorker.Training;

/// <summary>evaluation/training.json of a package, and the answer of <c>model train --json</c>: how it was trained and what was found. No names, no paths.</summary>
internal sealed record TrainingSummary
{
    public required string Package { get; init; }
    public required string BackboneSha256 { get; init; }
    public required string Features { get; init; }
    public required int FeatureCount { get; init; }
    public required int Seed { get; init; }
    public required int Folds { get; init; }
    public required string SplitUnit { get; init; }
    public required bool ClassesBalanced { get; init; }
    public required bool LabelsPermuted { get; init; }
    public required double L2 { get; init; }
    public required bool L2Chosen { get; init; }
    public required int Steps { get; init; }
    public required bool StoppedEarly { get; init; }
    public required double Temperature { get; init; }

    /// <summary>Null for a router.</summary>
    public required double? Threshold { get; init; }
    public required string? ThresholdSource { get; init; }
    public required string? StudyRule { get; init; }
    public required IReadOnlyList<ClassCount> Counts { get; init; }
    public required IReadOnlyDictionary<string, int> NotUsed { get; init; }
    public required string JudgedOn { get; init; }
    public required IReadOnlyList<SummaryLevel> Levels { get; init; }

    /// <summary>Share of images whose class has the highest, or one of the two highest, probabilities.</summary>
    public required double Top1 { get; init; }
    public required double Top2 { get; init; }

    /// <summary>Mean and deviation over folds; empty with test data.</summary>
    public required IReadOnlyDictionary<string, FoldFigure> ByFold { get; init; }
    public required IReadOnlyList<LeakageFinding> Leakage { get; init; }
}

/// <summary>What was learned from, and judged on, of one class.</summary>
internal sealed record ClassCount(string Class, int Images, int Studies, int Patients, int TestImages, int TestStudies, int TestPatients);

/// <summary>Figures of a level.</summary>
internal sealed record SummaryLevel(string Level, int Cases, int Positives, double? Auc, double? AucLow, double? AucHigh, double? Sensitivity, double? Specificity);
