using System.Buffers.Binary;

namespace PacsAiWorker.Inference.Imaging.Codecs;

/// <summary>A component of a JPEG frame: its id and its sampling factors.</summary>
internal readonly record struct JpegComponent(byte Id, int Across, int Down, byte Table);

/// <summary>
/// What stands before the first scan of a JPEG codestream (ISO 10918-1 annex B). Pure; it never reads behind a segment.
/// </summary>
/// <param name="Process">The SOF marker's second byte: C0 baseline, C1 extended, C2 progressive, C3 lossless.</param>
/// <param name="Precision">Bits of a sample.</param>
/// <param name="Width">Columns.</param>
/// <param name="Height">Rows.</param>
/// <param name="Components">In the frame's order.</param>
/// <param name="HasJfif">There is an APP0 segment of JFIF.</param>
/// <param name="AdobeTransform">The transform byte of a valid APP14; null without one.</param>
/// <param name="ScanStart">Where the marker of the first scan begins.</param>
internal sealed record JpegHeader(
    byte Process, int Precision, int Width, int Height, IReadOnlyList<JpegComponent> Components, bool HasJfif, int? AdobeTransform,
    int ScanStart)
{
    public const byte Lossless = 0xC3;
    private const byte StartOfImage = 0xD8, EndOfImage = 0xD9, StartOfScan = 0xDA, App0 = 0xE0, App14 = 0xEE;
    private const int AdobeBytes = 12; // "Adobe", version, two flags, transform: all of a segment but its length

    /// <summary>The colour is subsampled in one direction at least.</summary>
    public bool IsSubsampled => Components.Any(c => c.Across != Components[0].Across || c.Down != Components[0].Down);

    /// <exception cref="CodestreamException">No frame, or a segment that runs past the end.</exception>
    public static JpegHeader Parse(ReadOnlySpan<byte> stream)
    {
        (byte Process, int Precision, int Width, int Height, JpegComponent[] Components)? frame = null;
        var jfif = false;
        int? adobe = null;
        foreach (var segment in Segments(stream))
        {
            var body = stream[segment.Body..segment.End];
            switch (segment.Marker)
            {
                case App0 when body.StartsWith("JFIF\0"u8):
                    jfif = true;
                    break;
                case App14 when body.Length >= AdobeBytes && body.StartsWith("Adobe"u8) && body[AdobeBytes - 1] <= 2:
                    adobe ??= body[AdobeBytes - 1];
                    break;
                case >= 0xC0 and <= 0xCF and not 0xC4 and not 0xC8 and not 0xCC when frame is null:
                    frame = Frame(segment.Marker, body);
                    break;
                case StartOfScan:
                    return frame is { } f
                        ? new(f.Process, f.Precision, f.Width, f.Height, f.Components, jfif, adobe, segment.Start)
                        : throw CodestreamException.Damaged("the JPEG data has a scan before its frame header");
                default:
                    break;
            }
        }

        throw CodestreamException.Damaged("the JPEG data ends before its first scan");
    }

    /// <summary>
    /// The codestream with one colour statement, ours: an APP14 right after SOI, without the JFIF and APP14 segments there were.
    /// </summary>
    public byte[] WithTransform(ReadOnlySpan<byte> stream, byte transform)
    {
        byte[] statement = [0xFF, App14, 0, 14, .. "Adobe"u8, 0, 100, 0, 0, 0, 0, transform];
        var copy = new List<byte>(stream.Length + statement.Length) { 0xFF, StartOfImage };
        copy.AddRange(statement);
        foreach (var segment in Segments(stream))
        {
            if (segment.Marker == StartOfScan)
                break;
            if (segment.Marker is not (App0 or App14))
                copy.AddRange(stream[segment.Start..segment.End]);
        }

        copy.AddRange(stream[ScanStart..]);
        return [.. copy];
    }

    private readonly record struct Segment(byte Marker, int Start, int Body, int End);

    /// <summary>Every marker segment up to and with the first scan's header.</summary>
    private static List<Segment> Segments(ReadOnlySpan<byte> stream)
    {
        if (!stream.StartsWith((ReadOnlySpan<byte>)[0xFF, StartOfImage]))
            throw CodestreamException.Damaged("the JPEG data does not begin with its start marker");
        var segments = new List<Segment>();
        var at = 2;
        while (at + 4 <= stream.Length)
        {
            if (stream[at] != 0xFF)
                throw CodestreamException.Damaged($"byte {at} of the JPEG data is no marker");
            var marker = stream[at + 1];
            if (marker == 0xFF)
            {
                at++; // fill byte
                continue;
            }

            if (marker is EndOfImage or < 0xC0)
                break;
            var end = at + 2 + BinaryPrimitives.ReadUInt16BigEndian(stream[(at + 2)..]);
            if (end > stream.Length || end < at + 4)
                throw CodestreamException.Damaged($"a segment at byte {at} of the JPEG data runs past its end");
            segments.Add(new(marker, at, at + 4, end));
            if (marker == StartOfScan)
                break;
            at = end;
        }

        return segments;
    }

    private static (byte Process, int Precision, int Width, int Height, JpegComponent[] Components) Frame(byte marker, ReadOnlySpan<byte> body)
    {
        if (body.Length < 6 || body.Length < 6 + 3 * body[5])
            throw CodestreamException.Damaged("the JPEG frame header is too short");
        var components = new JpegComponent[body[5]];
        for (var c = 0; c < components.Length; c++)
            components[c] = new(body[6 + 3 * c], body[7 + 3 * c] >> 4, body[7 + 3 * c] & 15, body[8 + 3 * c]);
        return components.Length is 1 or 3 or 4
            ? (marker, body[0], BinaryPrimitives.ReadUInt16BigEndian(body[3..]), BinaryPrimitives.ReadUInt16BigEndian(body[1..]), components)
            : throw CodestreamException.Unsupported($"JPEG data with {components.Length} components");
    }
}
