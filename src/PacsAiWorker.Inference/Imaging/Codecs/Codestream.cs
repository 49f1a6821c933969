using Microsoft.Win32.SafeHandles;
using PacsAiWorker.Dicom.Pixels;

namespace PacsAiWorker.Inference.Imaging.Codecs;

/// <summary>A frame's bytes.</summary>
internal static class Codestream
{
    /// <summary>Joins fragments of a file.</summary>
    /// <param name="file">Open for reading.</param>
    /// <param name="fragments">Offsets from the beginning of the file.</param>
    /// <exception cref="EndOfStreamException">The file ends inside a fragment.</exception>
    public static byte[] Read(SafeFileHandle file, IReadOnlyList<Fragment> fragments)
    {
        var stream = new byte[fragments.Sum(f => (long)f.Length)];
        var at = 0;
        foreach (var fragment in fragments)
        {
            var part = stream.AsSpan(at, (int)fragment.Length);
            for (var got = 0; got < part.Length;)
            {
                var read = RandomAccess.Read(file, part[got..], fragment.Offset + got);
                if (read == 0)
                    throw new EndOfStreamException("the file ends inside a fragment");
                got += read;
            }

            at += part.Length;
        }

        return stream;
    }
}
