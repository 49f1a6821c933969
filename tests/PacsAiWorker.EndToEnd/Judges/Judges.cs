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

    /// <summary>
    /// PixelMed's DicomSRValidator finds the root template, and no error in it but one: a procedure of a real ultrasound department is in no
    /// context group 100.
    /// </summary>
    public static async Task AcceptedByPixelMedAsync(IReadOnlyList<string> files)
    {
        foreach (var file in files)
        {
            // The three limits are of the JDK's XPath, which the templates exceed.
            var result = await Tool.RunAsync(Tool.Find("/usr/bin/java", "default-jre-headless"),
                ["-Djdk.xml.xpathExprOpLimit=0", "-Djdk.xml.xpathExprGrpLimit=0", "-Djdk.xml.xpathTotalOpLimit=0", "-Xss64m", "-XX:TieredStopAtLevel=1",
                 "-cp", "/usr/share/java/pixelmed.jar", "com.pixelmed.validate.DicomSRValidator", file]);
            Assert.Contains("Found Root Template TID_1500", result.All, StringComparison.Ordinal);
            Assert.Contains("IOD validation complete", result.All, StringComparison.Ordinal);
            Assert.DoesNotContain(result.All.Split('\n'), line => line.StartsWith("Error:", StringComparison.Ordinal) && !line.Contains("not found in context group 100", StringComparison.Ordinal));
        }
    }

    /// <summary>dsrdump reads the whole tree without complaint.</summary>
    public static async Task AcceptedByDsrdumpAsync(string file)
    {
        var result = (await Tool.RunAsync(Tool.Find("/usr/bin/dsrdump", "dcmtk"), ["+Pn", "+Pc", "+Pl", file])).Succeeded();
        Assert.DoesNotContain(result.All.Split('\n'), line => line.StartsWith("E:", StringComparison.Ordinal));
    }
}
