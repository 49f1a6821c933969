using System.Buffers.Binary;
using System.Security.Cryptography;
using PacsAiWorker.Inference.Imaging;
using PacsAiWorker.Inference.Packages;

namespace PacsAiWorker.Inference.Training.Features;

/// <summary>Digests by which the same picture is found in two places.</summary>
internal static class PictureHash
{
    private const int Columns = 9, Rows = 8;

    private static readonly PreprocessingRule Small = new(ColourRule.Gray, Columns, Rows, Interpolation.Area, false, 1, [0], [1]);

    /// <summary>SHA-256 over size and pixels of the scan area of each frame.</summary>
    public static string Exact(IEnumerable<RasterImage> frames, Crop crop)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> size = stackalloc byte[12];
        foreach (var frame in frames)
        {
            BinaryPrimitives.WriteInt32LittleEndian(size, crop.Width);
            BinaryPrimitives.WriteInt32LittleEndian(size[4..], crop.Height);
            BinaryPrimitives.WriteInt32LittleEndian(size[8..], frame.Channels);
            hash.AppendData(size);
            for (var y = crop.Y0; y <= crop.Y1; y++)
                hash.AppendData(frame.Pixels.Slice((y * frame.Width + crop.X0) * frame.Channels, crop.Width * frame.Channels));
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>64 bits: whether each of 8 × 8 fields of the scan area is darker than its right neighbour. Rows from above, the first bit is the highest.</summary>
    public static ulong Difference(RasterImage picture, Crop crop)
    {
        var grey = Preprocessing.ToTensor(picture, crop, Small);
        var bits = 0UL;
        for (var y = 0; y < Rows; y++)
            for (var x = 0; x + 1 < Columns; x++)
                bits = (bits << 1) | (grey[y * Columns + x] < grey[y * Columns + x + 1] ? 1UL : 0UL);
        return bits;
    }
}
