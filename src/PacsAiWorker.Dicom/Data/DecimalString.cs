using System.Globalization;

namespace PacsAiWorker.Dicom.Data;

/// <summary>Decimal strings (DS, PS3.5 section 6.2): at most 16 characters, '.' as separator; ours never use an exponent.</summary>
public static class DecimalString
{
    public const int MaxLength = 16;

    /// <summary>
    /// Rounds half away from zero (ties as decimal arithmetic sees them) to at most <paramref name="decimals"/> places, without
    /// trailing zeros, and always with at least three significant digits for numbers that have them.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Not finite, or too large or too small to be written this way.</exception>
    public static string Format(double value, int decimals = 6)
    {
        if (!double.IsFinite(value) || Math.Abs(value) >= 1e14)
        {
            throw new ArgumentOutOfRangeException(nameof(value), value, "A decimal string holds a finite number below 1e14.");
        }

        if (value == 0)
        {
            return "0";
        }

        // Leading zeros after the point cost places: 0.000123 needs six to show three digits.
        int exponent = (int)Math.Floor(Math.Log10(Math.Abs(value)));
        int places = Math.Clamp(Math.Max(decimals, 2 - exponent), 0, 28);
        string text = Rounded(value, places);
        if (text.Length > MaxLength)
        {
            int point = text.IndexOf('.', StringComparison.Ordinal);
            text = Rounded(value, Math.Max(0, MaxLength - point - 1));
        }

        if (text.Length > MaxLength || decimal.Parse(text, CultureInfo.InvariantCulture) == 0)
        {
            throw new ArgumentOutOfRangeException(nameof(value), value, "The number has no decimal string of 16 characters.");
        }

        return text;
    }

    private static string Rounded(double value, int places) =>
        decimal.Round((decimal)value, places, MidpointRounding.AwayFromZero).ToString("0.############################", CultureInfo.InvariantCulture);

    /// <summary>The number, or null where the text is none (blanks inside, commas, letters) or is not finite.</summary>
    public static double? Parse(string? text) =>
        double.TryParse(text.AsSpan().Trim(), NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && double.IsFinite(value)
            ? value
            : null;
}
