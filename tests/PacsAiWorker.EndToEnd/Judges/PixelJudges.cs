using System.Buffers.Binary;
using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Dicom.Files;
using PacsAiWorker.EndToEnd.Phantoms;
using PacsAiWorker.EndToEnd.Servers;
using PacsAiWorker.Inference;
using PacsAiWorker.Inference.Imaging;
using PacsAiWorker.Inference.Imaging.Codecs;

namespace PacsAiWorker.EndToEnd.Judges;

/// <summary>What a program of others made of a file's pixels.</summary>
/// <param name="File">Path.</param>
/// <param name="Judge">pydicom, gdcm, dcmtk or openjpeg.</param>
/// <param name="Raw">Path of the samples, little endian; null when there are none.</param>
/// <param name="Frames">Number of frames.</param>
/// <param name="Samples">1 stored values, 3 red, green, blue.</param>
/// <param name="Bytes">Bytes of a sample.</param>
/// <param name="Why">Why there are none.</param>
internal sealed record JudgedPixels(string File, string Judge, string? Raw, int Frames, int Samples, int Bytes, string? Why);

/// <summary>Our decoding beside that of others, sample by sample.</summary>
internal sealed class PixelJudges(CodecPool codecs)
{
    /// <summary>Two independent converters of BT.601 differ by so much.</summary>
    private const int MostLevels = 2;

    public static Task<IReadOnlyList<JudgedPixels>> DecodeAsync(IEnumerable<string> files, string folder) =>
        PhantomMaker.PythonAsync<IReadOnlyList<JudgedPixels>>("Judges/read_pixels.py", files.Prepend(folder));

    public const string Equal = "equal", Near = "within 2", NoDecoder = "no decoder", Refuses = "refuses", OursSays = "we: ";

    /// <summary>
    /// "equal", "within 2", or in what they differ. Not compared for one of three reasons: the judge has no decoder for it, it refuses the
    /// file, or our outcome ("we: codec").
    /// </summary>
    public string Compare(JudgedPixels judged)
    {
        if (judged.Raw is not { } raw)
            return judged.Why == "no decoder" ? NoDecoder : Refuses;
        using var file = Part10File.Open(judged.File);
        var header = FrameHeader.Read(file.DataSet);
        var source = FrameSource.Open(file, header, codecs);
        if (source.Value is not { } pixels)
            return OursSays + source.Reason!.Value.Text();
        if (pixels.Frames != judged.Frames)
            return $"{pixels.Frames} frames against {judged.Frames}";
        var theirs = File.ReadAllBytes(raw);
        var most = 0;
        for (var frame = 0; frame < pixels.Frames; frame++)
        {
            var their = theirs.AsSpan(frame * (theirs.Length / judged.Frames), theirs.Length / judged.Frames);
            var (ours, why) = judged.Samples == 1 ? Stored(pixels, frame) : Picture(pixels, frame);
            if (ours is null)
                return OursSays + why;
            if (Difference(ours, their, judged.Bytes) is not { } difference)
                return $"{ours.Length} samples against {their.Length / judged.Bytes}";
            most = Math.Max(most, difference);
        }

        return most == 0 ? Equal : most <= MostLevels && !IsLossless(pixels, file.Syntax) ? Near : $"differs by {most}";
    }

    /// <summary>Lossless and without a colour transform: nothing may differ.</summary>
    private static bool IsLossless(FrameSource pixels, TransferSyntax syntax) =>
        pixels.Coding is PixelCoding.Native or PixelCoding.Rle or PixelCoding.JpegLs && !pixels.Header.Photometric.StartsWith("YBR", StringComparison.Ordinal)
        || syntax == TransferSyntax.JpegLosslessSv1 || syntax == TransferSyntax.JpegLossless || syntax == TransferSyntax.Jpeg2000Lossless;

    private static (int[]? Samples, string? Why) Stored(FrameSource pixels, int frame)
    {
        using var result = pixels.ReadStored(frame, CancellationToken.None).Value;
        if (result is null)
            return (null, pixels.ReadStored(frame, CancellationToken.None).Reason!.Value.Text());
        var data = result.Data.Span;
        var samples = new int[data.Length / result.SampleBytes];
        for (var i = 0; i < samples.Length; i++)
            samples[i] = result.SampleBytes == 1 ? data[i] : BinaryPrimitives.ReadUInt16LittleEndian(data[(2 * i)..]);
        return (samples, null);
    }

    private static (int[]? Samples, string? Why) Picture(FrameSource pixels, int frame)
    {
        var result = pixels.Read(frame, CancellationToken.None);
        using var image = result.Value;
        return image is null ? (null, result.Reason!.Value.Text()) : ([.. image.Pixels.ToArray().Select(b => (int)b)], null);
    }

    private static int? Difference(int[] ours, ReadOnlySpan<byte> theirs, int bytes)
    {
        if (ours.Length != theirs.Length / bytes)
            return null;
        var most = 0;
        for (var i = 0; i < ours.Length; i++)
            most = Math.Max(most, Math.Abs(ours[i] - (bytes == 1 ? theirs[i] : BinaryPrimitives.ReadUInt16LittleEndian(theirs[(2 * i)..]))));
        return most;
    }
}
