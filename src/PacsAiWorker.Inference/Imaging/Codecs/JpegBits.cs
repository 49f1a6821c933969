namespace PacsAiWorker.Inference.Imaging.Codecs;

/// <summary>Entropy-coded bits of JPEG (ISO 10918-1 B.1.1.5): a zero byte after FF is stuffing, anything else ends the run. Behind the end zeros come.</summary>
internal ref struct JpegBits
{
    private const int MostInvented = 128; // a reader looks ahead; beyond this the data are short
    private readonly ReadOnlySpan<byte> data;
    private int position;
    private ulong held;
    private int count;
    private int invented;

    public JpegBits(ReadOnlySpan<byte> data) => this.data = data;

    /// <summary>Bytes consumed, those looked at in advance included.</summary>
    public readonly int Position => position;

    /// <summary>More bits were taken than there are.</summary>
    public readonly bool IsExhausted => invented > count;

    /// <summary>Whole bytes are left before the next marker: what was read is not what was written.</summary>
    public readonly bool HasLeftover =>
        count - invented >= 8 || (position + 1 < data.Length && (data[position] != 0xFF || data[position + 1] == 0));

    /// <summary>The next bits without taking them; at most 16.</summary>
    public int Peek(int bits)
    {
        if (count < bits)
            Fill();
        return (int)(held >> (count - bits)) & ((1 << bits) - 1);
    }

    public void Skip(int bits) => count -= bits;

    /// <summary>Takes at most 16 bits.</summary>
    public int Take(int bits)
    {
        var value = Peek(bits);
        count -= bits;
        return value;
    }

    /// <summary>Drops what is left before a restart marker and passes over it.</summary>
    /// <exception cref="CodestreamException">There is none.</exception>
    public void Restart()
    {
        (held, count, invented) = (0, 0, 0);
        while (position + 1 < data.Length)
        {
            if (data[position] == 0xFF && data[position + 1] is >= 0xD0 and <= 0xD7)
            {
                position += 2;
                return;
            }

            if (data[position] == 0xFF && data[position + 1] is not (0 or 0xFF))
                break;
            position++;
        }

        throw CodestreamException.Damaged("a restart marker of the JPEG data is missing");
    }

    private void Fill()
    {
        while (count <= 48)
        {
            byte next = 0;
            if (position < data.Length && data[position] != 0xFF)
                next = data[position++];
            else if (position + 1 < data.Length && data[position + 1] == 0)
                (next, position) = (0xFF, position + 2);
            else if ((invented += 8) > MostInvented)
                throw CodestreamException.Damaged("the lossless JPEG data ends before its last pixel");
            held = (held << 8) | next;
            count += 8;
        }
    }
}
