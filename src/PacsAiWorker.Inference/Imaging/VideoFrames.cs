using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Dicom.Files;
using PacsAiWorker.Dicom.Pixels;
using PacsAiWorker.Inference.Imaging.Codecs;
using PacsAiWorker.Native.Processes;

namespace PacsAiWorker.Inference.Imaging;

/// <summary>
/// MPEG-2, H.264 and HEVC (PS3.5 8.2.5 to 8.2.8): one stream for the whole clip, decoded in order by ffmpeg. The stream goes to it as
/// memory that it can seek in; other protocols are off, so a stream cannot send it to the network.
/// </summary>
internal static class VideoFrames
{
    private const long MostStreamBytes = 512L << 20;

    private static readonly TransferSyntax[] Mpeg2 = [TransferSyntax.Mpeg2MainLevel, TransferSyntax.Mpeg2HighLevel];
    private static readonly TransferSyntax[] Hevc = [TransferSyntax.HevcMain51, TransferSyntax.HevcMain10Level51];

    private static readonly TransferSyntax[] H264 =
        [TransferSyntax.H264High41, TransferSyntax.H264High41BluRay, TransferSyntax.H264High42For2D, TransferSyntax.H264High42For3D, TransferSyntax.H264Stereo42];

    public static bool IsVideo(TransferSyntax syntax) => Mpeg2.Contains(syntax) || H264.Contains(syntax) || Hevc.Contains(syntax);

    /// <summary>Decodes chosen frames.</summary>
    /// <param name="file">The file.</param>
    /// <param name="index">Its fragments.</param>
    /// <param name="header">What the frames must measure.</param>
    /// <param name="frames">From 0, rising.</param>
    /// <param name="options">Which ffmpeg, and its limits.</param>
    /// <param name="cancellation">Ends decoding.</param>
    public static IEnumerable<(int Frame, FrameResult<RasterImage> Result)> Read(
        Part10File file, FrameIndex index, FrameHeader header, IReadOnlyList<int> frames, CodecOptions options, CancellationToken cancellation)
    {
        var bytes = index.Whole.Sum(f => (long)f.Length);
        if (bytes > MostStreamBytes)
            return frames.Select(f => (f, FrameResult<RasterImage>.Codec($"the video is longer than the {MostStreamBytes >> 20} MiB that are decoded")));
        if (FfmpegProcess.Find(options.Ffmpeg) is not { } program)
            return frames.Select(f => (f, FrameResult<RasterImage>.Codec("video needs ffmpeg: install it, or name it in Inference:Codecs:Ffmpeg")));
        return Decode(program, file, index, header, frames, options, cancellation);
    }

    private static IEnumerable<(int Frame, FrameResult<RasterImage> Result)> Decode(
        string program, Part10File file, FrameIndex index, FrameHeader header, IReadOnlyList<int> frames, CodecOptions options, CancellationToken cancellation)
    {
        using SharedMemory memory = Codestream.Share(file, index.Whole);
        using var ffmpeg = FfmpegProcess.Start(program, memory.Handle, Demuxer(memory.GetSpan(), file.Syntax), frames, options, cancellation);
        for (var given = 0; given < frames.Count; given++)
        {
            var image = ffmpeg.Next();
            cancellation.ThrowIfCancellationRequested(); // a worker that stops says nothing about the video
            yield return (frames[given], image is null ? ffmpeg.WhyNoMore(given) : Checked(image, header));
        }
    }

    private static FrameResult<RasterImage> Checked(RasterImage image, FrameHeader header) =>
        image.Width == header.Columns && image.Height == header.Rows
            ? image
            : FrameResult<RasterImage>.Corrupt($"the video has {image.Width} × {image.Height} pixels, the header says {header.Columns} × {header.Rows}");

    /// <summary>The container, named outright so that ffmpeg guesses nothing: MP4, transport stream, program stream, else the bare stream.</summary>
    private static string Demuxer(ReadOnlySpan<byte> stream, TransferSyntax syntax)
    {
        const int TransportPacket = 188;
        return stream.Length > 8 && stream[4..8].SequenceEqual("ftyp"u8) ? "mov"
            : stream.Length > TransportPacket && stream[0] == 0x47 && stream[TransportPacket] == 0x47 ? "mpegts"
            : stream.StartsWith((ReadOnlySpan<byte>)[0, 0, 1, 0xBA]) ? "mpeg"
            : Mpeg2.Contains(syntax) ? "mpegvideo"
            : Hevc.Contains(syntax) ? "hevc"
            : "h264";
    }
}
