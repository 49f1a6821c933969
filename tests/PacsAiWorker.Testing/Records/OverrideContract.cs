using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using PacsAiWorker.Records.Queries;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Stores;
using Xunit;

namespace PacsAiWorker.Testing.Records;

/// <summary>A person lowers and raises one study; what machines said is there as rows.</summary>
public abstract class OverrideContract(IEmptyDatabases databases) : RecordsContract(databases)
{
    private const string Study = "1.2.3";
    private const string Person = "person:x";
    private static readonly DateTime Now = DateTime.UtcNow;

    private OverrideStore Store => new(Database, Work);

    private Task<OverrideOutcome> LowerAsync(string model, string? finding = null) => Store.LowerAsync(Study, model, finding, "artefact", Person, Now, None);

    /// <summary>Packages that flagged the study, one image each, and its priority from them.</summary>
    private async Task FlaggedAsync(params (string Model, string Finding, string Priority)[] said)
    {
        await CommitAsync(Received(Study, "1.2.3.1"));
        await Database.WriteAsync(async t =>
        {
            var (study, image) = (await t.Context.Studies.SingleAsync(), await t.Context.Instances.SingleAsync());
            foreach (var (model, says) in said.GroupBy(s => s.Model).Select(g => (g.Key, g.ToList())))
            {
                t.Context.Add(Model(model, says[0].Priority));
                t.Context.Add(Result(study, model, says[0].Priority));
                t.Context.AddRange(says.Select((s, frame) => Score(image, model, s.Finding, frame)));
            }

            (study.Priority, study.PriorityReason, study.FlaggedAt) = (said.Select(s => s.Priority).MinBy(Priorities.Rank)!, "1 of 1 image above threshold", Now);
            await t.Context.SaveChangesAsync();
        }, None);
    }

    private async Task<StudyRow> StudyAsync()
    {
        await using var context = Database.Open();
        return await context.Studies.AsNoTracking().SingleAsync();
    }

    private async Task<IReadOnlyList<string>> NoticesAsync()
    {
        await using var context = Database.Open();
        return [.. (await context.Work.Where(w => w.Kind == WorkKinds.Notify).Select(w => w.DedupeKey).ToListAsync()).Select(k => k[^3..])];
    }

    [Fact]
    public async Task A_person_lowers_what_a_package_found_and_the_list_and_the_audit_say_who_and_why()
    {
        await FlaggedAsync(("kidney", "stone", Priorities.High));
        Assert.Equal(new OverrideOutcome(Priorities.High, Priorities.Routine), await LowerAsync("kidney"));
        Assert.Equal("Lowered from High (TP2) by person:x, kidney (stone): artefact. Before: 1 of 1 image above threshold", (await StudyAsync()).PriorityReason);
        var said = Assert.Single(Assert.Single(await WorklistQuery.RunAsync(Database, 9, None)).Overrides);
        Assert.Equal((OverrideActions.Lower, "kidney", "stone", "artefact", Person), (said.Action, said.ModelId, said.Finding, said.Why, said.By));
        Assert.Equal(Person, Assert.Single(await AuditQuery.RunAsync(Database, new AuditFilter(Action: "priority by a person"), None)).Actor);
        Assert.Empty(await NoticesAsync());
    }

