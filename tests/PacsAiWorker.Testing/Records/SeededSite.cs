using System.Text.Json;
using PacsAiWorker.Records;
using PacsAiWorker.Records.Audit;
using PacsAiWorker.Records.Rows;

namespace PacsAiWorker.Testing.Records;

/// <summary>
/// A site's rows as the line leaves them: studies of two carts and two sites, two packages, flags, images that were not scored, reports on their
/// way, answers of readers, and every hostile text somewhere. The same numbers each time.
/// </summary>
public sealed class SeededSite(RecordsDatabase database, DateTime now)
{
    public const string Kidney = "kidney-normal-abnormal", Gout = "gout-mtp1";
    private const string KidneyIdentity = "1111111111111111111111111111111111111111111111111111111111111111", GoutIdentity = "2222222222222222222222222222222222222222222222222222222222222222";

    /// <summary>Study Instance UID of the study of a number.</summary>
    public static string Uid(int number) => $"1.2.826.0.1.3680043.8.498.7.{number}";

    /// <param name="studies">Each a little older than the one before, half an hour apart.</param>
    public Task FillAsync(int studies) => database.WriteAsync(async t =>
    {
        t.Context.AddRange(Model(Kidney, KidneyIdentity, 0.5), Model(Gout, GoutIdentity, 0.3));
        List<AuditEvent> events = [];
        for (var i = 0; i < studies; i++)
        {
            Add(t, i, events);
        }

        await t.Context.SaveChangesAsync();
        await AuditChain.AppendAsync(t, events, now, CancellationToken.None);
    }, CancellationToken.None);

    private void Add(RecordsTransaction t, int i, List<AuditEvent> events)
    {
        var received = now.AddMinutes(-30 * (i + 1));
        var open = i % 11 == 3;
        var flagged = !open && i % 5 == 0;
        var study = new StudyRow
        {
            Id = Guid.CreateVersion7(),
            StudyInstanceUid = Uid(i),
            State = open ? StudyStates.Open : StudyStates.Complete,
            InstanceCount = 3,
            CallingAe = i % 3 == 0 ? "CART2" : "CART1",
            Site = i % 4 == 0 ? "south" : "north",
            FirstReceivedAt = received,
            LastReceivedAt = received.AddSeconds(40),
            CompletedAt = open ? null : received.AddSeconds(100),
            Priority = open ? Priorities.NotEvaluated : flagged ? i % 10 == 0 ? Priorities.High : Priorities.Elevated : Priorities.Routine,
            PriorityReason = open ? "" : flagged ? $"2 of 2 images above threshold ({Kidney} 1.0.0)" : $"Not flagged by this model: 0 of 2 images above threshold ({Kidney} 1.0.0)",
            FlaggedAt = flagged ? received.AddSeconds(60) : null,
            ReadAt = i % 4 == 1 ? received.AddHours(1) : null,
            ReadBy = i % 4 == 1 ? "reader" : "",
        };
        t.Context.Add(study);
        var hostile = HostileTexts.All[i % HostileTexts.All.Count];
        t.Context.Add(new PatientIdentityRow
        {
            StudyId = study.Id,
            PatientId = $"P{i:0000}",
            PatientName = i % 2 == 0 ? $"Doe^Number{i}" : hostile,
            AccessionNumber = $"A{i:0000}",
            Sex = i % 2 == 0 ? "F" : hostile,
            BirthDate = "19800101",
            StudyDescription = i % 3 == 0 ? hostile : "Kidneys",
        });
        List<InstanceRow> images = [];
        for (var n = 1; n <= 3; n++)
        {
            var scored = n < 3 && !open;
            var image = new InstanceRow
            {
                Id = Guid.CreateVersion7(),
                StudyId = study.Id,
                SopInstanceUid = $"{Uid(i)}.1.{n}",
                SopClassUid = "1.2.840.10008.5.1.4.1.1.6.1",
                SeriesInstanceUid = $"{Uid(i)}.1",
                TransferSyntaxUid = "1.2.840.10008.1.2.1",
                Digest = Guid.NewGuid().ToString("N"),
                File = $"{Guid.CreateVersion7():N}:0:10",
                CallingAe = study.CallingAe,
                CalledAe = "PACSAI",
                Source = "cstore",
                IdentityDigest = "",
                ReceivedAt = received.AddSeconds(n * 10),
                InstanceNumber = n,
                Modality = "US",
                Manufacturer = hostile,
                ManufacturerModel = "Scanner",
                Outcome = open ? null : scored ? Outcomes.Scored : Outcomes.NotScored,
                OutcomeReason = open || scored ? null : i % 2 == 0 ? "colour or spectral Doppler" : "corrupt",
                OutcomeDetail = open || scored ? null : hostile,
            };
            images.Add(image);
            t.Context.Add(image);
            events.Add(new AuditEvent("received", $"instance:{image.Id}", study.Id, new { ae = study.CallingAe }));
            if (scored)
            {
                t.Context.Add(Score(study, image, flagged ? 0.9 : 0.1));
            }
        }

        if (!open)
        {
            Decide(t, study, i, flagged, events);
        }
    }

