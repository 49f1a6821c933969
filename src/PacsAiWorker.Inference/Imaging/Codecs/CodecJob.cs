using System.Text;

namespace PacsAiWorker.Inference.Imaging.Codecs;

/// <summary>The families of codestreams that a library decodes.</summary>
internal enum CodecKind : byte
{
    Jpeg = 1,
    JpegLs,
    Jpeg2000,
}

/// <summary>One frame to decode: what the header promises of it, and how many bytes of codestream come with it.</summary>
/// <param name="Kind">By transfer syntax.</param>
/// <param name="Columns">Width that the codestream must have.</param>
/// <param name="Rows">Height that the codestream must have.</param>
/// <param name="Samples">Components that the codestream must have.</param>
/// <param name="SampleBytes">Most bytes a sample may take.</param>
/// <param name="Photometric">(0028,0004), asked when the codestream does not say its colour.</param>
/// <param name="SourceBytes">Bytes of the codestream, from the beginning of the descriptor that is handed over.</param>
internal sealed record CodecJob(
    CodecKind Kind, int Columns, int Rows, int Samples, int SampleBytes, string Photometric, int SourceBytes)
{
    /// <summary>Bytes of the decoded frame, in 64 bits.</summary>
    public long TargetBytes => (long)Columns * Rows * Samples * SampleBytes;

    public byte[] ToPacket(long mapped)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream, Encoding.UTF8);
        writer.Write(mapped);
        writer.Write((byte)Kind);
        writer.Write(Columns);
        writer.Write(Rows);
        writer.Write(Samples);
        writer.Write(SampleBytes);
        writer.Write(Photometric);
        writer.Write(SourceBytes);
        return stream.ToArray();
    }

    /// <param name="packet">As <see cref="ToPacket"/> made it.</param>
    /// <param name="mapped">Bytes of shared memory that the parent has made usable.</param>
    public static CodecJob FromPacket(ReadOnlySpan<byte> packet, out long mapped)
    {
        using var reader = new BinaryReader(new MemoryStream(packet.ToArray()), Encoding.UTF8);
        mapped = reader.ReadInt64();
        var kind = (CodecKind)reader.ReadByte();
        int columns = reader.ReadInt32(), rows = reader.ReadInt32(), samples = reader.ReadInt32(), bytes = reader.ReadInt32();
        var photometric = reader.ReadString();
        return new(kind, columns, rows, samples, bytes, photometric, reader.ReadInt32());
    }
}

/// <summary>What became of a job.</summary>
/// <param name="Reason">Why there is no picture; null when there is one.</param>
/// <param name="Detail">One sentence about the reason.</param>
/// <param name="SampleBytes">Bytes of a sample as decoded.</param>
/// <param name="Bits">Bits of a sample that count, by the codestream.</param>
/// <param name="Colour">What the three samples of a pixel are.</param>
internal sealed record CodecReply(NotScoredReason? Reason, string Detail, int SampleBytes, int Bits, SampleColour Colour)
{
    public static CodecReply No(NotScoredReason reason, string detail) => new(reason, detail, 0, 0, SampleColour.AsTagged);

    public byte[] ToPacket()
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream, Encoding.UTF8);
        writer.Write((byte)(Reason is { } reason ? reason + 1 : 0));
        writer.Write(Detail);
        writer.Write(SampleBytes);
        writer.Write(Bits);
        writer.Write((byte)Colour);
        return stream.ToArray();
    }

    /// <summary>Null for a packet that no child of ours would send.</summary>
    public static CodecReply? FromPacket(ReadOnlySpan<byte> packet)
    {
        try
        {
            using var reader = new BinaryReader(new MemoryStream(packet.ToArray()), Encoding.UTF8);
            var reason = reader.ReadByte() is > 0 and var number ? (NotScoredReason?)(number - 1) : null;
            var reply = new CodecReply(reason, reader.ReadString(), reader.ReadInt32(), reader.ReadInt32(), (SampleColour)reader.ReadByte());
            var sane = reason is null or NotScoredReason.Codec or NotScoredReason.Corrupt && Enum.IsDefined(reply.Colour);
            return sane && (reason is not null || reply is { SampleBytes: 1 or 2, Bits: >= 1 and <= 16 }) ? reply : null;
        }
        catch (Exception error) when (error is IOException or FormatException or ArgumentException)
        {
            return null;
        }
    }
}