    [Fact]
    public async Task What_another_package_found_keeps_the_study_up_and_is_told_in_its_place()
    {
        await FlaggedAsync(("kidney", "stone", Priorities.High), ("liver", "mass", Priorities.Elevated));
        Assert.Equal(new OverrideOutcome(Priorities.High, Priorities.Elevated), await LowerAsync("kidney"));
        Assert.Equal([Priorities.Elevated], await NoticesAsync());
        Assert.Contains("Still: s (liver 1.0.0)", (await StudyAsync()).PriorityReason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_two_findings_of_one_package_the_one_that_nobody_lowered_keeps_the_study_up()
    {
        await FlaggedAsync(("kidney", "stone", Priorities.High), ("kidney", "cyst", Priorities.High));
        Assert.Equal(new OverrideOutcome(Priorities.High, Priorities.High), await LowerAsync("kidney", "stone"));
        Assert.Equal(new OverrideOutcome(Priorities.High, Priorities.Routine), await LowerAsync("kidney", "cyst"));
    }

    [Fact]
    public async Task What_cannot_be_lowered_is_refused_with_what_can()
    {
        await FlaggedAsync(("kidney", "stone", Priorities.High));
        Assert.Contains("name one that has: kidney", (await LowerAsync("liver")).Problem, StringComparison.Ordinal);
        Assert.Contains("(stone)", (await LowerAsync("kidney", "mass")).Problem, StringComparison.Ordinal);
        Assert.Contains("No study 1.9", (await Store.LowerAsync("1.9", "kidney", null, "x", Person, Now, None)).Problem, StringComparison.Ordinal);
        await LowerAsync("kidney");
        Assert.Contains("already", (await LowerAsync("kidney")).Problem, StringComparison.Ordinal);
        Assert.Contains("--model", (await Store.TakeBackAsync(Study, "x", Person, Now, None)).Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_person_raises_a_study_that_is_told_and_taking_it_back_leaves_what_machines_said()
    {
        await FlaggedAsync(("liver", "mass", Priorities.Elevated));
        Assert.Contains("already", (await Store.RaiseAsync(Study, Priorities.Elevated, "x", Person, Now, None)).Problem, StringComparison.Ordinal);
        Assert.Equal(new OverrideOutcome(Priorities.Elevated, Priorities.Critical), await Store.RaiseAsync(Study, Priorities.Critical, "in pain", Person, Now, None));
        Assert.StartsWith("Raised to Critical (TP1) by person:x: in pain", (await StudyAsync()).PriorityReason, StringComparison.Ordinal);
        Assert.Equal([Priorities.Critical], await NoticesAsync());
        Assert.Equal(new OverrideOutcome(Priorities.Critical, Priorities.Critical), await LowerAsync("liver"));
        Assert.Equal(new OverrideOutcome(Priorities.Critical, Priorities.Routine), await Store.TakeBackAsync(Study, "was a mistake", Person, Now, None));
    }

    private static ModelRow Model(string id, string priority) => new()
    {
        Identity = id,
        ModelId = id,
        Version = "1.0.0",
        Sha256 = id,
        Manufacturer = "m",
        Family = "CNN",
        Aggregation = "max",
        Threshold = 0.3,
        PositivePriority = priority,
        Stage = ModelStages.Prioritise,
        StageSince = Now,
        Classes = """[{"id":"none","isPositive":false},{"id":"stone","isPositive":true},{"id":"cyst","isPositive":true},{"id":"mass","isPositive":true}]""",
    };

    private static ResultRow Result(StudyRow study, string model, string priority) => new()
    {
        Id = Guid.CreateVersion7(),
        StudyId = study.Id,
        Revision = 1,
        ModelId = model,
        ModelVersion = "1.0.0",
        ModelSha256 = model,
        ModelIdentity = model,
        Stage = ModelStages.Prioritise,
        InputDigest = "a",
        Inputs = "[]",
        NotScored = "{}",
        Aggregation = "max",
        Probability = 0.4,
        IsPositive = true,
        Priority = priority,
        Sentence = "s",
        RunStartedAt = Now,
        DecidedAt = Now,
    };

    /// <summary>Flagged at a threshold of 0.3, though the class of no finding is the likeliest.</summary>
    private static ScoreRow Score(InstanceRow image, string model, string finding, int frame) => new()
    {
        Id = Guid.CreateVersion7(),
        InstanceId = image.Id,
        StudyId = image.StudyId,
        ModelId = model,
        ModelVersion = "1.0.0",
        ModelSha256 = model,
        ModelIdentity = model,
        Frame = frame,
        ClassIds = JsonSerializer.Serialize(new[] { "none", "other", finding }),
        Logits = "[0,0,0]",
        Probabilities = "[0.5,0.1,0.4]",
        PredictedClass = "none",
        PositiveProbability = 0.4,
        Threshold = 0.3,
        IsPositive = true,
        CropSource = "region",
        Preprocessing = "v1",
        Runtime = "r",
        InputSha256 = "a",
        ScoredAt = Now,
    };
}
