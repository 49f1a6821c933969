using System.Globalization;
using PacsAiWorker.Dicom.Data;
using Xunit;

namespace PacsAiWorker.Tests.Dicom.Data;

public class DecimalStringTests
{
    [Theory]
    [InlineData(0, "0")]
    [InlineData(1, "1")]
    [InlineData(0.5, "0.5")]
    [InlineData(-0.25, "-0.25")]
    [InlineData(0.248435, "0.248435")]
    [InlineData(0.2484353, "0.248435")]
    [InlineData(0.00012345, "0.000123")]
    [InlineData(0.0000012345, "0.00000123")]
    [InlineData(1.23e-13, "0.00000000000012")]
    [InlineData(123456.789, "123456.789")]
    [InlineData(-1234567890123.5678, "-1234567890123.6")]
    [InlineData(99999999999999.0, "99999999999999")]
    public void A_number_has_at_most_16_characters_and_no_exponent(double value, string text)
    {
        CultureInfo before = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo.CurrentCulture = new CultureInfo("") { NumberFormat = { NumberDecimalSeparator = "," } };
            string formatted = DecimalString.Format(value);
            Assert.True(formatted.Length <= 16, formatted);
            Assert.Equal(text, formatted);
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(double.NegativeInfinity)]
    [InlineData(1e15)]
    [InlineData(1e-20)]
    public void What_has_no_decimal_string_throws(double value) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => DecimalString.Format(value));

    [Fact]
    public void Random_numbers_come_back_with_three_digits()
    {
        var random = new Random(7);
        for (int i = 0; i < 20_000; i++)
        {
            double value = (random.NextDouble() - 0.5) * Math.Pow(10, random.Next(-6, 13));
            string text = DecimalString.Format(value);
            Assert.True(text.Length <= 16 && !text.Contains('E', StringComparison.Ordinal), text);
            double read = DecimalString.Parse(text)!.Value;
            Assert.True(Math.Abs(read - value) <= Math.Abs(value) * 0.005, $"{value:R} became {text}");
        }
    }

    [Theory]
    [InlineData(" 1.5 ", 1.5)]
    [InlineData("1e3", 1000.0)]
    [InlineData("1,5", null)]
    [InlineData("1 5", null)]
    [InlineData("1A", null)]
    [InlineData("NaN", null)]
    [InlineData("Infinity", null)]
    [InlineData("", null)]
    [InlineData(null, null)]
    public void A_text_is_a_number_or_nothing(string? text, double? value) => Assert.Equal(value, DecimalString.Parse(text));
}
