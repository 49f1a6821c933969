using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using Microsoft.Win32.SafeHandles;
using PacsAiWorker.Native.Processes;

namespace PacsAiWorker.Inference.Imaging.Codecs;

/// <summary>One run of the ffmpeg program that gives chosen frames as pictures (Netpbm P6), one after the other.</summary>
internal sealed class FfmpegProcess : IDisposable
{
    /// <summary>A whole clip may be decoded for its last frame.</summary>
    private const int LimitsOfOneFrame = 6;

    private readonly Process process;
    private readonly Stream output;
    private readonly CancellationTokenSource limit;
    private readonly CancellationTokenRegistration onLimit;

    private FfmpegProcess(Process process, TimeSpan longest, CancellationToken cancellation)
    {
        this.process = process;
        output = new BufferedStream(process.StandardOutput.BaseStream, 1 << 16);
        limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(longest);
        onLimit = limit.Token.Register(Kill);
    }

    /// <summary>Full path of the program; null when there is none.</summary>
    public static string? Find(string name) =>
        name.Contains('/', StringComparison.Ordinal)
            ? File.Exists(name) ? name : null
            : (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);

    /// <param name="program">Full path.</param>
    /// <param name="stream">Memory that holds the stream.</param>
    /// <param name="demuxer">Its container.</param>
    /// <param name="frames">From 0.</param>
    /// <param name="options">Limits.</param>
    /// <param name="cancellation">Ends it.</param>
    public static FfmpegProcess Start(
        string program, SafeFileHandle stream, string demuxer, IReadOnlyList<int> frames, CodecOptions options, CancellationToken cancellation)
    {
        var chosen = string.Join('+', frames.Select(f => string.Create(CultureInfo.InvariantCulture, $"eq(n\\,{f})")));
        var input = string.Create(CultureInfo.InvariantCulture, $"file:/proc/{Environment.ProcessId}/fd/{stream.DangerousGetHandle()}");
        string[] arguments =
        [
            // -xerror: concealed damage would give pictures nobody took, and later frames another's number.
            "-nostdin", "-hide_banner", "-loglevel", "quiet", "-xerror", "-threads", "1", "-protocol_whitelist", "file", "-f", demuxer, "-i", input,
            "-map", "0:v:0", "-vf", "select=" + chosen, "-vsync", "passthrough", "-frames:v", frames.Count.ToString(CultureInfo.InvariantCulture),
            "-sws_flags", "accurate_rnd+full_chroma_int+full_chroma_inp", "-c:v", "ppm", "-f", "image2pipe", "pipe:1",
        ];
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardInput = true };
        start.Environment.Clear();
        var limit = LimitsOfOneFrame * options.Limit;
        try
        {
            var process = Process.Start(start)!;
            process.StandardInput.Close();
            ProcessLimits.ConfineOther(process.Id, options.MemoryBytes, 2 * limit);
            return new(process, limit, cancellation);
        }
        catch (Win32Exception error)
        {
            throw new DecodingUnavailableException($"{program} cannot be started: {error.Message}", error);
        }
    }

    /// <summary>Why there are no more frames, once <see cref="Next"/> gave none.</summary>
    /// <exception cref="DecodingUnavailableException">A signal ended ffmpeg, and it was not ours: the image is not at fault.</exception>
    public FrameResult<RasterImage> WhyNoMore(int given)
    {
        const int EndedBySignal = 128;
        process.WaitForExit();
        if (limit.IsCancellationRequested)
            return FrameResult<RasterImage>.Codec("decoding the video took too long");
        if (process.ExitCode > EndedBySignal)
            throw new DecodingUnavailableException($"ffmpeg was ended by signal {process.ExitCode - EndedBySignal}");
        return process.ExitCode != 0 && given == 0
            ? FrameResult<RasterImage>.Codec($"ffmpeg decodes no frame of the video (exit code {process.ExitCode})")
            : FrameResult<RasterImage>.Corrupt(string.Create(CultureInfo.InvariantCulture, $"the video is damaged or ends: {given} of the chosen frames could be decoded"));
    }

    /// <summary>The next chosen frame; null when the stream has no more.</summary>
    public RasterImage? Next()
    {
        const long MostPixels = 64L << 20;
        if (ReadWord() != "P6" || ReadNumber() is not { } width || ReadNumber() is not { } height || ReadNumber() != 255
            || (long)width * height is <= 0 or > MostPixels)
            return null;
        var pixels = new byte[width * height * 3];
        return output.ReadAtLeast(pixels, pixels.Length, throwOnEndOfStream: false) == pixels.Length ? new(width, height, 3, pixels) : null;
    }

    public void Dispose()
    {
        onLimit.Dispose();
        Kill();
        process.WaitForExit();
        output.Dispose();
        process.Dispose();
        limit.Dispose();
    }

    private int? ReadNumber() => int.TryParse(ReadWord(), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    /// <summary>A word and the one blank behind it.</summary>
    private string ReadWord()
    {
        const int Longest = 10;
        var word = "";
        while (word.Length < Longest && output.ReadByte() is >= 0 and var next && !char.IsWhiteSpace((char)next))
            word += (char)next;
        return word;
    }

    private void Kill()
    {
        try
        {
            process.Kill();
        }
        catch (InvalidOperationException)
        {
            // It has ended by itself.
        }
    }
}
