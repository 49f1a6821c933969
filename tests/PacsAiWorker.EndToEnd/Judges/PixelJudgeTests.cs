using System.Text;
using PacsAiWorker.EndToEnd.Line;
using PacsAiWorker.EndToEnd.Servers;
using PacsAiWorker.Inference.Imaging.Codecs;
using PacsAiWorker.Testing;
using Xunit;

namespace PacsAiWorker.EndToEnd.Judges;

public sealed class PixelJudgeTests : IDisposable
{
    private const string Files = "/usr/lib/python3/dist-packages/pydicom/data/test_files";
    private const string Document = "docs/judged-pixels.md";
    private static readonly string[] Judges = ["pydicom", "gdcm", "dcmtk", "openjpeg"];

    /// <summary>A subsampled stream cannot be RGB; both believe the label (C05 of the colour quirks).</summary>
    private static readonly HashSet<(string File, string Judge)> MisledByTheLabel = [("SC_rgb_jpeg_lossy_gdcm.dcm", "gdcm"), ("SC_rgb_jpeg_lossy_gdcm.dcm", "dcmtk")];

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
        var rows = await RowsAsync(Directory.EnumerateFiles(Files, "*.dcm").Order(StringComparer.Ordinal));
        Assert.Empty(Disagreements(rows));
        var table = Table(rows.Where(r => r.Cells.Any(c => c is PixelJudges.Equal or PixelJudges.Near || c.StartsWith(PixelJudges.OursSays, StringComparison.Ordinal))));
        var path = SourceTree.Path(Document);
        if (Environment.GetEnvironmentVariable("PACSAI_REFRESH") == "1")
            await File.WriteAllTextAsync(path, table);
        Assert.True(await File.ReadAllTextAsync(path) == table, $"{Document} is not what the judges say today: run this test with PACSAI_REFRESH=1 and look at the difference.");
    }

    [Fact]
    public async Task Every_real_sample_decodes_as_others_decode_it()
    {
        if (Samples.All.Count == 0)
            return;
        var rows = await RowsAsync(Samples.All.Select(s => s.Path));
        Assert.Empty(Disagreements(rows));
        Assert.All(rows, r => Assert.Contains(r.Cells, c => c is PixelJudges.Equal or PixelJudges.Near));
    }

    private sealed record Row(string File, IReadOnlyList<string> Cells);

    private async Task<List<Row>> RowsAsync(IEnumerable<string> files)
    {
        var judged = await PixelJudges.DecodeAsync(files, folder.Path);
        var compare = new PixelJudges(codecs);
        return [.. judged.GroupBy(j => j.File).Select(f => new Row(Path.GetFileName(f.Key), [.. Judges.Select(j => Cell(compare, f.First(e => e.Judge == j)))]))];
    }

    private static string Cell(PixelJudges compare, JudgedPixels judged)
    {
        var cell = compare.Compare(judged);
        return cell.StartsWith("differs", StringComparison.Ordinal) && MisledByTheLabel.Contains((Path.GetFileName(judged.File), judged.Judge)) ? "believes a wrong label" : cell;
    }

    private static IEnumerable<string> Disagreements(IEnumerable<Row> rows) =>
        from row in rows
        from cell in row.Cells
        where cell is not (PixelJudges.Equal or PixelJudges.Near or PixelJudges.NoDecoder or PixelJudges.Refuses or "believes a wrong label")
            && !cell.StartsWith(PixelJudges.OursSays, StringComparison.Ordinal)
        select $"{row.File}: {cell}";

    private static string Table(IEnumerable<Row> rows)
    {
        var table = new StringBuilder("""
            # Decoded pixels, judged by others

            Made by PixelJudgeTests from the test files of Debian's python3-pydicom: our samples beside those of pydicom's own code, GDCM, DCMTK
            and OpenJPEG. *equal*: every sample of every frame. *within 2*: a lossy picture or one in YBR, where two converters round
            differently. *no decoder*: the judge cannot decode that syntax. *refuses*: the judge gives an error for the file. *we: …*: the
            worker does not score such an image, for that reason of its closed list. *believes a wrong label*: the stream is subsampled, so it
            is YCbCr, and the judge takes it for the RGB of its label.


            """);
        table.Append("| file | ").AppendJoin(" | ", Judges).AppendLine(" |");
        table.Append("| --- |").AppendJoin("", Judges.Select(_ => " --- |")).AppendLine();
        foreach (var row in rows)
            table.Append("| ").Append(row.File).Append(" | ").AppendJoin(" | ", row.Cells).AppendLine(" |");
        return table.ToString();
    }
}
