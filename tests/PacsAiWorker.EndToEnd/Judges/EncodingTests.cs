using System.Globalization;
using PacsAiWorker.Dicom.Files;
using PacsAiWorker.EndToEnd.Phantoms;
using PacsAiWorker.EndToEnd.Servers;
using PacsAiWorker.Inference.Imaging;
using PacsAiWorker.Inference.Imaging.Codecs;
using Xunit;

namespace PacsAiWorker.EndToEnd.Judges;

/// <summary>What others encoded comes back: exactly where nothing was lost, else as near as the codec keeps it.</summary>
public sealed class EncodingTests : IDisposable
{
    private const double MostMeanDifference = 6; // levels, of speckle at the qualities that make_encodings.py asks for

    private readonly TempFolder folder = new("encodings");
    private readonly CodecPool codecs = new(new CodecOptions { Processes = 2 });

    /// <summary>One encoded file and the samples that went in.</summary>
    private sealed record Encoding(string Name, string Source, string? File, bool Lossless, int Frames);

    public void Dispose()
    {
        codecs.Dispose();
        folder.Dispose();
    }

    [Fact]
    public async Task One_picture_in_every_transfer_syntax_comes_back()
    {
        Tool.Find("/usr/bin/ffmpeg", "ffmpeg");
        Tool.Find("/usr/bin/gdcmconv", "libgdcm-tools");
        var encodings = await PhantomMaker.PythonAsync<IReadOnlyList<Encoding>>("Phantoms/make_encodings.py", [folder.Path]);
        Assert.True(encodings.Count >= 100);
        Assert.Empty(encodings.SelectMany(Faults));
    }

    /// <summary>
    /// Damage that a decoder can see is an outcome, and what is given nevertheless is what was taken, frame by frame. None of these
    /// codestreams has a checksum: a few changed bits may decode to other pixels, and nobody can tell.
    /// </summary>
    [Theory]
    [InlineData("JPEG baseline colour")]
    [InlineData("JPEG baseline grey")]
    [InlineData("JPEG-LS by line colour")]
    [InlineData("JPEG lossless SV1 colour")]
    [InlineData("MPEG-2")]
    [InlineData("H.264 in MP4")]
    public async Task Damage_that_a_decoder_sees_is_never_shown_as_a_picture(string name)
    {
        var encodings = await PhantomMaker.PythonAsync<IReadOnlyList<Encoding>>("Phantoms/make_encodings.py", [folder.Path, name]);
        var encoding = encodings.Single(e => Path.GetFileNameWithoutExtension(e.File) == name);
        var bytes = await File.ReadAllBytesAsync(encoding.File!);
        bytes.AsSpan(bytes.Length / 2, bytes.Length / 4).Clear();
        var refused = 0;
        var damaged = folder["damaged"];
        await File.WriteAllBytesAsync(damaged, bytes);
        using var file = Part10File.Open(damaged);
        var pixels = FrameSource.Open(file, FrameHeader.Read(file.DataSet), codecs).Value!;
        var given = (await File.ReadAllBytesAsync(encoding.Source)).Chunk((int)(new FileInfo(encoding.Source).Length / encoding.Frames)).ToList();
        foreach (var (frame, result) in pixels.ReadMany([.. Enumerable.Range(0, encoding.Frames)], CancellationToken.None))
        {
            using var image = result.Value;
            refused += image is null ? 1 : 0;
            if (image is not null)
                Assert.Null(Difference(image.Pixels.ToArray(), frame, given, lossless: false));
        }

        Assert.True(refused > 0, "the damage went unnoticed");
    }

    [Fact]
    public async Task A_worker_that_stops_says_nothing_about_a_video()
    {
        var encodings = await PhantomMaker.PythonAsync<IReadOnlyList<Encoding>>("Phantoms/make_encodings.py", [folder.Path, "H.264"]);
        using var file = Part10File.Open(encodings.Single(e => e.Name == "H.264").File!);
        var pixels = FrameSource.Open(file, FrameHeader.Read(file.DataSet), codecs).Value!;
        Assert.Throws<OperationCanceledException>(() => pixels.ReadMany([0, 5], new CancellationToken(canceled: true)).ToList());
    }

    private IEnumerable<string> Faults(Encoding encoding)
    {
        if (encoding.File is not { } path)
        {
            yield return $"{encoding.Name}: its encoder failed";
            yield break;
        }

        using var file = Part10File.Open(path);
        var source = FrameSource.Open(file, FrameHeader.Read(file.DataSet), codecs);
        if (source.Value is not { } pixels || pixels.Frames != encoding.Frames)
        {
            yield return $"{encoding.Name}: {source.Detail ?? $"{source.Value!.Frames} frames"}";
            yield break;
        }

        var given = File.ReadAllBytes(encoding.Source).Chunk((int)(new FileInfo(encoding.Source).Length / encoding.Frames)).ToList();
        foreach (var frame in Enumerable.Range(0, encoding.Frames))
            if (Fault(pixels, frame, given, encoding.Lossless) is { } fault)
                yield return $"{encoding.Name}, frame {frame + 1}: {fault}";
    }

    /// <summary>Null when the frame is what went in, and no other frame.</summary>
    private static string? Fault(FrameSource pixels, int frame, List<byte[]> given, bool lossless)
    {
        var (bytes, why) = pixels.Header.BitsAllocated == 16 ? Stored(pixels, frame) : Picture(pixels, frame);
        return bytes is null ? why : Difference(bytes, frame, given, lossless);
    }

    /// <summary>Null when the bytes are those of the frame, and nearer to no other.</summary>
    private static string? Difference(byte[] bytes, int frame, List<byte[]> given, bool lossless)
    {
        if (bytes.Length != given[frame].Length)
            return $"{bytes.Length} bytes instead of {given[frame].Length}";
        if (lossless)
            return bytes.AsSpan().SequenceEqual(given[frame]) ? null : "not what went in";
        var means = given.Select(g => bytes.Zip(g, (a, b) => Math.Abs(a - b)).Average()).ToList();
        var mean = means[frame];
        if (means.Min() < mean)
            return $"is frame {means.IndexOf(means.Min()) + 1}";
        return mean <= MostMeanDifference ? null : string.Create(CultureInfo.InvariantCulture, $"{mean:F1} levels off on average");
    }

    private static (byte[]? Bytes, string? Why) Stored(FrameSource pixels, int frame)
    {
        var result = pixels.ReadStored(frame, CancellationToken.None);
        using var stored = result.Value;
        return (stored?.Data.ToArray(), result.Detail);
    }

    private static (byte[]? Bytes, string? Why) Picture(FrameSource pixels, int frame)
    {
        var result = pixels.Read(frame, CancellationToken.None);
        using var image = result.Value;
        return (image?.Pixels.ToArray(), result.Detail);
    }
}
