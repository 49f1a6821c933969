namespace PacsAiWorker.Records.Rows;

/// <summary>A study's verdict by one model: one row per study, model identity and revision.</summary>
public sealed class ResultRow
{
    public Guid Id { get; set; }
    public Guid StudyId { get; set; }
    public StudyRow? Study { get; set; }
    public int Revision { get; set; }

    public required string ModelId { get; set; }
    public required string ModelVersion { get; set; }
    public required string ModelSha256 { get; set; }
    public required string ModelIdentity { get; set; }
    public bool IsDemonstration { get; set; }

    /// <summary><c>observe</c>, <c>report</c> or <c>prioritise</c> at the time of the verdict.</summary>
    public required string Stage { get; set; }

    /// <summary>SHA-256 over the sorted SOP Instance UIDs that went in.</summary>
    public required string InputDigest { get; set; }

    /// <summary>JSON array of the keys of these images: a report written late still speaks of them and no others.</summary>
    public required string Inputs { get; set; }

    public int ImagesReceived { get; set; }
    public int ImagesScored { get; set; }
    public int ImagesPositive { get; set; }

    /// <summary>JSON object reason → count of images that were not scored.</summary>
    public required string NotScored { get; set; }

    public required string Aggregation { get; set; }

    /// <summary>Null when no image could be scored.</summary>
    public double? Probability { get; set; }
    public double Threshold { get; set; }
    public bool IsPositive { get; set; }
    public required string Priority { get; set; }
    public required string Sentence { get; set; }

    /// <summary>UUID of the run; start of the analysis: what the report says, never the clock at writing.</summary>
    public Guid RunId { get; set; }
    public DateTime RunStartedAt { get; set; }
    public DateTime DecidedAt { get; set; }

    /// <summary>Since when it holds no more because an image that went in is out of use; null while it holds.</summary>
    public DateTime? WithdrawnAt { get; set; }

    /// <summary>Why, in words; empty while it holds.</summary>
    public string WithdrawnWhy { get; set; } = "";

    /// <summary>Key of the result that this one takes back, and says nothing beside; null for every other. It has no figure and no finding.</summary>
    public Guid? Withdraws { get; set; }

    /// <summary>A result that takes another back: of the same package and images, under another revision, without a figure; it changes no priority.</summary>
    public static ResultRow TakingBack(ResultRow withdrawn, int revision, string sentence, DateTime startedAt, DateTime decidedAt) => new()
    {
        Id = Guid.CreateVersion7(),
        StudyId = withdrawn.StudyId,
        Revision = revision,
        ModelId = withdrawn.ModelId,
        ModelVersion = withdrawn.ModelVersion,
        ModelSha256 = withdrawn.ModelSha256,
        ModelIdentity = withdrawn.ModelIdentity,
        IsDemonstration = withdrawn.IsDemonstration,
        Stage = withdrawn.Stage,
        InputDigest = withdrawn.InputDigest,
        Inputs = withdrawn.Inputs,
        ImagesReceived = withdrawn.ImagesReceived,
        NotScored = "{}",
        Aggregation = withdrawn.Aggregation,
        Threshold = withdrawn.Threshold,
        Priority = Priorities.NotEvaluated,
        Sentence = sentence,
        RunId = Guid.CreateVersion7(),
        RunStartedAt = startedAt,
        DecidedAt = decidedAt,
        Withdraws = withdrawn.Id,
    };
}
