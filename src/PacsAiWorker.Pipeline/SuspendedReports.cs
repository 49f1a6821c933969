using PacsAiWorker.Inference;
using PacsAiWorker.Pipeline.Work;
using PacsAiWorker.Records.Rows;

namespace PacsAiWorker.Pipeline;

/// <summary>What becomes of a suspended package's reports that have not left: a person decides, report by report or all at once.</summary>
internal static class SuspendedReports
{
    public static WorkVerdict Held(ModelRow model) => model.RecalledAt is not null
        ? new WorkVerdict.Park(NotScoredReason.PackageRecalled.Text(), $"{model.SuspensionText}: what it said is withdrawn as the recall comes to the study; else give it up with `work discard`")
        : new WorkVerdict.Park(NotScoredReason.PackageSuspended.Text(),
        $"{model.SuspensionText}: let it go with `model resume {model.ModelId}@{model.Version} --reason …` and `work retry`, or give it up with `work discard`");
}
