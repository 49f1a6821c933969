namespace PacsAiWorker.Inference.Imaging.Codecs;

/// <summary>A Huffman table of JPEG (ISO 10918-1 annex C) as one look-up by the next 16 bits.</summary>
internal sealed class HuffmanTable
{
    private const int Longest = 16;

    /// <summary>By the next 16 bits: length of the code × 256 + value; 0 where no code begins so.</summary>
    private readonly ushort[] entries = new ushort[1 << Longest];

    /// <param name="counts">Codes of 1 to 16 bits.</param>
    /// <param name="values">Bits of a difference, in the order of the codes.</param>
    public HuffmanTable(ReadOnlySpan<byte> counts, ReadOnlySpan<byte> values)
    {
        int code = 0, next = 0;
        for (var length = 1; length <= Longest; length++)
        {
            for (var i = 0; i < counts[length - 1]; i++)
            {
                if (values[next] > Longest || code >= 1 << length)
                    throw CodestreamException.Damaged("a Huffman table of the JPEG data contradicts itself");
                var first = code << (Longest - length);
                entries.AsSpan(first, 1 << (Longest - length)).Fill((ushort)((length << 8) | values[next]));
                code++;
                next++;
            }

            code <<= 1;
        }
    }

    /// <exception cref="CodestreamException">No code begins with the next bits.</exception>
    public int Read(ref JpegBits bits)
    {
        var entry = entries[bits.Peek(Longest)];
        if (entry == 0)
            throw CodestreamException.Damaged("the lossless JPEG data holds a code that its table lacks");
        bits.Skip(entry >> 8);
        return entry & 0xFF;
    }
}
