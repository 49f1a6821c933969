using System.Text;

namespace PacsAiWorker.Web.Pages;

/// <summary>Comma-separated values (RFC 4180) that a spreadsheet takes for text, never for a formula.</summary>
public static class Csv
{
    /// <summary>One field: quoted where it must be; what a spreadsheet would compute begins with an apostrophe.</summary>
    public static string Field(string? text)
    {
        text ??= "";
        if (text.Length > 0 && text[0] is '=' or '+' or '-' or '@' or '\t' or '\r')
        {
            text = "'" + text;
        }

        return text.AsSpan().ContainsAny(",\"\r\n") ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text;
    }

    public static byte[] File(string header, IEnumerable<string> lines) => Encoding.UTF8.GetBytes(string.Join("\r\n", lines.Prepend(header)) + "\r\n");
}
