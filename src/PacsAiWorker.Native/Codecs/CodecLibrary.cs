using System.Runtime.InteropServices;

namespace PacsAiWorker.Native.Codecs;

/// <summary>A library refused a codestream. The message is the library's own sentence about it.</summary>
public sealed class CodecException(string message) : Exception(message);

/// <summary>The picture libraries this product uses where they are installed: those that Debian and Ubuntu package.</summary>
/// <param name="File">Name of the shared object.</param>
/// <param name="Package">Debian's package of it.</param>
/// <param name="Decodes">What it is for.</param>
public sealed record CodecLibrary(string File, string Package, string Decodes)
{
    public static readonly CodecLibrary TurboJpeg = new(TurboJpegCalls.Library, "libturbojpeg0", "JPEG");
    public static readonly CodecLibrary CharLs = new(CharLsCalls.Library, "libcharls2", "JPEG-LS");
    public static readonly CodecLibrary OpenJpeg = new(OpenJpegCalls.Library, "libopenjp2-7", "JPEG 2000");

    public static IReadOnlyList<CodecLibrary> All { get; } = [TurboJpeg, CharLs, OpenJpeg];

    /// <summary>Whether it can be loaded. Loads it: to be asked in a process that may crash.</summary>
    public bool IsInstalled() => NativeLibrary.TryLoad(File, typeof(CodecLibrary).Assembly, null, out _);
}
