namespace PacsAiWorker.Statistics.Confusion;

/// <summary>How a printed figure may have been shortened.</summary>
public enum Rounding
{
    /// <summary>To the nearest; halves away from zero.</summary>
    HalfUp,

    /// <summary>Up.</summary>
    Ceiling,

    /// <summary>Digits cut off.</summary>
    Truncation,
}

/// <summary>Shortens figures as papers do.</summary>
public static class RoundingRules
{
    /// <summary>Shortens a value. It passes through 15 decimal digits first, so 0.285 is a half whatever its binary form.</summary>
    public static decimal Shorten(this Rounding rounding, double value, int digits)
    {
        decimal exact = (decimal)value, power = 1;
        for (var i = 0; i < digits; i++)
            power *= 10;
        return rounding switch
        {
            Rounding.Ceiling => decimal.Ceiling(exact * power) / power,
            Rounding.Truncation => decimal.Truncate(exact * power) / power,
            _ => Math.Round(exact, digits, MidpointRounding.AwayFromZero),
        };
    }
}
