using System.Text.Json;
using PacsAiWorker.Dicom.Dimse;

namespace PacsAiWorker.Dicom.Web;

/// <summary>What a server says it did with each instance of a STOW-RS request (PS3.18 section 10.5.3.2, JSON of annex F).</summary>
/// <param name="Failed">With the failure reason (0008,1197), a status of C-STORE.</param>
public sealed record StowResponse(IReadOnlyList<CommitmentItem> Stored, IReadOnlyList<CommitmentItem> Failed)
{
    /// <summary>Pure. Null when it is no such response: some servers answer with nothing, or with a page.</summary>
    public static StowResponse? Read(ReadOnlyMemory<byte> json)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            JsonElement root = document.RootElement;
            if (root.ValueKind == JsonValueKind.Array && root.GetArrayLength() > 0)
            {
                root = root[0];
            }

            return root.ValueKind == JsonValueKind.Object ? new StowResponse(Items(root, "00081199"), Items(root, "00081198")) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static List<CommitmentItem> Items(JsonElement set, string sequence) =>
    [
        .. Values(set, sequence).Where(i => i.ValueKind == JsonValueKind.Object).Select(i => new CommitmentItem(
            Text(i, "00081150"), Text(i, "00081155"),
            Values(i, "00081197").Select(v => v.ValueKind == JsonValueKind.Number && v.TryGetUInt16(out ushort reason) ? reason : (ushort?)null).FirstOrDefault())),
    ];

    private static string Text(JsonElement set, string tag) => Values(set, tag).Select(v => v.ValueKind == JsonValueKind.String ? v.GetString()! : "").FirstOrDefault() ?? "";

    private static List<JsonElement> Values(JsonElement set, string tag) =>
        set.TryGetProperty(tag, out JsonElement element) && element.ValueKind == JsonValueKind.Object && element.TryGetProperty("Value", out JsonElement values) && values.ValueKind == JsonValueKind.Array
            ? [.. values.EnumerateArray()] : [];
}
