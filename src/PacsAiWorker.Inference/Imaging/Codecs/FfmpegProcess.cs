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

    public bool TookTooLong => limit.IsCancellationRequested;

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
            "-nostdin", "-hide_banner", "-loglevel", "quiet", "-threads", "1", "-protocol_whitelist", "file", "-f", demuxer, "-i", input,
            "-map", "0:v:0", "-vf", "select=" + chosen, "-vsync", "passthrough", "-frames:v", frames.Count.ToString(CultureInfo.InvariantCulture),
            "-sws_flags", "accurate_rnd+full_chroma_int+full_chroma_inp", "-c:v", "ppm", "-f", "image2pipe", "pipe:1",
        ];
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardInput = true };
        start.Environment.Clear();
        var process = Process.Start(start) ?? throw new DecodingUnavailableException($"{program} cannot be started.");
        process.StandardInput.Close();
        ProcessLimits.ConfineOther(process.Id, options.MemoryBytes, LimitsOfOneFrame * options.Limit);
        return new(process, LimitsOfOneFrame * options.Limit, cancellation);
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
