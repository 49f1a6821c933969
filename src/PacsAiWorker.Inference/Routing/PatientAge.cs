using System.Globalization;

namespace PacsAiWorker.Inference.Routing;

/// <summary>What is known of a patient's age on the day of the study: a span of completed years, both ends included.</summary>
/// <param name="Youngest">Completed years, at least; null when nothing is known.</param>
/// <param name="Oldest">Completed years, at most; null when nothing is known.</param>
internal readonly record struct PatientAge(int? Youngest, int? Oldest)
{
    private const int OldestPossible = 120;

    /// <summary>Studies are older only where the clock of a cart was never set.</summary>
    private const int FirstYearOfStudies = 1990;

    private const double DaysPerYear = 365.25;

    /// <summary>Nothing is known: never taken for adult, never for a child.</summary>
    public static readonly PatientAge Unknown;

    /// <summary>Of a caller that sends children only: at most 18 completed years.</summary>
    public static readonly PatientAge SomeChild = new(0, 18);

    /// <summary>Completed years; null unless exactly one number is known.</summary>
    public int? Years => Youngest == Oldest ? Youngest : null;

    /// <summary>A known age.</summary>
    public static PatientAge Of(int years) => new(years, years);

    /// <summary>
    /// Birth date and study date say it; else Patient's Age. Impossible and placeholder values say nothing. Where both are there and
    /// differ by more than a year the age lies somewhere between.
    /// </summary>
    /// <param name="birthDate">(0010,0030), a date of VR DA.</param>
    /// <param name="studyDate">(0008,0020), a date of VR DA.</param>
    /// <param name="age">(0010,1010), VR AS: three digits and D, W, M or Y (PS3.5 section 6.2).</param>
    public static PatientAge Read(string? birthDate, string? studyDate, string? age) =>
        (FromDates(birthDate, studyDate), FromAge(age)) switch
        {
            ({ } a, { } b) when Math.Abs(a - b) > 1 => new(Math.Min(a, b), Math.Max(a, b)),
            var (a, b) => (a ?? b) is { } years ? Of(years) : Unknown,
        };

    private static int? FromDates(string? birthDate, string? studyDate)
    {
        if (Date(birthDate) is not { } birth || Date(studyDate) is not { Year: >= FirstYearOfStudies } study || birth > study)
            return null;
        // Who was born on 29 February grows older on 1 March: the younger reading of a year without that day.
        var years = study.Year - birth.Year - ((study.Month, study.Day).CompareTo((birth.Month, birth.Day)) < 0 ? 1 : 0);
        return years <= OldestPossible ? years : null;
    }

    private static DateOnly? Date(string? text) =>
        DateOnly.TryParseExact(text?.Trim(), "yyyyMMdd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date)
            && date != new DateOnly(1900, 1, 1) && date != DateOnly.MinValue ? date : null;

    private static int? FromAge(string? text)
    {
        // Devices fill in 000Y for "not entered", so zero of any unit says nothing.
        if (text is not { Length: 4 } || !int.TryParse(text.AsSpan(0, 3), NumberStyles.None, CultureInfo.InvariantCulture, out var count) || count == 0)
            return null;
        int? years = text[3] switch
        {
            'Y' => count,
            'M' => count / 12,
            'W' => (int)(7 * count / DaysPerYear),
            'D' => (int)(count / DaysPerYear),
            _ => null,
        };
        return years <= OldestPossible ? years : null;
    }
}
