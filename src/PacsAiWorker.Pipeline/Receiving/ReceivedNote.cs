using System.Text.Encodings.Web;
using System.Text.Json;
using PacsAiWorker.Spool;

namespace PacsAiWorker.Pipeline.Receiving;

/// <summary>What the receiver knew of an instance beside its bytes; stands in the head of its record.</summary>
/// <param name="From">Calling AE title.</param>
/// <param name="To">Called AE title.</param>
/// <param name="Syntax">Transfer syntax UID of the presentation context.</param>
/// <param name="Site">Site of the caller.</param>
/// <param name="Tier">Tier that is set for the caller; null when none is.</param>
/// <param name="Quiet">Quiet time of its studies, seconds.</param>
public sealed record ReceivedNote(string From, string To, string Syntax, string Site, short? Tier, int Quiet)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerOptions.Web) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>UTF-8, at most <see cref="RecordHead.MostNoteBytes"/>: a site's name that is too long for that is cut.</summary>
    public byte[] ToBytes()
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(this, Json);
        return bytes.Length <= RecordHead.MostNoteBytes ? bytes : (this with { Site = Site[..(Site.Length / 2)] }).ToBytes();
    }

    /// <exception cref="InvalidDataException">Not a note.</exception>
    public static ReceivedNote Parse(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return JsonSerializer.Deserialize<ReceivedNote>(bytes, Json) ?? throw new InvalidDataException("the record has no note");
        }
        catch (JsonException error)
        {
            throw new InvalidDataException("the record's note cannot be read", error);
        }
    }
}
