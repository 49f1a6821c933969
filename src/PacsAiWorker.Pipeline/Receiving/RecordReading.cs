using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Records;
using PacsAiWorker.Spool;

namespace PacsAiWorker.Pipeline.Receiving;

/// <summary>From a record of the log to the row it deserves: the same reading whether it came a moment ago or before a restart.</summary>
internal static class RecordReading
{
    private const int ChunkBytes = 64 * 1024;

    /// <param name="reader">Where the record stands.</param>
    /// <param name="buffer">Room for one chunk, at least 4 KiB.</param>
    /// <exception cref="InvalidDataException">Its bytes are no longer what was received: no identifying UIDs, no note.</exception>
    public static ReceivedInstance Read(SegmentReader reader, RecordHead head, byte[] buffer)
    {
        var note = ReceivedNote.Parse(head.Note.Span);
        var syntax = TransferSyntax.Find(note.Syntax) ?? throw new InvalidDataException("the record's note names no transfer syntax");
        var header = ReceivedHeader.From(Walk(reader, head, syntax, buffer).ToDataSet());
        if (header.Missing is { } missing)
        {
            throw new InvalidDataException($"{missing} is missing");
        }

        var row = header.Row(head.Id, head.Location.ToString(), note.Syntax, Convert.ToHexStringLower(head.Digest.Span), head.Length - head.PrefixLength, note.From, note.To, "cstore");
        (row.Segment, row.ReceivedAt) = (head.Segment, head.ReceivedAt);
        return new ReceivedInstance(row, header.StudyInstanceUid!, header.Identity(), note.Site, note.Tier, TimeSpan.FromSeconds(note.Quiet));
    }

    /// <summary>A small first chunk is all that most headers need.</summary>
    private static ElementWalker Walk(SegmentReader reader, RecordHead head, TransferSyntax syntax, byte[] buffer)
    {
        var walker = new ElementWalker(syntax);
        var chunk = Math.Min(4096, buffer.Length);
        for (long at = head.PrefixLength; !walker.AtPixelData && reader.Read(head, at, buffer.AsSpan(0, chunk)) is > 0 and var read; chunk = buffer.Length)
        {
            walker.Feed(buffer.AsSpan(0, read));
            at += read;
        }

        return walker;
    }

    public static byte[] NewBuffer() => new byte[ChunkBytes];
}
