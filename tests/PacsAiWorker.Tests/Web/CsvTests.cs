using PacsAiWorker.Web.Pages;

namespace PacsAiWorker.Tests.Web;

public sealed class CsvTests
{
    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("a,b", "\"a,b\"")]
    [InlineData("say \"x\"", "\"say \"\"x\"\"\"")]
    [InlineData("two\nlines", "\"two\nlines\"")]
    [InlineData("=1+1", "'=1+1")]
    [InlineData("@SUM(A1)", "'@SUM(A1)")]
    [InlineData("-2", "'-2")]
    [InlineData(null, "")]
    public void A_field_is_text_for_every_spreadsheet(string? text, string field) => Assert.Equal(field, Csv.Field(text));
}
