using Microsoft.Win32.SafeHandles;
using PacsAiWorker.Dicom.Files;
using PacsAiWorker.Dicom.Pixels;
using PacsAiWorker.Native.Processes;

namespace PacsAiWorker.Inference.Imaging.Codecs;

/// <summary>A frame's compressed bytes, joined.</summary>
internal static class Codestream
{
    /// <summary>In this process' own memory.</summary>
    /// <param name="file">The file.</param>
    /// <param name="parts">Offsets from the beginning of the pixel data.</param>
    /// <exception cref="EndOfStreamException">The file ends inside a fragment.</exception>
    public static byte[] Read(Part10File file, IReadOnlyList<Fragment> parts)
    {
        var stream = new byte[parts.Sum(f => (long)f.Length)];
        Copy(file, parts, stream);
        return stream;
    }

    /// <summary>
    /// In memory that can be handed to another process, which then sees these bytes and nothing else of the file, or of other
    /// patients' files beside it.
    /// </summary>
    /// <inheritdoc cref="Read(Part10File, IReadOnlyList{Fragment})"/>
    public static SharedMemory Share(Part10File file, IReadOnlyList<Fragment> parts)
    {
        var memory = SharedMemory.Create("codestream");
        try
        {
            memory.EnsureCapacity(parts.Sum(f => (long)f.Length));
            Copy(file, parts, memory.GetSpan());
            return memory;
        }
        catch
        {
            ((IDisposable)memory).Dispose();
            throw;
        }
    }

    /// <summary>What was handed over: the first bytes of a descriptor.</summary>
    /// <exception cref="EndOfStreamException">There are fewer.</exception>
    public static byte[] Read(SafeFileHandle handed, int bytes)
    {
        var stream = new byte[bytes];
        for (var got = 0; got < bytes;)
        {
            var read = RandomAccess.Read(handed, stream.AsSpan(got), got);
            got += read > 0 ? read : throw new EndOfStreamException("the codestream is shorter than was said");
        }

        return stream;
    }

    private static void Copy(Part10File file, IReadOnlyList<Fragment> parts, Span<byte> into)
    {
        foreach (var part in parts)
        {
            var length = (int)part.Length;
            if (file.ReadPixelBytes(part.Offset, into[..length]) != length)
                throw new EndOfStreamException("the file ends inside a fragment");
            into = into[length..];
        }
    }
}
