using PacsAiWorker.EndToEnd.Servers;
using PacsAiWorker.Tests.Pipeline.Reporting;
using Xunit;

namespace PacsAiWorker.EndToEnd.Judges;

/// <summary>Every kind of report that we write, before four programs of others.</summary>
public sealed class ReportVariantsTests : IDisposable
{
    private readonly TempFolder _folder = new("reports");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Every_kind_of_report_is_accepted_by_dciodvfy_and_dsrdump_and_reads_in_pydicom_as_its_rows_say()
    {
        var variants = ReportVariants.Sources().ToList();
        var files = Files();
        foreach (var file in files)
        {
            await ReportJudges.AcceptedByDciodvfyAsync(file);
            await ReportJudges.AcceptedByDsrdumpAsync(file);
        }

        foreach (var (variant, read) in variants.Zip(await ReportJudges.ReadAsync(files)))
        {
            var result = variant.Source.Result;
            Assert.Equal(("PRELIMINARY", "UNVERIFIED"), (read.Preliminary, read.Verification));
            Assert.Equal(variant.Source.Instances.Select(i => i.SopInstanceUid).Concat(variant.Name == "explained" ? [ReportVariants.HeatMapUid] : []).Order(StringComparer.Ordinal), read.Evidence.Order(StringComparer.Ordinal));
            var whole = Assert.Single(read.Whole);
            Assert.Equal(result.ModelIdentity, whole.Identity);
            Assert.Equal(result.Probability is null ? 0 : 1, whole.Probabilities.Count);
            Assert.All(whole.Probabilities, p => Assert.True(p.Prints(result.Probability!.Value), $"{variant.Name}: {p.Text} is not {result.Probability}"));
            Assert.Contains(result.Sentence, read.Comments);
            Assert.DoesNotContain(read.Words, w => w.StartsWith("Normal", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task A_heat_map_is_a_Secondary_Capture_without_fault()
    {
        File.WriteAllBytes(_folder["map.dcm"], ReportVariants.HeatMap());
        var result = await Tool.RunAsync(Tool.Find("/usr/bin/dciodvfy", "dicom3tools"), [_folder["map.dcm"]]);
        Assert.Contains("SCImage", result.All, StringComparison.Ordinal);
        Assert.DoesNotContain(result.All.Split('\n'), line => line.StartsWith("Error", StringComparison.Ordinal));
    }

    /// <summary>The validator that IHE names for AIR: templates and context groups, node by node.</summary>
    [Fact]
    public async Task PixelMed_finds_every_kind_in_its_templates() =>
        await ReportJudges.AcceptedByPixelMedAsync([.. Files().Where(f => Path.GetFileNameWithoutExtension(f) is "class" or "partial" or "failed" or "fetus" or "successor" or "withdrawn" or "ordered" or "explained" or "sided")]);

    private List<string> Files()
    {
        var files = new List<string>();
        foreach (var (name, content) in ReportVariants.All())
        {
            files.Add(_folder[name + ".dcm"]);
            File.WriteAllBytes(files[^1], content);
        }

        return files;
    }
}
