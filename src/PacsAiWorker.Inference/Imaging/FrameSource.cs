using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Dicom.Files;
using PacsAiWorker.Dicom.Pixels;
using PacsAiWorker.Native.Processes;
using PacsAiWorker.Inference.Imaging.Codecs;

namespace PacsAiWorker.Inference.Imaging;

/// <summary>How a file's pixels are stored.</summary>
internal enum PixelCoding
{
    Native,
    Rle,
    Jpeg,
    JpegLs,
    Jpeg2000,
    Video,
}

/// <summary>
/// The frames of one open file: any of them can be read without decoding the others, except in videos. Sizes are checked in 64 bits
/// before anything is allocated. Nothing here throws on what a file says.
/// </summary>
internal sealed class FrameSource
{
    private const long MostPixels = 64L << 20, MostSourceBytes = 512L << 20;

    private readonly Part10File file;
    private readonly CodecPool codecs;
    private readonly FrameIndex? index;

    private FrameSource(Part10File file, FrameHeader header, PixelCoding coding, FrameIndex? index, int frames, CodecPool codecs)
    {
        (this.file, this.codecs, this.index) = (file, codecs, index);
        (Header, Coding, Frames) = (header, coding, frames);
    }

    public FrameHeader Header { get; }

    public PixelCoding Coding { get; }

    /// <summary>Frames that can be read: never more than announced, fewer when the file ends early.</summary>
    public int Frames { get; }

    /// <summary>What was tolerated, one sentence each.</summary>
    public IReadOnlyList<string> Flags => index?.Flags ?? [];

    /// <summary>How frames are told apart; null for pixels that are not encapsulated.</summary>
    public string? How => Coding == PixelCoding.Video ? "the decoder of the video" : index?.How;

    /// <summary>The frames of a file, or why none can be read, from header and item headers alone.</summary>
    public static FrameResult<FrameSource> Open(Part10File file, FrameHeader header, CodecPool codecs)
    {
        if (Unreadable(file, header) is { } no)
            return no;
        if (file.PixelDataLength >= 0)
            return Native(file, header, codecs);
        var isVideo = VideoFrames.IsVideo(file.Syntax); // one stream: its frames are not in the fragments
        var index = FrameIndex.Read(file, isVideo ? 1 : AnnouncedFrames(file));
        if (index.Frames == 0)
            return FrameResult<FrameSource>.Corrupt("the pixel data holds no frame" + (index.Flags.Count > 0 ? $": {index.Flags[0]}" : ""));
        if (PixelCodings.Of(file, index) is not { } coding)
            return FrameResult<FrameSource>.Codec($"{file.Syntax.Name} ({file.Syntax.Uid}) is not decoded by this version");
        var frames = isVideo ? header.Frames : index.Frames;
        return new FrameSource(file, header, coding, index, frames, codecs);
    }

    /// <summary>Decodes one frame.</summary>
    /// <param name="frame">From 0.</param>
    /// <param name="cancellation">Ends waiting for a decoding process.</param>
    /// <exception cref="DecodingUnavailableException">No decoding process can be started.</exception>
    public FrameResult<StoredFrame> ReadStored(int frame, CancellationToken cancellation)
    {
        try
        {
            return Coding switch
            {
                PixelCoding.Native => NativeFrames.Read(file, Header, frame),
                PixelCoding.Rle => ReadRle(frame),
                PixelCoding.Video => throw new InvalidOperationException("Frames of a video are read in one go."),
                _ => ReadCodestream(frame, cancellation),
            };
        }
        catch (CodestreamException error)
        {
            return FrameResult<StoredFrame>.No(error.Reason, error.Message);
        }
        catch (EndOfStreamException error)
        {
            return FrameResult<StoredFrame>.Corrupt(error.Message);
        }
    }

    /// <summary>Decodes one frame to a picture.</summary>
    /// <inheritdoc cref="ReadStored"/>
    public FrameResult<RasterImage> Read(int frame, CancellationToken cancellation)
    {
        if (Coding == PixelCoding.Video)
            return VideoFrames.Read(file, index!, Header, [frame], codecs.Options, cancellation).First().Result;
        var stored = ReadStored(frame, cancellation);
        return stored.Value is { } samples ? Display.Render(samples, Header, file.DataSet) : FrameResult<RasterImage>.No(stored.Reason!.Value, stored.Detail!);
    }

    /// <summary>Decodes chosen frames one after the other, as they are asked for.</summary>
    /// <param name="frames">From 0, rising.</param>
    /// <param name="cancellation">Ends waiting.</param>
    public IEnumerable<(int Frame, FrameResult<RasterImage> Result)> ReadMany(IReadOnlyList<int> frames, CancellationToken cancellation) =>
        Coding == PixelCoding.Video
            ? VideoFrames.Read(file, index!, Header, frames, codecs.Options, cancellation)
            : frames.Select(f => (f, Read(f, cancellation)));

