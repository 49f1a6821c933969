using System.Security.Cryptography;
using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Records;
using PacsAiWorker.Spool;

namespace PacsAiWorker.Pipeline.Receiving;

/// <summary>From a record of the log to the row it deserves: the same reading whether it came a moment ago or before a restart.</summary>
internal static class RecordReading
{
    private const int ChunkBytes = 256 * 1024;

    /// <summary>Reads all bytes once: for the digest, for the header, and to see that they are those that came.</summary>
    /// <param name="reader">Where the record stands.</param>
    /// <param name="buffer">From <see cref="NewBuffer"/>.</param>
    /// <exception cref="InvalidDataException">Its bytes are no longer what was received: wrong checksum, no identifying UIDs, no note.</exception>
    public static ReceivedInstance Read(SegmentReader reader, RecordHead head, byte[] buffer)
    {
        var note = ReceivedNote.Parse(head.Note.Span);
        var walker = new ElementWalker(TransferSyntax.Find(note.Syntax) ?? throw new InvalidDataException("the record's note names no transfer syntax"));
        using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var isWhole = reader.IsWhole(head, buffer, (at, bytes) =>
        {
            // The data set alone: the same instance from another sender has the same digest.
            bytes = bytes[(int)Math.Clamp(head.PrefixLength - at, 0, bytes.Length)..];
            digest.AppendData(bytes);
            walker.Feed(bytes);
        });
        var header = ReceivedHeader.From(walker.ToDataSet());
        if (!isWhole || header.Missing is not null)
        {
            throw new InvalidDataException(isWhole ? $"{header.Missing} is missing" : "the bytes in the spool are not those that were received");
        }

        var row = header.Row(head.Id, head.Location.ToString(), note.Syntax, Convert.ToHexStringLower(digest.GetHashAndReset()), head.Length - head.PrefixLength, note.From, note.To, "cstore");
        (row.Segment, row.ReceivedAt) = (head.Segment, head.ReceivedAt);
        return new ReceivedInstance(row, header.StudyInstanceUid!, header.Identity(), note.Site, header.Tier(note.Tier), TimeSpan.FromSeconds(note.Quiet)) { IsNote = header.SopClassUid == SopClasses.KeyObjectSelection };
    }

    public static byte[] NewBuffer() => new byte[ChunkBytes];
}
