using System.Text.Json;
using System.Xml;
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

    /// <summary>Pure: whether a body is an answer of a DICOMweb server, which may be empty; a page of a sign-on or of a proxy is none.</summary>
    /// <param name="mediaType">Without its parameters; null when the server names none.</param>
    public static bool IsOne(string? mediaType, ReadOnlyMemory<byte> body) => body.IsEmpty || mediaType?.ToLowerInvariant() switch
    {
        null or "application/dicom+json" or "application/json" => IsJsonOne(body),
        "application/dicom+xml" or "application/xml" or "text/xml" => IsXmlOne(body),
        _ => false,
    };

    private static bool IsJsonOne(ReadOnlyMemory<byte> body)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(body);
            return document.RootElement.ValueKind == JsonValueKind.Array ? document.RootElement.EnumerateArray().All(IsDataSet) : IsDataSet(document.RootElement);
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>Empty, or with a tag of eight hexadecimal digits.</summary>
    private static bool IsDataSet(JsonElement set) => set.ValueKind == JsonValueKind.Object
        && (!set.EnumerateObject().Any() || set.EnumerateObject().Any(e => e.Name.Length == 8 && e.Name.All(char.IsAsciiHexDigit)));

    /// <summary>PS3.19 section A.1: well formed, below the root that its data sets have.</summary>
    private static bool IsXmlOne(ReadOnlyMemory<byte> body)
    {
        try
        {
            using XmlReader reader = XmlReader.Create(new MemoryStream(body.ToArray()), new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null });
            bool isOne = reader.MoveToContent() == XmlNodeType.Element && reader.LocalName == "NativeDicomModel";
            while (isOne && reader.Read())
            {
            }

            return isOne;
        }
        catch (XmlException)
        {
            return false;
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
