using PacsAiWorker.Statistics.Intervals;
using PacsAiWorker.Statistics.Paired;
using PacsAiWorker.Statistics.Roc;

namespace PacsAiWorker.Evaluation;

/// <summary>comparison.json: files of predictions of the same images, each against the first.</summary>
/// <param name="Images">Scored in all files, which all figures are of.</param>
/// <param name="LeftOut">Images that some file lacks or has not scored.</param>
internal sealed record ComparisonReport(IReadOnlyList<string> Files, int Images, int LeftOut, IReadOnlyList<RankedFile> Ranking, IReadOnlyList<PairReport> Pairs, IReadOnlyList<string> Notes);

/// <summary>One file's figures on the images that all have. Null: not known of such a file.</summary>
internal sealed record RankedFile(
    string Name, Rate Accuracy, Rate? Top2, Rate? Sensitivity, Rate? Specificity, double? F1, double? Mcc, double? Kappa, double? ComprehensiveScore, AucEstimate? Auc, Rate? StudySensitivity, Rate? StudySpecificity);

/// <summary>One file against the first; differences are first minus second.</summary>
/// <param name="DeLong">Of the areas; null without scores for yes or no.</param>
/// <param name="McNemar">Of right answers.</param>
/// <param name="TwoProportions">Of accuracies as if of different images, as some papers print it; the paired test is the one to believe.</param>
/// <param name="Agreement">Kappa of the two answers.</param>
/// <param name="Differences">With bootstrap intervals by patient.</param>
/// <param name="Folds">Wilcoxon tests over folds; empty without a column fold.</param>
/// <param name="Groups">By subgroup, device, crop and view.</param>
internal sealed record PairReport(
    string First, string Second, PairedAuc? DeLong, McNemarReport McNemar, TwoProportions TwoProportions, double? Agreement,
    IReadOnlyList<Difference> Differences, IReadOnlyList<FoldTest> Folds, IReadOnlyList<PairGroup> Groups);

internal sealed record McNemarReport(int FirstOnly, int SecondOnly, double? ChiSquare, double? P, double? CorrectedChiSquare, double? CorrectedP, double ExactP, double MidP)
{
    public static McNemarReport Of(McNemar test) => new(test.FirstOnly, test.SecondOnly, test.ChiSquare, test.P, test.CorrectedChiSquare, test.CorrectedP, test.ExactP, test.MidP);
}

internal sealed record Difference(string Name, double? Value, Interval? ByPatient);

/// <summary>A Wilcoxon test over folds.</summary>
/// <param name="LeastAttainable">No data of so many folds can give a smaller exact p.</param>
internal sealed record FoldTest(string Name, WilcoxonResult Test, double LeastAttainable);

/// <summary>One group; figures are null where it has too few images.</summary>
internal sealed record PairGroup(string Column, string Value, int Images, bool TooFew, Rate? First, Rate? Second, double? McNemarP, PairedAuc? DeLong);
