using System.Runtime.InteropServices;

namespace PacsAiWorker.Inference.Networks;

/// <summary>Gives the next values of a tensor, in C order; called until the tensor is full.</summary>
public delegate void NextWeights(Span<float> values);

/// <summary>One initialiser: all of its TensorProto up to the raw data, and who writes that.</summary>
/// <param name="Head">Dimensions, type, name, key and length of the raw data.</param>
/// <param name="RawBytes">Length of the raw data.</param>
/// <param name="Write">Writes exactly that many bytes, the same each time.</param>
internal sealed record OnnxWeights(byte[] Head, long RawBytes, Action<Stream> Write)
{
    private const int PieceValues = 16384;

    /// <summary>Values that are held.</summary>
    public static OnnxWeights Held(string tensor, int type, byte[] raw, long[] shape) => new(HeadOf(tensor, type, raw.Length, shape), raw.Length, to => to.Write(raw));

    /// <summary>Float values that are made while the file is written; none is held.</summary>
    public static OnnxWeights Made(string tensor, Func<NextWeights> begin, long count, long[] shape) => new(
        HeadOf(tensor, OnnxFields.Float, count * sizeof(float), shape), count * sizeof(float), to =>
        {
            var next = begin();
            Span<float> piece = new float[Math.Min(PieceValues, count)];
            for (var left = count; left > 0; left -= piece.Length)
            {
                piece = piece[..(int)Math.Min(piece.Length, left)];
                next(piece);
                to.Write(MemoryMarshal.AsBytes(piece));
            }
        });

    private static byte[] HeadOf(string tensor, int type, long rawBytes, long[] shape)
    {
        var head = new ProtoWriter();
        foreach (var dim in shape)
            head.Varint(1, dim);
        head.Varint(2, type);
        head.Text(8, tensor);
        head.Begin(9, rawBytes);
        return head.ToArray();
    }
}
