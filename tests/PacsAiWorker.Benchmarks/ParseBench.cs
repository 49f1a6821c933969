using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Dicom.Files;

namespace PacsAiWorker.Benchmarks;

/// <summary>
/// Reading headers up to the pixel data: ours, pydicom (one process, stop_before_pixels) and dcmdump (one process, all files, output
/// thrown away, pixel data not loaded), over pydicom's test files. Milliseconds a file; the ratio is theirs to ours.
/// </summary>
public sealed class ParseBench : IBench
{
    private const string Folder = "/usr/lib/python3/dist-packages/pydicom/data/test_files";
    private const int Rounds = 20;

    private const string Script = """
        import sys, time, warnings, pydicom
        warnings.simplefilter("ignore")
        def once():
            for p in sys.argv[2:]:
                pydicom.dcmread(p, stop_before_pixels=True, force=True)
        once()
        start = time.perf_counter()
        for _ in range(int(sys.argv[1])):
            once()
        print(time.perf_counter() - start)
        """;

    public string Name => "parse";

    public async Task<JsonObject> RunAsync()
    {
        string[] files = [.. Directory.EnumerateFiles(Folder, "*.dcm").Where(Readable).Order(StringComparer.Ordinal)];
        double ours = Ours(files);
        string said = await OutputAsync("/usr/bin/python3", ["-c", Script, $"{Rounds}", .. files]);
        double pydicom = double.Parse(said, CultureInfo.InvariantCulture) * 1000 / Rounds / files.Length;
        double dcmdump = await DcmdumpAsync(files);
        Console.WriteLine($"{files.Length} headers, {Rounds} rounds, milliseconds a file");
        var result = new JsonObject { ["files"] = files.Length, ["rounds"] = Rounds, ["oursMilliseconds"] = ours };
        Console.WriteLine($"ours     {ours,8:F3}");
        foreach (var (name, milliseconds) in new[] { ("pydicom", pydicom), ("dcmdump", dcmdump) })
        {
            Console.WriteLine($"{name,-8} {milliseconds,8:F3}  {milliseconds / ours,6:F1} times ours");
            result[name + "Milliseconds"] = milliseconds;
            result[name + "Ratio"] = milliseconds / ours;
        }

        return result;
    }

    private static double Ours(string[] files)
    {
        void Once()
        {
            foreach (string file in files)
            {
                Part10File.Open(file).Dispose();
            }
        }

        for (int i = 0; i < 5; i++)
        {
            Once();
        }

        var watch = Stopwatch.StartNew();
        for (int i = 0; i < Rounds; i++)
        {
            Once();
        }

        return watch.Elapsed.TotalMilliseconds / Rounds / files.Length;
    }

    /// <summary>Several files a process, so that its start counts little; it also prints, which cannot be turned off.</summary>
    private static async Task<double> DcmdumpAsync(string[] files)
    {
        string[] repeated = [.. Enumerable.Repeat(files, Rounds).SelectMany(f => f)];
        var watch = Stopwatch.StartNew();
        await OutputAsync("/usr/bin/dcmdump", ["-q", "-M", "+E", "+P", "0008,0018", .. repeated]);
        return watch.Elapsed.TotalMilliseconds / repeated.Length;
    }

    private static bool Readable(string file)
    {
        try
        {
            using var opened = Part10File.Open(file);
            return true;
        }
        catch (DicomFormatException)
        {
            return false;
        }
    }

    private static async Task<string> OutputAsync(string program, IEnumerable<string> arguments)
    {
        var info = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(info)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        await error;
        return output;
    }
}
