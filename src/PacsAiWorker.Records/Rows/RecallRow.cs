namespace PacsAiWorker.Records.Rows;

/// <summary>A package that a person has taken back: what it said holds no more, and every study that it touched is gone through.</summary>
public sealed class RecallRow
{
    public Guid Id { get; set; }

    /// <summary>One recall at a time of a package; any change of its files is another package.</summary>
    public required string ModelIdentity { get; set; }
    public ModelRow? Model { get; set; }
    public required string Why { get; set; }
    public required string Actor { get; set; }
    public DateTime At { get; set; }

    /// <summary>When its studies were last looked for: those that were on the way when it was recalled are found a little later.</summary>
    public DateTime ListedAt { get; set; }

    /// <summary>When a person said that it may score again; null while it may not.</summary>
    public DateTime? EndedAt { get; set; }

    /// <summary>Who said so, and why; empty while nobody has.</summary>
    public string EndedBy { get; set; } = "";
    public string EndedWhy { get; set; } = "";
}

/// <summary>A study that a recalled package touched: a line of the list that is tracked to closed.</summary>
public sealed class RecallStudyRow
{
    public Guid RecallId { get; set; }
    public RecallRow? Recall { get; set; }
    public Guid StudyId { get; set; }
    public StudyRow? Study { get; set; }

    /// <summary><see cref="RecallKinds"/>.</summary>
    public required string Kind { get; set; }

    /// <summary>Whether it was read when the package was recalled.</summary>
    public bool WasRead { get; set; }

    /// <summary>When what the package said of it was withdrawn; null while the worker has not come to it.</summary>
    public DateTime? WithdrawnAt { get; set; }

    /// <summary><see cref="ScoredAgain"/>; empty while the worker has not come to it.</summary>
    public string ScoredAgain { get; set; } = "";

    /// <summary>Revision under which it is decided again; 0 where it is not.</summary>
    public int Revision { get; set; }

    /// <summary>What the package that took its place says of it, in a sentence; empty while it says nothing.</summary>
    public string Verdict { get; set; } = "";

    /// <summary>When the line was closed; null while it is open.</summary>
    public DateTime? ClosedAt { get; set; }

    /// <summary>Who closed it, <c>worker</c> where the new verdict stands, and why; empty while it is open.</summary>
    public string ClosedBy { get; set; } = "";
    public string ClosedWhy { get; set; } = "";
}

/// <summary>How a study was touched by a recalled package.</summary>
public static class RecallKinds
{
    public const string Flagged = "flagged";

    /// <summary>It was scored, and not flagged: false reassurance where the package was wrong.</summary>
    public const string NotFlagged = "not flagged";

    /// <summary>Its images were meant for the package, and none could be scored.</summary>
    public const string NotScored = "not scored";

    /// <summary>It came while the package was in use, and an image of it found no package; or the package is a view router and none spoke after it.</summary>
    public const string Unrouted = "unrouted";

    public static readonly IReadOnlyList<string> All = [Flagged, NotFlagged, NotScored, Unrouted];
}

/// <summary>Whether a study of a recall is scored again.</summary>
public static class ScoredAgain
{
    public const string Asked = "asked";

    /// <summary>It waits until studies before it have been scored: who is examined now does not wait for a recall.</summary>
    public const string Later = "later";
    public const string NoSuccessor = "no other version of the package is in use";
    public const string ImagesGone = "its images have left the spool";

    /// <summary>What packages said of images that a router sent them stays beside what they would say now.</summary>
    public const string Router = "a view router was recalled: look yourself";
}
