using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Inference;
using PacsAiWorker.Inference.Routing;
using PacsAiWorker.Inference.Runtime;
using PacsAiWorker.Inference.Stages;
using PacsAiWorker.Native.OnnxRuntime;
using PacsAiWorker.Tests.Inference.Packages;
using Xunit;

namespace PacsAiWorker.Tests.Inference.Routing;

/// <summary>Routing through the scorer: real files, and copies of the shipped network under cards that ask for something.</summary>
public sealed class RoutedScoringTests : IDisposable
{
    private static readonly FixedClock Today = FixedClock.On(2026, 11, 22);
    private readonly Pictures _pictures = new();
    private readonly PackageFolder _packages = new();
    private ModelRegistry? _registry;

    public void Dispose()
    {
        _registry?.Dispose();
        _packages.Dispose();
        _pictures.Dispose();
    }

    private void Install(string id, string routing, bool isRouter = false) =>
        File.WriteAllText(Path.Combine(_packages.Add(id), "model.yaml"), Cards.Text(id, routing, isRouter));

    private static DataSet Image()
    {
        var pixels = new byte[128 * 128];
        new Random(1).NextBytes(pixels);
        return Pictures.Ultrasound("MONOCHROME2", 1, 128, 128, pixels);
    }

    [Fact]
    public async Task A_recipe_for_what_a_router_sees_says_that_its_weights_are_missing()
    {
        Install("kidney", "views: [kidney]");
        Install("spleen", "views: [spleen]");
        File.Delete(Path.Combine(_packages.Models, "kidney", "model.onnx"));
        File.Delete(Path.Combine(_packages.Models, "spleen", "model.onnx"));
        Install("views", "", isRouter: true);
        _registry = ModelRegistry.Load(_packages.Models, new RuntimeOptions(Provider: OrtProvider.Cpu, IntraOpThreads: 1), Today);
        var verdict = await new InstanceScorer(_registry.Current, TestCodecs.Pool, Today).ScoreAsync(_pictures.Write(Image()), 2, childrenOnly: false, CancellationToken.None);
        Assert.Equal(NotScoredReason.WeightsNotInstalled, verdict.Reason);
        Assert.StartsWith("kidney has no weights installed", verdict.Detail, StringComparison.Ordinal);
        Assert.DoesNotContain("spleen", verdict.Detail, StringComparison.Ordinal);
    }

    /// <summary>Scores, and sees that inspection decides the same.</summary>
    private async Task<InstanceVerdict> ScoreAsync(DataSet image, bool childrenOnly = false)
    {
        _registry ??= ModelRegistry.Load(_packages.Models, new RuntimeOptions(Provider: OrtProvider.Cpu, IntraOpThreads: 1), Today);
        Assert.Empty(_registry.Current.Refused);
        var (scorer, path) = (new InstanceScorer(_registry.Current, TestCodecs.Pool, Today), _pictures.Write(image));
        var verdict = await scorer.ScoreAsync(path, 2, childrenOnly, CancellationToken.None);
        var inspection = await scorer.InspectAsync(path, childrenOnly, CancellationToken.None);
        Assert.Equal((verdict.IsScored, verdict.Reason, verdict.Detail), (inspection.WouldScore, inspection.Reason, inspection.Detail));
        Assert.Equal(verdict.NotApplied, inspection.NotApplied);
        Assert.Equal(_registry.Current.Models.Where(m => !m.Card.IsRouter).Select(m => m.Card.Id).Order(), inspection.Applies.Concat(inspection.NotApplied.Select(n => n.ModelId)).Order());
        return verdict;
    }

    [Fact]
    public async Task A_router_goes_first_and_what_it_sees_decides_which_packages_follow()
    {
        Install("a-kidney", "views: [kidney]");
        Install("b-spleen", "views: [spleen]");
        Install("views", "", isRouter: true);
        var verdict = await ScoreAsync(Image());
        Assert.True(verdict.IsScored);
        Assert.Equal(["views", "a-kidney"], verdict.Scores.Select(s => s.ModelId));
        Assert.Equal((0, false), (verdict.Scores[0].PositiveProbability, verdict.Scores[0].IsPositive));
        Assert.Equal([("b-spleen", "the view router saw none of spleen, which b-spleen asks for")], verdict.NotApplied.Select(n => (n.ModelId, n.Why)));
    }

    /// <summary>The pixels are short of what rows and columns say.</summary>
    private static DataSet Cut() => Pictures.Ultrasound("MONOCHROME2", 1, 128, 128, new byte[100]);

    [Theory]
    [InlineData("sex: [F]", "F", true)]
    [InlineData("sex: [F]", "M", false)]
    [InlineData("sex: [F]", null, false)]
    public async Task An_image_that_cannot_be_read_remembers_the_package_that_it_was_certainly_meant_for(string routing, string? sex, bool meant)
    {
        Install("women", routing);
        var image = Cut();
        if (sex is not null)
        {
            image.Set(Tags.PatientSex, sex);
        }

        var verdict = await ScoreAsync(image);
        Assert.Equal(NotScoredReason.Corrupt, verdict.Reason);
        Assert.Equal(meant ? [_registry!.Current.Models[0].Identity] : [], verdict.MeantFor);
    }

