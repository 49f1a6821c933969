using PacsAiWorker.Inference.Packages;
using PacsAiWorker.Pipeline.Scoring;
using PacsAiWorker.Records.Rows;

namespace PacsAiWorker.Tests.Pipeline.Scoring;

public sealed class StageGateTests
{
    private static ModelEvaluation Evidence(string level) => new("set", "study", level, 100, 50, 0.9, 0.85, 0.95, 0.9, 0.9);

    [Fact]
    public void A_package_observes_unless_the_site_says_otherwise() => Assert.Equal(ModelStages.Observe, new ModelsOptions().StageOf("any"));

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
    public void No_evidence_does_not_either() => Assert.Equal(ModelStages.Report, StageGate.Decide(ModelStages.Prioritise, [], "m").Stage);
}
