using System.Buffers;
using System.Security.Cryptography;
using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Dicom.Files;

namespace PacsAiWorker.Dicom.Pixels;

/// <summary>
/// What tells whether two objects show the same picture whatever their headers say: SHA-256 over the value of Pixel Data as stored. Of
/// encapsulated pixels over the bytes of the fragments, so that another offset table makes no other picture.
/// </summary>
public static class PixelDigest
{
    private const int ChunkBytes = 256 * 1024;

    /// <summary>Lower-case hex; null where there are no pixels.</summary>
    /// <exception cref="DicomFormatException">A deflated file is damaged.</exception>
    /// <exception cref="IOException">The disk.</exception>
    public static string? Of(Part10File file)
    {
        if (file.PixelDataOffset < 0)
        {
            return null;
        }

        using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = ArrayPool<byte>.Shared.Rent(ChunkBytes);
        try
        {
            if (file.PixelDataLength >= 0)
            {
                Append(file, 0, file.PixelDataLength, buffer, digest);
            }
            else
            {
                foreach (var fragment in FragmentList.Read(file).Fragments)
                {
                    Append(file, fragment.Offset, fragment.Length, buffer, digest);
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        return Convert.ToHexStringLower(digest.GetHashAndReset());
    }

    private static void Append(Part10File file, long offset, long length, byte[] buffer, IncrementalHash digest)
    {
        for (var end = offset + length; offset < end;)
        {
            var read = file.ReadPixelBytes(offset, buffer.AsSpan(0, (int)Math.Min(buffer.Length, end - offset)));
            if (read == 0)
            {
                return;
            }

            digest.AppendData(buffer, 0, read);
            offset += read;
        }
    }
}
