using System.Runtime.InteropServices;

namespace PacsAiWorker.Native.Codecs;

/// <summary>The TurboJPEG API of libjpeg-turbo 2 (turbojpeg.h).</summary>
internal static unsafe partial class TurboJpegCalls
{
    public const string Library = "libturbojpeg.so.0";
    public const int Rgb = 0, Grey = 6; // TJPF_RGB, TJPF_GRAY

    [LibraryImport(Library, EntryPoint = "tjInitDecompress")]
    public static partial nint Init();

    [LibraryImport(Library, EntryPoint = "tjDecompress2")]
    public static partial int Decompress(nint handle, byte* source, CULong bytes, byte* target, int width, int pitch, int height, int format, int flags);

    [LibraryImport(Library, EntryPoint = "tjGetErrorStr2")]
    public static partial byte* Error(nint handle);

    [LibraryImport(Library, EntryPoint = "tjDestroy")]
    public static partial int Destroy(nint handle);
}
