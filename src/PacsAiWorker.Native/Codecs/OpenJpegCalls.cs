using System.Runtime.InteropServices;

namespace PacsAiWorker.Native.Codecs;

/// <summary>The C API of OpenJPEG 2.5 (openjpeg.h).</summary>
internal static unsafe partial class OpenJpegCalls
{
    public const string Library = "libopenjp2.so.7";
    public const int Codestream = 0, Jp2 = 2; // OPJ_CODEC_J2K, OPJ_CODEC_JP2
    public const int ParameterBytes = 16 * 1024; // opj_dparameters_t has about 8.2 kB

    /// <summary>What a read function gives at the end: (OPJ_SIZE_T)-1.</summary>
    public static nuint EndOfStream => nuint.MaxValue;

    [StructLayout(LayoutKind.Sequential)]
    public struct Component
    {
        public uint StepX, StepY, Width, Height, OriginX, OriginY, Precision, BitsPerPixel, Signed, Resolutions, Factor;
        public int* Data;
        public ushort Alpha;
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct Image
    {
        public uint X0, Y0, X1, Y1, ComponentCount;
        public int ColourSpace;
        public Component* Components;
        public byte* Profile;
        public uint ProfileLength;
    }

    [LibraryImport(Library, EntryPoint = "opj_create_decompress")]
    public static partial nint Create(int format);

    [LibraryImport(Library, EntryPoint = "opj_destroy_codec")]
    public static partial void DestroyCodec(nint codec);

    [LibraryImport(Library, EntryPoint = "opj_set_default_decoder_parameters")]
    public static partial void SetDefaults(byte* parameters);

    [LibraryImport(Library, EntryPoint = "opj_setup_decoder")]
    public static partial int Setup(nint codec, byte* parameters);

    [LibraryImport(Library, EntryPoint = "opj_set_error_handler")]
    public static partial int SetErrorHandler(nint codec, delegate* unmanaged[Cdecl]<byte*, void*, void> handler, void* data);

    [LibraryImport(Library, EntryPoint = "opj_stream_default_create")]
    public static partial nint CreateStream(int isInput);

    [LibraryImport(Library, EntryPoint = "opj_stream_destroy")]
    public static partial void DestroyStream(nint stream);

    [LibraryImport(Library, EntryPoint = "opj_stream_set_read_function")]
    public static partial void SetRead(nint stream, delegate* unmanaged[Cdecl]<void*, nuint, void*, nuint> read);

    [LibraryImport(Library, EntryPoint = "opj_stream_set_skip_function")]
    public static partial void SetSkip(nint stream, delegate* unmanaged[Cdecl]<long, void*, long> skip);

    [LibraryImport(Library, EntryPoint = "opj_stream_set_seek_function")]
    public static partial void SetSeek(nint stream, delegate* unmanaged[Cdecl]<long, void*, int> seek);

    [LibraryImport(Library, EntryPoint = "opj_stream_set_user_data")]
    public static partial void SetUserData(nint stream, void* data, delegate* unmanaged[Cdecl]<void*, void> free);

    [LibraryImport(Library, EntryPoint = "opj_stream_set_user_data_length")]
    public static partial void SetLength(nint stream, ulong length);

    [LibraryImport(Library, EntryPoint = "opj_read_header")]
    public static partial int ReadHeader(nint stream, nint codec, Image** image);

    [LibraryImport(Library, EntryPoint = "opj_decode")]
    public static partial int Decode(nint codec, nint stream, Image* image);

    [LibraryImport(Library, EntryPoint = "opj_image_destroy")]
    public static partial void DestroyImage(Image* image);
}
