using System.Runtime.InteropServices;

namespace PacsAiWorker.Native.Codecs;

/// <summary>The C API of CharLS 2 (charls_jpegls_decoder.h).</summary>
internal static unsafe partial class CharLsCalls
{
    public const string Library = "libcharls.so.2";
    public const int InterleaveNone = 0;

    [StructLayout(LayoutKind.Sequential)]
    public struct FrameInfo
    {
        public uint Width;
        public uint Height;
        public int BitsPerSample;
        public int ComponentCount;
    }

    [LibraryImport(Library, EntryPoint = "charls_jpegls_decoder_create")]
    public static partial nint Create();

    [LibraryImport(Library, EntryPoint = "charls_jpegls_decoder_destroy")]
    public static partial void Destroy(nint decoder);

    [LibraryImport(Library, EntryPoint = "charls_jpegls_decoder_set_source_buffer")]
    public static partial int SetSource(nint decoder, byte* source, nuint bytes);

    [LibraryImport(Library, EntryPoint = "charls_jpegls_decoder_read_header")]
    public static partial int ReadHeader(nint decoder);

    [LibraryImport(Library, EntryPoint = "charls_jpegls_decoder_get_frame_info")]
    public static partial int GetFrameInfo(nint decoder, FrameInfo* info);

    [LibraryImport(Library, EntryPoint = "charls_jpegls_decoder_get_interleave_mode")]
    public static partial int GetInterleave(nint decoder, int* mode);

    [LibraryImport(Library, EntryPoint = "charls_jpegls_decoder_decode_to_buffer")]
    public static partial int Decode(nint decoder, byte* target, nuint bytes, uint stride);

    [LibraryImport(Library, EntryPoint = "charls_get_error_message")]
    public static partial byte* ErrorMessage(int error);
}
