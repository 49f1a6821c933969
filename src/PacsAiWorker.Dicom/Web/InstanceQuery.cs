using System.Text.Json;

namespace PacsAiWorker.Dicom.Web;

/// <summary>Search for one instance by QIDO-RS (PS3.18 section 10.6, JSON of annex F).</summary>
public static class InstanceQuery
{
    private const string SopInstanceUid = "00080018";

    /// <summary>Below the base of the service, all instances being searched.</summary>
    /// <param name="sopInstanceUid">A UID, without wildcards.</param>
    public static string Path(string sopInstanceUid) => $"/instances?SOPInstanceUID={Uri.EscapeDataString(sopInstanceUid)}&limit=2";

    /// <summary>Pure: the SOP Instance UIDs that an answer names; none for an empty body (204). Null when it is no such answer.</summary>
    public static IReadOnlyList<string>? Read(ReadOnlyMemory<byte> json)
    {
        if (json.IsEmpty)
        {
            return [];
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            return document.RootElement.ValueKind != JsonValueKind.Array ? null : [.. document.RootElement.EnumerateArray().Select(UidOf).OfType<string>()];
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string? UidOf(JsonElement instance) =>
        instance.ValueKind == JsonValueKind.Object && instance.TryGetProperty(SopInstanceUid, out JsonElement element) && element.ValueKind == JsonValueKind.Object
            && element.TryGetProperty("Value", out JsonElement values) && values.ValueKind == JsonValueKind.Array && values.GetArrayLength() > 0 && values[0].ValueKind == JsonValueKind.String
            ? values[0].GetString() : null;
}
