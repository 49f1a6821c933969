using System.Globalization;
using PacsAiWorker.Statistics.Intervals;

namespace PacsAiWorker.Web.Pages;

/// <summary>Figures as people read them: never a rate without what it was counted from.</summary>
public static class Words
{
    /// <summary>For example <c>12.5 % (3 of 24; 95 % interval 4.3 to 31.0)</c>.</summary>
    public static string Rate(Proportion share) => share.Value is { } value && share.Wilson() is { } interval
        ? string.Create(CultureInfo.InvariantCulture, $"{value * 100:0.0} % ({share.Numerator} of {share.Denominator}; 95 % interval {interval.Low * 100:0.0} to {interval.High * 100:0.0})")
        : "nothing counted";

    public static string Percent(double? share) => share is { } value ? string.Create(CultureInfo.InvariantCulture, $"{value * 100:0.0} %") : "–";

    public static string Number(double? value, string format = "0.000") => value?.ToString(format, CultureInfo.InvariantCulture) ?? "–";
}