    private static FrameResult<FrameSource> Native(Part10File file, FrameHeader header, CodecPool codecs)
    {
        if (header.IsHalfColour && IsWholeColour(file, header))
            header = header with { Photometric = "YBR_FULL", Planar = false }; // decompressed by somebody who kept the label
        var inFile = file.Syntax.Deflated ? file.PixelDataLength : Math.Min(file.PixelDataLength, file.Length - file.PixelDataOffset);
        var there = inFile / header.FrameBytes;
        if (file.PixelDataLength < header.FrameBytes)
            return FrameResult<FrameSource>.Corrupt(
                $"the pixel data has {file.PixelDataLength} bytes; {header.Columns} × {header.Rows} pixels need {header.FrameBytes}");
        return new FrameSource(file, header, PixelCoding.Native, null, (int)Math.Clamp(there, 1, header.Frames), codecs);
    }

    /// <summary>Three bytes a pixel, but for a pad byte, under a label that means two.</summary>
    private static bool IsWholeColour(Part10File file, FrameHeader header)
    {
        var three = (long)header.Rows * header.Columns * 3 * header.Frames;
        return file.PixelDataLength == three + three % 2 || file.PixelDataLength == three;
    }

    /// <summary>Why the pixels cannot be read, from the header alone; null when they should be readable.</summary>
    private static FrameResult<FrameSource>? Unreadable(Part10File file, FrameHeader header)
    {
        if (file.PixelDataOffset < 0)
            return FrameResult<FrameSource>.Corrupt("there is no pixel data");
        if (header.Rows < 1 || header.Columns < 1 || header.Samples < 1)
            return FrameResult<FrameSource>.Corrupt("Rows, Columns or Samples per Pixel are missing or zero");
        if ((long)header.Rows * header.Columns > MostPixels)
            return FrameResult<FrameSource>.Codec(
                $"{header.Columns} × {header.Rows} pixels are more than the {MostPixels >> 20} megapixels that are decoded");
        return PixelCodings.WhyNot(header, isNative: file.PixelDataLength >= 0) is { } why ? FrameResult<FrameSource>.Codec(why) : null;
    }

    /// <summary>0 when the header gives no usable number: then what is there counts.</summary>
    private static int AnnouncedFrames(Part10File file) =>
        !file.DataSet.Contains(Tags.NumberOfFrames) ? 1 : Math.Max(0, file.DataSet.GetInt(Tags.NumberOfFrames) ?? 0);

    private FrameResult<StoredFrame> ReadRle(int frame)
    {
        var data = Rle.Decode(CodestreamOf(frame), Header.Rows * Header.Columns, Header.Samples, Header.SampleBytes);
        return new StoredFrame(Header.Columns, Header.Rows, Header.Samples, Header.SampleBytes, Header.BitsStored, SampleColour.AsTagged, data);
    }

    /// <summary>The bytes of one compressed frame.</summary>
    /// <exception cref="CodestreamException">It is too long.</exception>
    /// <exception cref="EndOfStreamException">The file ends inside it.</exception>
    internal byte[] CodestreamOf(int frame) => Codestream.Read(file, PartsOf(frame));

    /// <summary>What a decoding process is asked for one frame.</summary>
    /// <exception cref="CodestreamException">It is too long.</exception>
    internal CodecJob JobOf(int frame)
    {
        var kind = Coding switch { PixelCoding.Jpeg => CodecKind.Jpeg, PixelCoding.JpegLs => CodecKind.JpegLs, _ => CodecKind.Jpeg2000 };
        return new CodecJob(
            kind, Header.Columns, Header.Rows, Header.Samples, Header.BitsAllocated > 8 ? 2 : 1, Header.Photometric, (int)PartsOf(frame).Sum(p => (long)p.Length));
    }

    /// <summary>The fragments of a frame, counted from the beginning of the pixel data.</summary>
    private IReadOnlyList<Fragment> PartsOf(int frame)
    {
        var parts = index!.Of(frame);
        return parts.Sum(p => (long)p.Length) <= MostSourceBytes
            ? parts
            : throw CodestreamException.Unsupported($"the frame is longer than the {MostSourceBytes >> 20} MiB that are decoded");
    }

    private FrameResult<StoredFrame> ReadCodestream(int frame, CancellationToken cancellation)
    {
        var job = JobOf(frame);
        if (job.TargetBytes > int.MaxValue)
            throw CodestreamException.Unsupported("the frame has more pixels than are decoded");
        using SharedMemory source = Codestream.Share(file, PartsOf(frame));
        var (reply, decoded) = codecs.Decode(job, source.Handle, cancellation);
        return decoded is not null ? decoded : FrameResult<StoredFrame>.No(reply.Reason!.Value, reply.Detail);
    }
}
