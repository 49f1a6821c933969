using PacsAiWorker.EndToEnd.Phantoms;
using PacsAiWorker.EndToEnd.Servers;
using Xunit;

namespace PacsAiWorker.EndToEnd.Judges;

/// <summary>Programs of others that read our reports.</summary>
internal static class ReportJudges
{
    public static Task<IReadOnlyList<StructuredReport>> ReadAsync(IEnumerable<string> files) =>
        PhantomMaker.PythonAsync<IReadOnlyList<StructuredReport>>("Judges/read_sr.py", files);

    /// <summary>dciodvfy knows the object and finds no error in it.</summary>
    public static async Task AcceptedByDciodvfyAsync(string file)
    {
        var result = await Tool.RunAsync(Tool.Find("/usr/bin/dciodvfy", "dicom3tools"), [file]);
        Assert.Contains("Comprehensive3DSR", result.All, StringComparison.Ordinal);
        Assert.DoesNotContain(result.All.Split('\n'), line => line.StartsWith("Error", StringComparison.Ordinal));
    }

    /// <summary>dsrdump reads the whole tree without complaint.</summary>
    public static async Task AcceptedByDsrdumpAsync(string file)
    {
        var result = (await Tool.RunAsync(Tool.Find("/usr/bin/dsrdump", "dcmtk"), ["+Pn", "+Pc", "+Pl", file])).Succeeded();
        Assert.DoesNotContain(result.All.Split('\n'), line => line.StartsWith("E:", StringComparison.Ordinal));
    }
}