    [Fact]
    public async Task An_image_of_unknown_age_remembers_the_package_that_asks_for_it_and_one_that_is_scored_does_not()
    {
        Install("children", "age: { to: 18 }");
        Install("everybody", "");
        var verdict = await ScoreAsync(Image());
        Assert.True(verdict.IsScored);
        Assert.Equal(_registry!.Current.Models.Where(m => m.Card.Id == "children").Select(m => m.Identity), verdict.MeantFor);
    }

    [Fact]
    public async Task The_stages_of_a_router_are_dumped_with_those_of_the_packages_that_follow()
    {
        Install("a-kidney", "views: [kidney]");
        Install("b-spleen", "views: [spleen]");
        Install("views", "", isRouter: true);
        await ScoreAsync(Image());
        var path = _pictures.Write(Image());
        var seen = await new InstanceScorer(_registry!.Current, TestCodecs.Pool, Today).InspectAsync(path, false, CancellationToken.None);
        var stages = await new StageDump(_registry!.Current, TestCodecs.Pool).WriteAsync(path, seen, Path.Combine(_pictures.Folder, "stages"), CancellationToken.None);
        Assert.Equal([null, "a-kidney", "views"], stages.Select(s => s.Model).Distinct());
    }

    [Fact]
    public async Task What_only_a_router_saw_is_not_scored_but_its_scores_are_kept()
    {
        Install("views", "", isRouter: true);
        var verdict = await ScoreAsync(Image());
        Assert.Equal((NotScoredReason.NoModelApplies, "only view routers are installed, and they make no findings"), (verdict.Reason!.Value, verdict.Detail));
        Assert.Equal("views", Assert.Single(verdict.Scores).ModelId);
    }

    [Fact]
    public async Task Without_a_router_that_answers_the_view_is_unknown()
    {
        Install("kidney", "views: [kidney]");
        Install("views", "imageType: [ABDOMINAL]", isRouter: true);
        Assert.Equal(NotScoredReason.ViewUnknown, (await ScoreWithObstaclesAsync(Image())).Reason);
        Assert.True((await ScoreWithObstaclesAsync(Image().Set(Tags.ImageType, "ORIGINAL", "PRIMARY", "ABDOMINAL", "0001"))).IsScored);
    }

    private async Task<InstanceVerdict> ScoreWithObstaclesAsync(DataSet image)
    {
        _registry ??= ModelRegistry.Load(_packages.Models, new RuntimeOptions(Provider: OrtProvider.Cpu, IntraOpThreads: 1), Today);
        return await new InstanceScorer(_registry.Current, TestCodecs.Pool, Today).ScoreAsync(_pictures.Write(image), 2, childrenOnly: false, CancellationToken.None);
    }

    [Fact]
    public async Task The_age_of_the_header_decides_and_a_caller_of_children_only_where_it_is_silent()
    {
        Install("children", "age: { to: 18 }");
        Assert.Equal(NotScoredReason.AgeUnknown, (await ScoreAsync(Image())).Reason);
        Assert.Equal(NotScoredReason.AgeUnknown, (await ScoreAsync(Image().Set(Tags.PatientBirthDate, "19000101").Set(Tags.StudyDate, "20261122"))).Reason);
        Assert.True((await ScoreAsync(Image(), childrenOnly: true)).IsScored);
        var child = await ScoreAsync(Image().Set(Tags.PatientAge, "007Y"));
        Assert.Equal((true, 7), (child.IsScored, child.Facts.AgeYears));
        Assert.Equal(NotScoredReason.NoModelApplies, (await ScoreAsync(Image().Set(Tags.PatientAge, "044Y"), childrenOnly: true)).Reason);
    }

