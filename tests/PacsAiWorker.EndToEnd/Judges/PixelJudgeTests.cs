using System.Text;
using PacsAiWorker.EndToEnd.Servers;
using PacsAiWorker.Inference.Imaging.Codecs;
using Xunit;
using Xunit.Abstractions;

namespace PacsAiWorker.EndToEnd.Judges;

public sealed class PixelJudgeTests(ITestOutputHelper output) : IDisposable
{
    private const string Files = "/usr/lib/python3/dist-packages/pydicom/data/test_files";
    private static readonly string[] Judges = ["pydicom", "gdcm", "dcmtk", "openjpeg"];

    private readonly TempFolder folder = new("pixels");
    private readonly CodecPool codecs = new(new CodecOptions { Processes = 2 });

    public void Dispose()
    {
        codecs.Dispose();
        folder.Dispose();
    }

    [Fact]
    public async Task Every_image_of_pydicom_decodes_as_others_decode_it()
    {
        var table = await TableAsync(Directory.EnumerateFiles(Files, "*.dcm").Order(StringComparer.Ordinal));
        output.WriteLine(table);
    }

    private async Task<string> TableAsync(IEnumerable<string> files)
    {
        var judged = await PixelJudges.DecodeAsync(files, folder.Path);
        var compare = new PixelJudges(codecs);
        var table = new StringBuilder();
        foreach (var file in judged.GroupBy(j => j.File))
            table.Append("| ").Append(Path.GetFileName(file.Key)).Append(" | ")
                .AppendJoin(" | ", Judges.Select(j => compare.Compare(file.First(f => f.Judge == j)))).AppendLine(" |");
        return table.ToString();
    }
}
