using PacsAiWorker.Records;
using PacsAiWorker.Spool;

namespace PacsAiWorker.Pipeline.Receiving;

/// <summary>The next records of a segment, read.</summary>
/// <param name="Instances">What deserves a row.</param>
/// <param name="End">Every record before this position is among them, or needs none.</param>
/// <param name="Unreadable">The record at <paramref name="End"/>, if it cannot have a row.</param>
internal sealed record RecordGroup(IReadOnlyList<ReceivedInstance> Instances, long End, UnreadableRecord? Unreadable)
{
    /// <summary>Records and bytes read together: enough to share a transaction, little enough to stop soon.</summary>
    private const int MostRecords = 256;
    private const long MostBytes = 256 << 20;

    /// <param name="from">Where to begin; 0 is the segment's beginning.</param>
    /// <param name="buffer">From <see cref="RecordReading.NewBuffer"/>.</param>
    /// <exception cref="IOException">The disk.</exception>
    public static RecordGroup Read(SegmentState segment, long from, byte[] buffer)
    {
        var instances = new List<ReceivedInstance>();
        using var reader = SegmentReader.Open(segment);
        reader.Position = Math.Max(from, reader.Position);
        var end = from;
        while (instances.Count < MostRecords && end - from < MostBytes && reader.Next() is { } head)
        {
            try
            {
                if (!head.Erased)
                {
                    instances.Add(RecordReading.Read(reader, head, buffer));
                }
            }
            catch (InvalidDataException error)
            {
                return new RecordGroup(instances, head.Position, new UnreadableRecord(head.Location.ToString(), error.Message, reader.Position));
            }

            end = reader.Position;
        }

        return new RecordGroup(instances, end, null);
    }
}

/// <summary>A record whose bytes give no row.</summary>
/// <param name="Location">Its place.</param>
/// <param name="Reason">Why.</param>
/// <param name="End">Where the next record begins.</param>
internal sealed record UnreadableRecord(string Location, string Reason, long End);
