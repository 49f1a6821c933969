using System.Runtime.CompilerServices;
using System.Text.Json;
using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Dicom.Files;
using PacsAiWorker.EndToEnd.Line;
using PacsAiWorker.EndToEnd.Phantoms;
using PacsAiWorker.EndToEnd.Servers;
using Xunit;

namespace PacsAiWorker.EndToEnd.Judges;

/// <summary>Our reader and writer against pydicom and DCMTK, over every file that pydicom brings and the real files at hand.</summary>
public sealed class DataSetsTests
{
    private const string CharsetFiles = "/usr/lib/python3/dist-packages/pydicom/data/charset_files";

    [Fact]
    public async Task Every_file_of_pydicom_is_read_and_written_as_others_read_it_or_differs_for_a_known_reason()
    {
        using var scratch = new TempFolder("datasets");
        var files = DataSetsJudges.FilesBelow(DataSetsJudges.PydicomFiles);
        Assert.True(files.Count > 80, $"only {files.Count} files below {DataSetsJudges.PydicomFiles}");
        var rows = await DataSetsJudges.CompareAsync(DataSetsJudges.PydicomFiles, files, scratch.Path);
        Assert.Empty(rows.SelectMany(DataSetsReasons.Unexplained));
        Assert.Empty(DataSetsReasons.Unused(rows));
        Assert.Equal(["rtplan_truncated.dcm"], rows.Where(r => r.Ours == DataSetsJudges.Refused).Select(r => r.Name));

        string document = Path.Combine(Root(), "docs", "judges.md");
        string table = DataSetsTable.Write(rows);
        if (Environment.GetEnvironmentVariable("PACSAI_REFRESH") == "1")
        {
            await File.WriteAllTextAsync(document, table);
        }

        Assert.Equal(table, await File.ReadAllTextAsync(document));
    }

    [Fact]
    public async Task Real_files_are_read_and_written_as_others_read_them()
    {
        if (Environment.GetEnvironmentVariable("PACSAI_SAMPLES") is not { Length: > 0 } folder)
        {
            Console.WriteLine(Samples.WhyNone);
            return;
        }

        using var scratch = new TempFolder("datasets");
        var rows = await DataSetsJudges.CompareAsync(
            folder, [.. DataSetsJudges.FilesBelow(folder).Where(f => f.EndsWith(".dcm", StringComparison.Ordinal))], scratch.Path);
        Assert.NotEmpty(rows);
        Assert.All(rows, r => Assert.True(r is { Pydicom: DataSetsJudges.Same, Dcmdump: DataSetsJudges.Same, Rewritten: DataSetsJudges.Same }, $"{r.Name}: {string.Join("; ", r.Details)}"));
    }

    [Fact]
    public async Task The_dictionary_says_what_that_of_pydicom_says()
    {
        var theirs = await PhantomMaker.PythonAsync<IReadOnlyList<IReadOnlyList<string>>>("Judges/read_elements.py", ["dictionary"]);
        var ours = TagDictionary.All.ToDictionary(e => e.Tag);
        Assert.True(theirs.Count > 4900);
        foreach (var row in theirs.Where(r => r[1] != "NONE"))
        {
            Assert.True(ours.Remove(row[0], out DictionaryEntry? mine), $"{row[0]} {row[2]} is missing");
            Assert.Equal((row[1].Replace(" or ", "|", StringComparison.Ordinal), row[2], row[3].Replace(" or ", "|", StringComparison.Ordinal)), (mine.VrChoice, mine.Keyword, mine.Multiplicity));
        }

        // Newer than this pydicom, from edition 2022b.
        Assert.Equal(["00060001", "00080017", "00080019", "00081088", "00200027"], ours.Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Text_in_every_character_set_is_decoded_as_pydicom_decodes_it()
    {
        var files = DataSetsJudges.FilesBelow(CharsetFiles);
        Assert.True(files.Count >= 17);
        var theirs = await PhantomMaker.PythonAsync<IReadOnlyList<TextFile>>("Judges/read_elements.py", ["text", .. files]);
        int compared = 0;
        foreach (TextFile file in theirs)
        {
            using var opened = Part10File.Open(file.File);
            foreach (var text in file.Texts)
            {
                string path = text[0].GetString()!;

                // pydicom leaves out empty groups at the end of a name.
                var values = text[1].EnumerateArray().Select(v => v.GetString()!.Trim().TrimEnd('='));
                var ours = TextAt(opened.DataSet, path).Select(v => v.TrimEnd('='));
                Assert.Equal((file.File, path, string.Join('\\', values)), (file.File, path, string.Join('\\', ours)));
                compared++;
            }
        }

        Assert.True(compared > 100, $"only {compared} texts");
    }

    private sealed record TextFile(string File, IReadOnlyList<IReadOnlyList<JsonElement>> Texts);

    private static IReadOnlyList<string> TextAt(DataSet set, string path)
    {
        string[] steps = path.Split('.');
        foreach (string step in steps[..^1])
        {
            set = set.GetItems(Tag(step[..8]))[int.Parse(step[9..^1], null)];
        }

        return set.GetStrings(Tag(steps[^1]));
    }

    private static DicomTag Tag(string digits) => DicomTag.FromNumber(Convert.ToUInt32(digits, 16));

    private static string Root([CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", ".."));
}