    [Fact]
    public async Task Descriptions_route_and_are_never_repeated()
    {
        Install("kidney", "words: [kidney, 'niere*']");
        foreach (var tag in new[] { Tags.StudyDescription, Tags.SeriesDescription, Tags.ProtocolName, Tags.BodyPartExamined })
        {
            Assert.True((await ScoreAsync(Image().Set(tag, "LEFT KIDNEY"))).IsScored);
            var verdict = await ScoreAsync(Image().Set(tag, "SMITH HEART"));
            Assert.Equal(NotScoredReason.NoModelApplies, verdict.Reason);
            Assert.DoesNotContain("SMITH", $"{verdict.Detail} {verdict.Facts}", StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_report_screen_is_told_by_its_type_by_its_origin_and_by_its_regions()
    {
        Install("any", "");
        DataSet[] screens =
        [
            Image().Set(Tags.ImageType, "DERIVED", "SECONDARY", "REPORT"),
            Image().Set(Tags.ImageType, "DERIVED", "SECONDARY", "OB", "WORKSHEET"),
            Image().Set(Tags.SOPClassUID, SopClasses.SecondaryCapture).Set(Tags.ConversionType, "SD"),
            Image().SetItems(Tags.SequenceOfUltrasoundRegions, Region(0), Region(5)),
        ];
        foreach (var screen in screens)
            Assert.Equal(NotScoredReason.ReportScreen, (await ScoreAsync(screen)).Reason);
        Assert.True((await ScoreAsync(Image().SetItems(Tags.SequenceOfUltrasoundRegions, Region(0)))).IsScored);
        Assert.True((await ScoreAsync(Image().SetItems(Tags.SequenceOfUltrasoundRegions, Region(5), Region(1)))).IsScored);
    }

    private static DataSet Region(ushort format) => new DataSet().SetUShort(Tags.RegionSpatialFormat, format).SetUShort(Tags.RegionDataType, 1)
        .SetInt(Tags.RegionLocationMinX0, 0).SetInt(Tags.RegionLocationMinY0, 0).SetInt(Tags.RegionLocationMaxX1, 127).SetInt(Tags.RegionLocationMaxY1, 127);

    [Fact]
    public async Task Grabbed_screens_and_burned_in_text_end_as_the_card_says()
    {
        Install("strict", "secondaryCaptures: false, burnedInText: false");
        var grabbed = Image().Set(Tags.SOPClassUID, SopClasses.SecondaryCapture);
        Assert.Equal(NotScoredReason.UnsupportedObject, (await ScoreAsync(grabbed)).Reason);
        Assert.Equal(NotScoredReason.BurnedInText, (await ScoreAsync(Image().Set(Tags.BurnedInAnnotation, "YES"))).Reason);
        Assert.True((await ScoreAsync(Image().Set(Tags.BurnedInAnnotation, "NO"))).IsScored);
    }

    [Fact]
    public async Task Doppler_is_Doppler_whatever_the_card_asks_for()
    {
        Install("children", "age: { to: 18 }, words: [kidney]");
        Assert.Equal(NotScoredReason.Doppler, (await ScoreAsync(Image().Set(Tags.ImageType, "ORIGINAL", "PRIMARY", "ABDOMINAL", "0011"))).Reason);
        Assert.Equal(NotScoredReason.MMode, (await ScoreAsync(Image().Set(Tags.ImageType, "ORIGINAL", "PRIMARY", "ABDOMINAL", "0002"))).Reason);
    }

    [Theory]
    [InlineData("20200101", true)]
    [InlineData("19000101", false)]
    [InlineData(null, false)]
    public async Task A_birth_date_that_somebody_else_knows_stands_in_for_the_header_and_a_placeholder_does_not(string? birth, bool scored)
    {
        Install("child", "age: { to: 18 }");
        _registry = ModelRegistry.Load(_packages.Models, new RuntimeOptions(Provider: OrtProvider.Cpu, IntraOpThreads: 1), Today);
        var image = Image().Set(Tags.StudyDate, "20261122").Set(Tags.PatientBirthDate);
        var verdict = await new InstanceScorer(_registry.Current, TestCodecs.Pool, Today).ScoreAsync(_pictures.Write(image), 2, new AgeHint(false, birth), CancellationToken.None);
        Assert.Equal((scored, scored ? null : NotScoredReason.AgeUnknown), (verdict.IsScored, verdict.Reason));
    }

    /// <summary>The package takes patients of at most 18 years; 2020 is the year of a child's birth, 1970 of an adult's.</summary>
    [Theory]
    [InlineData("", null, "20200101", null, true)]
    [InlineData("", "19000101", "20200101", null, true)]
    [InlineData("", null, null, "006Y", true)]
    [InlineData("", null, "19000101", null, false)]
    [InlineData("19700101", null, "20200101", null, false)]
    [InlineData("", "19700101", "20200101", null, false)]
    [InlineData("20200101", null, "19700101", null, true)]
    public async Task What_the_modality_worklist_says_counts_only_where_the_image_and_its_study_say_nothing(string header, string? study, string? listed, string? age, bool scored)
    {
        Install("child", "age: { to: 18 }");
        _registry = ModelRegistry.Load(_packages.Models, new RuntimeOptions(Provider: OrtProvider.Cpu, IntraOpThreads: 1), Today);
        var image = Image().Set(Tags.StudyDate, "20261122").Set(Tags.PatientBirthDate, header.Length > 0 ? [header] : []);
        var verdict = await new InstanceScorer(_registry.Current, TestCodecs.Pool, Today).ScoreAsync(_pictures.Write(image), 2, new AgeHint(false, study, listed, age), CancellationToken.None);
        Assert.Equal(scored, verdict.IsScored);
    }

    [Theory]
    [InlineData("20200101", null, true)]
    [InlineData(null, "006Y", true)]
    [InlineData("19000101", null, false)]
    [InlineData(null, "000Y", false)]
    [InlineData(null, null, false)]
    public void An_entry_of_the_worklist_that_tells_no_age_is_none(string? listed, string? age, bool tells) => Assert.Equal(tells, new AgeHint(false, null, listed, age).TellsOn("20261122"));
}
