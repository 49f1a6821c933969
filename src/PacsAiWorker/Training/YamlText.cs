using System.Text.Encodings.Web;
using System.Text.Json;

namespace PacsAiWorker.Training;

/// <summary>Texts as they stand in a card: a JSON string is a YAML string.</summary>
internal static class YamlText
{
    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Quoted(string text) => JsonSerializer.Serialize(text, Plain);

    public static string List(IEnumerable<string> texts) => $"[ {string.Join(", ", texts.Select(Quoted))} ]";
}
