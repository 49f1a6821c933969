using PacsAiWorker.Statistics.Intervals;
using PacsAiWorker.Statistics.Roc;

namespace PacsAiWorker.Evaluation;

/// <summary>A table as terminal and page show it.</summary>
/// <param name="Title">Above it.</param>
/// <param name="Columns">Heads.</param>
/// <param name="Rows">As many cells as columns.</param>
/// <param name="Note">Below it; may be empty.</param>
internal sealed record ReportTable(string Title, IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<string>> Rows, string Note = "");

/// <summary>Figures in words.</summary>
internal static class Words
{
    public const string Unknown = "–";

    /// <summary>Names of figures as they stand in evaluation.json, as papers print them.</summary>
    public static string Name(string figure) => figure switch
    {
        "npv" => "NPV",
        "f1" => "F1",
        "mcc" => "MCC",
        "auc" => "AUC",
        "balanced-accuracy" => "Balanced accuracy",
        "comprehensive-score" => "P + R + F1 + Sp",
        "flagged" => "Flagged",
        _ => char.ToUpperInvariant(figure[0]) + figure[1..],
    };

    public static string Percent(double? share) => share is { } s ? $"{100 * s:0.0} %" : Unknown;

    public static string Percent(Interval? interval) => interval is { } i ? $"{100 * i.Low:0.0}–{100 * i.High:0.0}" : Unknown;

    public static string Number(double? value) => value is { } v ? $"{v:0.0000}" : Unknown;

    public static string Signed(double? value) => value is { } v ? $"{v:+0.0000;−0.0000;0.0000}" : Unknown;

    public static string Number(Interval? interval) => interval is { } i ? $"{i.Low:0.000}–{i.High:0.000}" : Unknown;

    public static string SignedPoints(Interval? interval) => interval is { } i ? $"{i.Low:+0.000;−0.000;0.000} to {i.High:+0.000;−0.000;0.000}" : Unknown;

    /// <summary>A p-value: four digits, never 0.</summary>
    public static string P(double? p) => p is { } value ? value < 0.0001 ? "< 0.0001" : $"{value:0.0000}" : Unknown;

    /// <summary>"65/75 · 86.7 % (77.2–92.6)".</summary>
    public static string Rate(Rate? rate) => rate is not { Denominator: > 0 } ? Unknown : $"{rate.Numerator}/{rate.Denominator} · {Percent(rate.Value)} ({Percent(rate.Wilson)})";

    public static string Area(AucEstimate? auc) => auc is null ? Unknown : $"{auc.Auc:0.0000} ({auc.Low:0.000}–{auc.High:0.000})";
}
