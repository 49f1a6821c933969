using PacsAiWorker.Native.Codecs;

namespace PacsAiWorker.Inference.Imaging.Codecs;

/// <summary>
/// Decodes one codestream with the library for it. This is the part that may crash, hang or balloon on hostile bytes: the worker runs
/// it in <see cref="CodecChild"/> only.
/// </summary>
internal static class FrameCodec
{
    /// <param name="job">What is expected.</param>
    /// <param name="stream">The frame's fragments, joined.</param>
    /// <param name="target">At least the job's target bytes.</param>
    public static CodecReply Decode(CodecJob job, byte[] stream, Span<byte> target)
    {
        try
        {
            return job.Kind switch
            {
                CodecKind.Jpeg => Jpeg(job, stream, target),
                CodecKind.JpegLs => JpegLs(job, stream, target),
                _ => Jpeg2000(job, stream, target),
            };
        }
        catch (CodestreamException error)
        {
            return CodecReply.No(error.Reason, error.Message);
        }
        catch (CodecException error)
        {
            return CodecReply.No(NotScoredReason.Corrupt, $"the decoder says: {error.Message}");
        }
        catch (DllNotFoundException)
        {
            var library = LibraryOf(job.Kind);
            return CodecReply.No(NotScoredReason.Codec, $"{library.Decodes} needs {library.File}: install {library.Package}");
        }
    }

    private static CodecLibrary LibraryOf(CodecKind kind) => kind switch
    {
        CodecKind.Jpeg => CodecLibrary.TurboJpeg,
        CodecKind.JpegLs => CodecLibrary.CharLs,
        _ => CodecLibrary.OpenJpeg,
    };

    private static CodecReply Jpeg(CodecJob job, byte[] stream, Span<byte> target)
    {
        var header = JpegHeader.Parse(stream);
        Compare(job, new(header.Width, header.Height, header.Components.Count, header.Precision, false));
        var colour = header.Components.Count == 1 ? SampleColour.AsTagged
            : JpegColour.IsYcbcr(header, job.Photometric) ? SampleColour.YbrFull
            : SampleColour.Rgb;
        if (header.Process == JpegHeader.Lossless)
        {
            JpegLossless.Decode(stream, header, target);
            return new(null, "", BytesOf(header.Precision), header.Precision, colour);
        }

        if (header.Precision != 8)
            throw CodestreamException.Unsupported($"JPEG of {header.Precision} bits is not decoded");
        var plain = colour == SampleColour.AsTagged ? stream : header.WithTransform(stream, (byte)(colour == SampleColour.YbrFull ? 1 : 0));
        TurboJpeg.Decode(plain, header.Width, header.Height, header.Components.Count, target);
        return new(null, "", 1, 8, colour == SampleColour.AsTagged ? SampleColour.AsTagged : SampleColour.Rgb);
    }

    private static CodecReply JpegLs(CodecJob job, byte[] stream, Span<byte> target)
    {
        using var decoder = new CharLs(stream);
        Compare(job, decoder.Facts);
        var size = (int)((long)job.Columns * job.Rows * job.Samples * BytesOf(decoder.Facts.Bits));
        if (decoder.IsPlanar)
        {
            var planes = new byte[size];
            decoder.Decode(planes);
            Planes.Interleave(planes, target[..size], job.Samples, BytesOf(decoder.Facts.Bits));
        }
        else
        {
            decoder.Decode(target[..size]);
        }

        return new(null, "", BytesOf(decoder.Facts.Bits), decoder.Facts.Bits, SampleColour.AsTagged);
    }

    private static CodecReply Jpeg2000(CodecJob job, byte[] stream, Span<byte> target)
    {
        using var decoder = new OpenJpeg(stream);
        Compare(job, decoder.Facts);
        if (J2kHeader.HasMissingTile(stream))
            throw CodestreamException.Damaged("a tile of the JPEG 2000 data is missing");
        decoder.Decode(target);
        var colour = job.Samples == 3 && J2kHeader.HasColourTransform(stream) ? SampleColour.Rgb : SampleColour.AsTagged;
        return new(null, "", BytesOf(decoder.Facts.Bits), decoder.Facts.Bits, colour);
    }

    private static int BytesOf(int bits) => bits > 8 ? 2 : 1;

    /// <summary>The codestream must hold what the header promised: room was made for that, and nothing else can be trusted.</summary>
    private static void Compare(CodecJob job, CodestreamFacts facts)
    {
        if (facts.Width != job.Columns || facts.Height != job.Rows)
            throw CodestreamException.Damaged(
                $"the codestream has {facts.Width} × {facts.Height} pixels, the header says {job.Columns} × {job.Rows}");
        if (facts.Samples != job.Samples)
            throw CodestreamException.Damaged($"the codestream has {facts.Samples} components, the header says {job.Samples}");
        if (facts.Bits > 16)
            throw CodestreamException.Unsupported($"samples of {facts.Bits} bits are not decoded");
        if (BytesOf(facts.Bits) > job.SampleBytes)
            throw CodestreamException.Damaged($"the codestream has samples of {facts.Bits} bits, the header says at most {8 * job.SampleBytes}");
    }
}
