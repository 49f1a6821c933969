using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using PacsAiWorker.Dicom.Files;
using PacsAiWorker.Inference.Imaging;
using PacsAiWorker.Inference.Imaging.Codecs;

namespace PacsAiWorker.Benchmarks;

/// <summary>
/// JPEG stills: decoding in a process apart beside decoding with the same library in this process (what isolation costs), and beside
/// DCMTK's dcmdjpeg and GDCM, whose programs decode a file and write it.
/// </summary>
public sealed class DecodeBench : IBench
{
    private const int Rounds = 5, Frames = 200;

    public string Name => "decode";

    public async Task<JsonObject> RunAsync()
    {
        using var folder = new Scratch("decode");
        var path = await JpegStill.MakeAsync(folder.Path);
        using var pool = new CodecPool(new CodecOptions { Processes = 1 });
        using var file = Part10File.Open(path);
        var source = FrameSource.Open(file, FrameHeader.Read(file.DataSet), pool).Value!;
        var job = source.JobOf(0);
        var target = new byte[job.TargetBytes];
        double apart = double.MaxValue, within = double.MaxValue;
        for (var round = 0; round < Rounds; round++)
        {
            within = Math.Min(within, Time(() => Checked(FrameCodec.Decode(job, source.CodestreamOf(0), target))));
            apart = Math.Min(apart, Time(() => source.ReadStored(0, CancellationToken.None).Value!.Dispose()));
        }

        var own = await Program("dcmdjpeg", [path, Path.Combine(folder.Path, "d.dcm")]);
        var gdcm = await Program("gdcmconv", ["--raw", path, Path.Combine(folder.Path, "g.dcm")]);
        var result = new JsonObject
        {
            ["picture"] = "1024 x 768 RGB, JPEG 4:2:0",
            ["millisecondsInThisProcess"] = within,
            ["millisecondsInAProcessApart"] = apart,
            ["isolationCost"] = apart / within - 1,
            ["timesFasterThanDcmdjpegProgram"] = own / apart,
            ["timesFasterThanGdcmconvProgram"] = gdcm / apart,
        };
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"one frame: {within:F2} ms in this process, {apart:F2} ms in a process apart: isolation costs {100 * (apart / within - 1):F1} %"));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"dcmdjpeg takes {own / apart:F1} times as long, gdcmconv {gdcm / apart:F1} times (each a program that also writes the file)"));
        return result;
    }

    private static double Time(Action decode)
    {
        for (var i = 0; i < Frames / 10; i++)
            decode();
        var watch = Stopwatch.StartNew();
        for (var i = 0; i < Frames; i++)
            decode();
        return watch.Elapsed.TotalMilliseconds / Frames;
    }

    private static void Checked(CodecReply reply)
    {
        if (reply.Reason is not null)
            throw new InvalidOperationException(reply.Detail);
    }

    private static async Task<double> Program(string name, string[] arguments)
    {
        var best = double.MaxValue;
        for (var i = 0; i < Rounds; i++)
        {
            var watch = Stopwatch.StartNew();
            using var process = Process.Start(name, arguments);
            await process.WaitForExitAsync();
            best = Math.Min(best, watch.Elapsed.TotalMilliseconds);
        }

        return best;
    }
}

/// <summary>A picture as carts send it, compressed by cjpeg.</summary>
internal static class JpegStill
{
    private const int Width = 1024, Height = 768;

    public static async Task<string> MakeAsync(string folder)
    {
        var (ppm, jpeg, path) = (Path.Combine(folder, "p.ppm"), Path.Combine(folder, "p.jpg"), Path.Combine(folder, "p.dcm"));
        var random = new Random(1);
        var pixels = new byte[Width * Height * 3];
        for (var i = 0; i < pixels.Length; i += 3)
        {
            int x = i / 3 % Width, y = i / 3 / Width;
            var speckle = (x - 512) * (x - 512) + y * y < 700 * 700 && y > 60 ? (byte)(40 + random.Next(90)) : (byte)0;
            (pixels[i], pixels[i + 1], pixels[i + 2]) = (speckle, speckle, speckle);
        }

        await using (var file = File.Create(ppm))
        {
            file.Write(System.Text.Encoding.ASCII.GetBytes($"P6\n{Width} {Height}\n255\n"));
            file.Write(pixels);
        }

        using (var cjpeg = Process.Start("cjpeg", ["-quality", "90", "-outfile", jpeg, ppm]))
            await cjpeg.WaitForExitAsync();
        using (var img2dcm = Process.Start("img2dcm", [jpeg, path]))
            await img2dcm.WaitForExitAsync();
        return path;
    }
}

/// <summary>A folder that goes with the benchmark.</summary>
internal sealed class Scratch(string purpose) : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory($"pacsai-bench-{purpose}-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
