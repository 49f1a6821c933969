using PacsAiWorker.Testing;
using System.Text.Json;
using System.Xml.Linq;

namespace PacsAiWorker.Tests.House;

public sealed class ProjectTests
{
    /// <summary>Arrows point one way: host → all; Pipeline → Inference, Records, Dicom, Native, Spool; Inference → Dicom, Native, Statistics; Spool → Native; Web → Records, Statistics.</summary>
    public static TheoryData<string, string[]> Arrows => new()
    {
        { "PacsAiWorker.Dicom", [] },
        { "PacsAiWorker.Native", [] },
        { "PacsAiWorker.Records", [] },
        { "PacsAiWorker.Statistics", [] },
        { "PacsAiWorker.Inference", ["Dicom", "Native", "Statistics"] },
        { "PacsAiWorker.Spool", ["Native"] },
        { "PacsAiWorker.Web", ["Records", "Statistics"] },
        { "PacsAiWorker.Pipeline", ["Dicom", "Inference", "Native", "Records", "Spool"] },
    };

    [Theory]
    [MemberData(nameof(Arrows))]
    public void A_project_references_only_what_the_architecture_allows(string project, string[] allowed)
    {
        var references = Xml(project).Descendants("ProjectReference").Select(r => Path.GetFileNameWithoutExtension(r.Attribute("Include")!.Value)["PacsAiWorker.".Length..]);
        Assert.Equal(allowed, references.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Unsafe_code_lives_in_one_project() =>
        Assert.Equal(["PacsAiWorker.Native"], Directory.GetDirectories(SourceTree.Path("src")).Select(d => Path.GetFileName(d)!)
            .Where(p => Xml(p).Descendants("AllowUnsafeBlocks").Any(e => e.Value == "true")));

    [Fact]
    public void The_DICOM_core_and_the_statistics_need_no_package() =>
        Assert.All(["PacsAiWorker.Dicom", "PacsAiWorker.Statistics"], p => Assert.Empty(Xml(p).Descendants("PackageReference")));

    [Fact]
    public void MassTransit_stays_on_its_free_line()
    {
        using var deps = JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "PacsAiWorker.Tests.deps.json")));
        var versions = deps.RootElement.GetProperty("libraries").EnumerateObject().Select(l => l.Name).Where(n => n.StartsWith("MassTransit", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(versions);
        Assert.All(versions, v => Assert.StartsWith("8.", v.Split('/')[1], StringComparison.Ordinal));
    }

    private static XDocument Xml(string project) => XDocument.Load(SourceTree.Path("src", project, project + ".csproj"));
}
