using System.Text.Json;
using PacsAiWorker.Records.Rows;

namespace PacsAiWorker.Tests.Pipeline;

/// <summary>Rows with everything filled in, to be varied by a test.</summary>
internal static class Rows
{
    public static readonly DateTime Time = new(2026, 11, 22, 10, 30, 0, DateTimeKind.Utc);

    public const string Sha = "9372c470eeadd5ecd9c3c74c2b3cb633f8e2f2fad799250a0f70d652b6b825e4";

    public static ModelRow Model(string aggregation = "max", double threshold = 0.5) => new()
    {
        Identity = Sha,
        ModelId = "renal-us-resnet50",
        Version = "2.3.1",
        Sha256 = Sha,
        Manufacturer = "A site",
        Family = "CNN",
        Aggregation = aggregation,
        Threshold = threshold,
        PositivePriority = Priorities.Elevated,
        Stage = ModelStages.Report,
        Classes = """[{"id":"not-flagged","display":"Not flagged","code":"NOTFLAGGED","scheme":"99PACSAI","meaning":"Not flagged by this model","site":"64033007","isPositive":false},{"id":"abnormal","display":"Abnormal kidney","code":"263654008","scheme":"SCT","meaning":"Abnormal","site":"64033007","isPositive":true}]""",
    };

    public static ScoreRow Score(Guid instance, double probability, double threshold = 0.5) => new()
    {
        Id = Guid.NewGuid(),
        InstanceId = instance,
        ModelId = "renal-us-resnet50",
        ModelVersion = "2.3.1",
        ModelSha256 = Sha,
        ModelIdentity = Sha,
        ClassIds = """["not-flagged","abnormal"]""",
        Logits = "[0,0]",
        Probabilities = JsonSerializer.Serialize(new[] { 1 - probability, probability }),
        PredictedClass = probability > 0.5 ? "abnormal" : "not-flagged",
        PositiveProbability = probability,
        Threshold = threshold,
        IsPositive = probability >= threshold,
        CropX0 = 10,
        CropY0 = 20,
        CropX1 = 309,
        CropY1 = 219,
        CropSource = "region",
        Preprocessing = "v1",
        Runtime = "ONNX Runtime 1.30.0, CPU",
        InputSha256 = Sha,
        ScoredAt = Time,
    };

    public static StudyRow Study() => new() { Id = new Guid(1, 2, 3, new byte[8]), StudyInstanceUid = "1.2.826.0.1.3680043.8.498.1", State = StudyStates.Complete, CallingAe = "US1", Site = "site-1" };

    public static InstanceRow Instance(StudyRow study, int number) => new()
    {
        Id = new Guid(number, 0, 0, new byte[8]),
        StudyId = study.Id,
        SopInstanceUid = $"{study.StudyInstanceUid}.1.{number}",
        SopClassUid = "1.2.840.10008.5.1.4.1.1.6.1",
        SeriesInstanceUid = study.StudyInstanceUid + ".1",
        TransferSyntaxUid = "1.2.840.10008.1.2.1",
        Digest = Sha,
        File = $"00/{number}.dcm",
        CallingAe = "US1",
        CalledAe = "PACSAI",
        Source = "cstore",
        IdentityDigest = "",
        InstanceNumber = number,
        Outcome = Outcomes.Scored,
        Rows = 480,
        Columns = 640,
        Frames = 1,
    };

    public static ResultRow Result(StudyRow study, ModelRow model, IReadOnlyList<ScoreRow> scores, int received) => new()
    {
        Id = new Guid(7, 7, 7, new byte[8]),
        StudyId = study.Id,
        Study = study,
        Revision = 1,
        ModelId = model.ModelId,
        ModelVersion = model.Version,
        ModelSha256 = model.Sha256,
        ModelIdentity = model.Identity,
        Stage = model.Stage,
        InputDigest = "fbb86c49c854bbc6e04f81972e38a11fbb4cfcef8d8ace440d2a1057ad262a54",
        Inputs = JsonSerializer.Serialize(scores.Select(s => s.InstanceId)),
        ImagesReceived = received,
        ImagesScored = scores.Count,
        ImagesPositive = scores.Count(s => s.IsPositive),
        NotScored = "{}",
        Aggregation = "max",
        Probability = scores.Max(s => s.PositiveProbability),
        Threshold = 0.5,
        IsPositive = scores.Any(s => s.IsPositive),
        Priority = scores.Any(s => s.IsPositive) ? Priorities.Elevated : Priorities.Routine,
        Sentence = "sentence",
        RunId = new Guid(9, 9, 9, new byte[8]),
        RunStartedAt = Time,
        DecidedAt = Time.AddSeconds(1),
    };
}