    private static void Decide(RecordsTransaction t, StudyRow study, int i, bool flagged, List<AuditEvent> events)
    {
        var result = Result(study, Kidney, KidneyIdentity, flagged ? 0.9 : 0.1, 0.5);
        t.Context.Add(result);
        events.Add(new AuditEvent("result", $"result:{result.Id}", study.Id, new { model = Kidney, result.IsPositive }));
        if (i % 2 == 0)
        {
            t.Context.Add(Result(study, Gout, GoutIdentity, i % 6 == 0 ? 0.4 : null, 0.3));
        }

        var report = new ReportRow { Id = Guid.CreateVersion7(), ResultId = result.Id, SopClassUid = "1.2.840.10008.5.1.4.1.1.88.34", SopInstanceUid = $"{study.StudyInstanceUid}.9", SeriesInstanceUid = $"{study.StudyInstanceUid}.8", Content = [], Sha256 = "", CreatedAt = study.CompletedAt!.Value };
        t.Context.Add(report);
        t.Context.Add(new DeliveryRow
        {
            Id = Guid.CreateVersion7(),
            ReportId = report.Id,
            Destination = i % 2 == 0 ? "archive" : "second",
            State = i % 9 == 2 ? DeliveryStates.Pending : DeliveryStates.Stored,
            Status = i % 9 == 2 ? null : 0,
            CreatedAt = report.CreatedAt,
            StoredAt = i % 9 == 2 ? null : report.CreatedAt.AddSeconds(2),
            Commitment = i % 9 == 2 ? CommitmentStates.NotAsked : CommitmentStates.Committed,
            CommittedAt = i % 9 == 2 ? null : report.CreatedAt.AddSeconds(4),
        });
        if (i % 10 is 0 or 7)
        {
            t.Context.Add(new FeedbackRow { Id = Guid.CreateVersion7(), StudyId = study.Id, ResultId = result.Id, Verdict = i % 20 == 0 ? FeedbackVerdicts.Reject : FeedbackVerdicts.Accept, Reason = HostileTexts.All[i % HostileTexts.All.Count], Source = "page", Actor = "reader", At = study.CompletedAt.Value.AddHours(1) });
        }
    }

    private static ModelRow Model(string id, string identity, double threshold) => new()
    {
        Identity = identity,
        ModelId = id,
        Version = "1.0.0",
        Sha256 = identity,
        Manufacturer = "A site",
        Family = "CNN",
        Aggregation = "max",
        Threshold = threshold,
        PositivePriority = Priorities.Elevated,
        Stage = ModelStages.Prioritise,
        Classes = """[{"id":"normal","display":"Not flagged","isPositive":false},{"id":"abnormal","display":"Abnormal","isPositive":true}]""",
    };

    private static ResultRow Result(StudyRow study, string model, string identity, double? probability, double threshold) => new()
    {
        Id = Guid.CreateVersion7(),
        StudyId = study.Id,
        Revision = 1,
        ModelId = model,
        ModelVersion = "1.0.0",
        ModelSha256 = identity,
        ModelIdentity = identity,
        Stage = ModelStages.Prioritise,
        InputDigest = "",
        Inputs = "[]",
        ImagesReceived = 3,
        ImagesScored = probability is null ? 0 : 2,
        ImagesPositive = probability >= threshold ? 2 : 0,
        NotScored = "{}",
        Aggregation = "max",
        Probability = probability,
        Threshold = threshold,
        IsPositive = probability >= threshold,
        Priority = Priorities.Elevated,
        Sentence = probability is null ? "None of its images could be scored" : probability >= threshold ? "2 of 2 images above threshold" : "Not flagged by this model: 0 of 2 images above threshold",
        RunStartedAt = study.CompletedAt!.Value,
        DecidedAt = study.CompletedAt.Value,
    };

    private static ScoreRow Score(StudyRow study, InstanceRow image, double probability) => new()
    {
        Id = Guid.CreateVersion7(),
        InstanceId = image.Id,
        StudyId = study.Id,
        ModelId = Kidney,
        ModelVersion = "1.0.0",
        ModelSha256 = KidneyIdentity,
        ModelIdentity = KidneyIdentity,
        ClassIds = """["normal","abnormal"]""",
        Logits = "[0,0]",
        Probabilities = JsonSerializer.Serialize(new[] { 1 - probability, probability }),
        PredictedClass = probability > 0.5 ? "abnormal" : "normal",
        PositiveProbability = probability,
        Threshold = 0.5,
        IsPositive = probability >= 0.5,
        CropSource = "region",
        Preprocessing = "v1",
        Runtime = "CPU",
        InputSha256 = "",
        ScoredAt = image.ReceivedAt,
        InputPicture = $"{study.Id:N}/{image.Id:N}.png",
    };
}
