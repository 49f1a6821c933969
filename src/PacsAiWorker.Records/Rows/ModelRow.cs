namespace PacsAiWorker.Records.Rows;

/// <summary>A model package as it was when it scored: what reports and audits need without the package itself.</summary>
public sealed class ModelRow
{
    /// <summary>SHA-256 over all files of the package: any change is a new identity.</summary>
    public required string Identity { get; set; }
    public required string ModelId { get; set; }
    public required string Version { get; set; }

    /// <summary>SHA-256 of the network alone.</summary>
    public required string Sha256 { get; set; }
    public required string Manufacturer { get; set; }

    /// <summary><c>CNN</c>, <c>VIT</c> or <c>ENSEMBLE</c>.</summary>
    public required string Family { get; set; }
    public bool IsDemonstration { get; set; }

    /// <summary><c>max</c>, <c>mean</c> or <c>proportion</c>: from images to the study.</summary>
    public required string Aggregation { get; set; }
    public double Threshold { get; set; }

    /// <summary>TPx of a positive study.</summary>
    public required string PositivePriority { get; set; }

    /// <summary>Studies that it is expected to flag in a day at most, as the site has it: more alarms, and withholds nothing. Null: nobody said.</summary>
    public int? FlagsPerDay { get; set; }

    /// <summary>JSON array of the classes in output order: id, display, code, scheme, meaning, site, isPositive.</summary>
    public required string Classes { get; set; }

    /// <summary>JSON of <see cref="ModelFacts"/>; empty where it was written down before there were such facts.</summary>
    public string Facts { get; set; } = "";

    /// <summary><c>observe</c>, <c>report</c> or <c>prioritise</c>, as the site has set it.</summary>
    public required string Stage { get; set; }
    public DateTime StageSince { get; set; }

    /// <summary>Since when a person has stopped it; null while it may score.</summary>
    public DateTime? SuspendedAt { get; set; }

    /// <summary>Why, in that person's words; empty while it may score.</summary>
    public string SuspendedWhy { get; set; } = "";

    /// <summary>Since when a person has recalled it; null while nobody has. What is recalled is suspended too.</summary>
    public DateTime? RecalledAt { get; set; }

    /// <summary>The sentence that images, studies and reports get that it would have scored.</summary>
    public string SuspensionText => $"{ModelId} {Version} was {(RecalledAt is null ? "suspended" : "recalled")} on {RecalledAt ?? SuspendedAt:yyyy-MM-dd}: {SuspendedWhy}";

    /// <summary>It says which packages look at an image, and finds nothing itself.</summary>
    public bool IsRouter => ModelClass.Parse(Classes) is { Count: > 0 } classes && classes.All(c => !c.IsPositive);
}
