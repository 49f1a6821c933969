using PacsAiWorker.Inference.Packages;
using PacsAiWorker.Pipeline.Scoring;
using PacsAiWorker.Records.Rows;

namespace PacsAiWorker.Tests.Pipeline.Scoring;

public sealed class StageGateTests
{
    private static ModelEvaluation Evidence(string level) => new("set", "study", level, 100, 50, 0.9, 0.85, 0.95, 0.9, 0.9);

    [Fact]
    public void A_version_beside_the_first_observes_until_it_is_named()
    {
        var models = new ModelsOptions { Stages = new Dictionary<string, string> { ["kidney"] = "report", ["kidney@1.2.0"] = "prioritise" } };
        Assert.Equal(["report", "observe", "prioritise"], [models.StageOf("kidney", "1.0.0", leads: true), models.StageOf("kidney", "1.1.0", leads: false), models.StageOf("kidney", "1.2.0", leads: false)]);
    }

    [Fact]
    public void A_package_observes_unless_the_site_says_otherwise() => Assert.Equal(ModelStages.Observe, new ModelsOptions().StageOf("any", "1.0.0", leads: true));

    [Fact]
    public void Evidence_on_studies_lets_a_package_prioritise() => Assert.Equal((ModelStages.Prioritise, null), StageGate.Decide(ModelStages.Prioritise, [Evidence("image"), Evidence("study")], "m"));

    [Fact]
    public void Evidence_on_single_images_does_not()
    {
        var (stage, remark) = StageGate.Decide(ModelStages.Prioritise, [Evidence("image")], "m");
        Assert.Equal(ModelStages.Report, stage);
        Assert.Contains("Models:Stages:m", remark, StringComparison.Ordinal);
    }

    [Fact]
    public void Figures_of_a_split_by_image_carry_no_priority() =>
        Assert.Equal(ModelStages.Report, StageGate.Decide(ModelStages.Prioritise, [Evidence("study") with { SplitUnit = "image" }], "m").Stage);

    [Fact]
    public void No_evidence_does_not_either() => Assert.Equal(ModelStages.Report, StageGate.Decide(ModelStages.Prioritise, [], "m").Stage);

    [Fact]
    public void What_a_flag_means_at_a_site_is_for_the_site_to_say_by_package_or_version()
    {
        var models = new ModelsOptions { Priorities = [new() { Model = "kidney", Priority = "TP1" }, new() { Model = "kidney@1.1.0", Priority = "TP4" }] };
        Assert.Equal(("TP1", "TP4"), (models.PriorityOf("kidney", "1.0.0", leads: true), models.PriorityOf("kidney", "1.1.0", leads: false)));
        Assert.Null(models.PriorityOf("kidney", "1.2.0", leads: false));
        Assert.Null(models.PriorityOf("liver", "1.0.0", leads: true));
    }
}
