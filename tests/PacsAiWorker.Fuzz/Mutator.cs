using System.Buffers.Binary;

namespace PacsAiWorker.Fuzz;

/// <summary>Structured damage: bits, lengths, cuts, copies, splices. The same seed makes the same damage.</summary>
public sealed class Mutator(int seed)
{
    private static readonly uint[] Interesting =
        [0, 1, 2, 7, 8, 0x7F, 0x80, 0xFF, 0x100, 0x7FFF, 0x8000, 0xFFFE, 0xFFFF, 0x1_0000, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFF0, 0xFFFF_FFFE, 0xFFFF_FFFF];

    private readonly Random random = new(seed);

    /// <summary>A damaged copy of one of the inputs.</summary>
    public byte[] Next(IReadOnlyList<byte[]> corpus)
    {
        var input = corpus[random.Next(corpus.Count)].ToArray();
        for (var rounds = 1 << random.Next(4); rounds > 0 && input.Length > 0; rounds--)
        {
            input = Once(input, corpus);
        }

        return input;
    }

    private byte[] Once(byte[] input, IReadOnlyList<byte[]> corpus)
    {
        var at = Place(input.Length);
        switch (random.Next(9))
        {
            case 0:
                input[at] ^= (byte)(1 << random.Next(8));
                return input;
            case 1:
                input[at] = (byte)random.Next(256);
                return input;
            case 2 when input.Length >= at + 2:
                BinaryPrimitives.WriteUInt16LittleEndian(input.AsSpan(at), (ushort)Interesting[random.Next(Interesting.Length)]);
                return input;
            case 3 when input.Length >= at + 4:
                BinaryPrimitives.WriteUInt32LittleEndian(input.AsSpan(at), Interesting[random.Next(Interesting.Length)]);
                return input;
            case 4 when input.Length >= at + 4:
                BinaryPrimitives.WriteUInt32BigEndian(input.AsSpan(at), Interesting[random.Next(Interesting.Length)]);
                return input;
            case 5:
                return input[..at];
            case 6:
                {
                    var length = Math.Min(random.Next(1, 64), input.Length - at);
                    return [.. input.AsSpan(0, at), .. input.AsSpan(at, length), .. input.AsSpan(at)];
                }

            case 7:
                {
                    var length = Math.Min(random.Next(1, 64), input.Length - at);
                    return [.. input.AsSpan(0, at), .. input.AsSpan(at + length)];
                }

            default:
                {
                    var other = corpus[random.Next(corpus.Count)];
                    return other.Length == 0 ? input : [.. input.AsSpan(0, at), .. other.AsSpan(Place(other.Length))];
                }
        }
    }

    /// <summary>Half of the places in the first kilobyte, where headers are.</summary>
    private int Place(int length) => random.Next(random.Next(2) == 0 ? Math.Min(length, 1024) : length);
}
