using PacsAiWorker.Statistics.Calibration;
using PacsAiWorker.Statistics.Confusion;
using PacsAiWorker.Statistics.Intervals;
using PacsAiWorker.Statistics.Roc;
using PacsAiWorker.Statistics.Studies;

namespace PacsAiWorker.Evaluation;

/// <summary>evaluation.json: what an evaluation found. Null: not known, or not asked of this file.</summary>
internal sealed record EvaluationReport
{
    public required string File { get; init; }
    public required int Rows { get; init; }
    public required int NotScored { get; init; }
    public required int? Patients { get; init; }
    public required int? Studies { get; init; }
    public required IReadOnlyList<string> Classes { get; init; }
    public required IReadOnlyList<string> Positive { get; init; }
    public required IReadOnlyList<string> Notes { get; init; }
    public BinaryLevel? Images { get; init; }
    public StudyLevel? ByStudy { get; init; }
    public ClassLevel? ByClass { get; init; }
    public IReadOnlyList<Breakdown> Breakdowns { get; init; } = [];
    public FoldLevel? Folds { get; init; }
    public IReadOnlyList<ReportedLine> Reported { get; init; } = [];
    public string? ReportedVerdict { get; init; }
}

/// <summary>A share with its intervals.</summary>
/// <param name="Wilson">95 %, cases taken as independent.</param>
/// <param name="Exact">Clopper and Pearson's, 95 %.</param>
/// <param name="ByPatient">95 %, whole patients drawn again and again; null where each case is its own patient.</param>
internal sealed record Rate(string Name, int Numerator, int Denominator, double? Value, Interval? Wilson, Interval? Exact, Interval? ByPatient)
{
    public static Rate Of(string name, Proportion share, Interval? byPatient = null) =>
        new(name, share.Numerator, share.Denominator, share.Value, share.Wilson(), share.ClopperPearson(), byPatient);
}

/// <summary>A figure that is no share.</summary>
internal sealed record Figure(string Name, double? Value, Interval? ByPatient);

/// <summary>One point of the ROC curve; a null threshold flags nothing.</summary>
internal sealed record CurvePoint(double? Threshold, int FalsePositives, int TruePositives);

/// <summary>To be flagged or not, by image.</summary>
internal sealed record BinaryLevel
{
    public required double? Threshold { get; init; }
    public required bool ThresholdAssumed { get; init; }
    public required BinaryCounts Counts { get; init; }
    public required IReadOnlyList<Rate> Rates { get; init; }
    public required IReadOnlyList<Figure> Figures { get; init; }

    /// <summary>Share that answering "flag all" or "flag none", whichever is more often right, would have right.</summary>
    public required Rate Baseline { get; init; }

    /// <summary>DeLong's.</summary>
    public AucEstimate? Auc { get; init; }
    public Interval? AucByPatient { get; init; }

    /// <summary>Up to a false positive rate of 0.2, on McClish's scale.</summary>
    public double? PartialAuc { get; init; }

    /// <summary>Point of the largest sensitivity + specificity on these very cases: optimistic. Null where flagging nothing is no worse.</summary>
    public RocPoint? Youden { get; init; }
    public IReadOnlyList<CurvePoint> Curve { get; init; } = [];
    public double? Brier { get; init; }
    public double? CalibrationError { get; init; }
    public IReadOnlyList<ReliabilityBin> Reliability { get; init; } = [];
}

/// <summary>To be flagged or not, by study: what a list is ordered by.</summary>
/// <param name="FellBack">Studies of too few images for a proportion.</param>
/// <param name="NotScored">Studies without any scored image; they are in no rate.</param>
/// <param name="PrevalenceAssumed">The site's was not given: that of the file stands in.</param>
internal sealed record StudyLevel(
    string Aggregation, BinaryCounts Counts, IReadOnlyList<Rate> Rates, AucEstimate? Auc, ExpectedFlags Expected, bool PrevalenceAssumed, int FellBack, int NotScored);

/// <summary>k classes.</summary>
/// <param name="Confusion">Row: truth, column: answer, as Classes stand.</param>
internal sealed record ClassLevel(
    IReadOnlyList<string> Classes, int[][] Confusion, IReadOnlyList<Rate> Rates, double? Kappa, double? Mcc, IReadOnlyList<ClassRow> PerClass);

/// <summary>One class against the rest.</summary>
internal sealed record ClassRow(string Class, Rate Precision, Rate Recall, Rate Specificity, double? F1, AucEstimate? Auc);

/// <summary>Figures by the values of one column.</summary>
/// <param name="Against">Subgroup whose cases are the negatives of every area; null: each group's own.</param>
internal sealed record Breakdown(string Column, string? Against, IReadOnlyList<BreakdownRow> Rows);

/// <summary>One group; rates are null where it has too few cases.</summary>
internal sealed record BreakdownRow(string Value, int Cases, bool TooFew, Rate? Accuracy, Rate? Sensitivity, Rate? Specificity, AucEstimate? Auc);

/// <summary>Figures over the folds, and of all folds together.</summary>
/// <param name="PatientsInSeveral">Patients that are in more than one fold: the evaluation does not stand.</param>
internal sealed record FoldLevel(IReadOnlyList<string> Names, IReadOnlyList<FoldRow> Rows, int? PatientsInSeveral);

/// <summary>One figure: by fold, mean, standard deviation, and pooled.</summary>
internal sealed record FoldRow(string Name, IReadOnlyList<double?> Folds, double? Mean, double? Deviation, double? Pooled);

/// <summary>A printed figure beside ours.</summary>
internal sealed record ReportedLine(string Figure, string Printed, double? Recomputed, bool Agrees, IReadOnlyList<Rounding> Explained);
