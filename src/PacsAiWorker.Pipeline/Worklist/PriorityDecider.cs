using System.Globalization;
using PacsAiWorker.Records.Rows;

namespace PacsAiWorker.Pipeline.Worklist;

/// <summary>What is known when the rise of a study's priority might be told.</summary>
/// <param name="Rise">TPx of this rise.</param>
/// <param name="Current">TPx of the study now.</param>
/// <param name="Told">The highest TPx that a message may have carried out already, this rise apart; null: none.</param>
public sealed record PriorityFacts(string Rise, string Current, string? Told)
{
    /// <summary>An accession or placer number; a patient id alone is none.</summary>
    public bool HasOrder { get; init; }

    /// <summary>STAT, HIGH, MEDIUM, ROUTINE, LOW; empty: unknown.</summary>
    public string Existing { get; init; } = "";

    /// <summary>Since when that was known; null with an unknown one.</summary>
    public TimeSpan? ExistingAge { get; init; }

    public bool IsRead { get; init; }

    public bool IsCancelled { get; init; }

    /// <summary>A person decided about this study's priority.</summary>
    public bool IsOverridden { get; init; }

    public TimeSpan StudyAge { get; init; }

    /// <summary>A phantom or test patient, or a result of a package for demonstration.</summary>
    public bool IsTest { get; init; }

    /// <summary>Since when a person has stopped all messages, and why; null: they are not stopped.</summary>
    public (DateTime Since, string Why)? Stop { get; init; }

    /// <summary>Current images disagree about the patient or the order.</summary>
    public bool IsConflict { get; init; }

    /// <summary>The package that raised it was suspended meanwhile; empty: it was not.</summary>
    public string Suspended { get; init; } = "";

    /// <summary>Why all that raised it was withdrawn; empty: it was not.</summary>
    public string Withdrawn { get; init; } = "";
}

/// <summary>What was declared of the receiver.</summary>
/// <param name="IsThisMachine">All its addresses are loopback.</param>
/// <param name="ElevatedLetter">For TP3: A, T, R or off.</param>
/// <param name="Section">Where that was declared.</param>
public sealed record PriorityReceiver(bool IsEnabled, bool IsThisMachine, bool RaiseOnly, string ElevatedLetter, TimeSpan MaxStudyAge, TimeSpan ExistingHolds, string Section = "Worklist:Hl7");

/// <summary>Whether a rise is told, and how.</summary>
public abstract record PriorityVerdict
{
    private PriorityVerdict()
    {
    }

    /// <param name="Letter">S, A, T or R (HL7 table 0485).</param>
    public sealed record Send(string Letter) : PriorityVerdict;

    /// <param name="Code">One of <see cref="SilenceCodes"/>.</param>
    /// <param name="Reason">A sentence for the worklist.</param>
    public sealed record Silent(string Code, string Reason) : PriorityVerdict;
}

/// <summary>Why a rise is not told, a word each.</summary>
public static class SilenceCodes
{
    public const string NoReceiver = "no receiver";
    public const string Stopped = "stopped";
    public const string Suspended = "suspended";
    public const string Withdrawn = "withdrawn";
    public const string NothingToTell = "nothing to tell";
    public const string Superseded = "superseded";
    public const string Conflict = "identity conflict";
    public const string LetterOff = "letter off";
    public const string Read = "read";
    public const string Overridden = "overridden";
    public const string NoOrder = "no order";
    public const string Cancelled = "cancelled";
    public const string TooOld = "too old";
    public const string Test = "test";
    public const string NotHigher = "not higher";
    public const string Unknown = "unknown priority";

    /// <summary>The work item is being read, or was: nobody changes it any more.</summary>
    public const string Taken = "taken";
}

/// <summary>Pure: a message that changes the order of reading leaves only where it is known not to lower anything (safety rules 5 and 6).</summary>
public static class PriorityDecider
{
    /// <summary>Of order priorities, the most urgent first. The standard gives no order; sites that read MEDIUM below ROUTINE switch TP3 off.</summary>
    private static readonly string[] Words = ["STAT", "HIGH", "MEDIUM", "ROUTINE", "LOW"];

    public static PriorityVerdict Decide(PriorityFacts facts, PriorityReceiver receiver)
    {
        var letter = Letter(facts.Rise, receiver.ElevatedLetter);
        return Silence(facts, receiver, letter) ?? (PriorityVerdict)new PriorityVerdict.Send(letter!);
    }

    /// <summary>The letter of a priority, or null where none is sent.</summary>
    public static string? Letter(string priority, string elevated) => priority switch
    {
        Priorities.Critical => "S",
        Priorities.High => "A",
        Priorities.Elevated when elevated is "A" or "T" or "R" => elevated,
        _ => null,
    };

    /// <summary>The word of (0040,1003) for a letter of HL7; empty for one that is not known.</summary>
    public static string Word(string letter) => letter switch
    {
        "S" => "STAT",
        "A" or "P" or "C" => "HIGH",
        "T" => "MEDIUM",
        "R" => "ROUTINE",
        _ => "",
    };

    /// <summary>Whether a word is one of (0040,1003).</summary>
    public static bool IsWord(string word) => Words.Contains(word);

    /// <summary>0 for the most urgent word.</summary>
    public static int RankOf(string word) => Array.IndexOf(Words, word);

    private static PriorityVerdict.Silent? Silence(PriorityFacts f, PriorityReceiver r, string? letter)
    {
        if (f.Rise is not (Priorities.Critical or Priorities.High or Priorities.Elevated))
        {
            return Because(SilenceCodes.NothingToTell, $"{Priorities.Meaning(f.Rise)} is never told");
        }

        if (Priorities.Rank(f.Current) < Priorities.Rank(f.Rise) || (f.Told is { } told && Priorities.Rank(told) <= Priorities.Rank(f.Rise)))
        {
            return Because(SilenceCodes.Superseded, "a higher priority took its place");
        }

        if (!r.IsEnabled)
        {
            return Because(SilenceCodes.NoReceiver, "no receiver is configured (Worklist:Hl7:Enabled)");
        }

        if (f.Stop is { } stop)
        {
            return Because(SilenceCodes.Stopped, string.Create(CultureInfo.InvariantCulture, $"priority messages are stopped since {stop.Since:yyyy-MM-dd HH:mm}Z: {stop.Why}"));
        }

        if (f.Suspended.Length > 0)
        {
            return Because(SilenceCodes.Suspended, f.Suspended);
        }

        if (f.Withdrawn.Length > 0)
        {
            return Because(SilenceCodes.Withdrawn, $"what raised it was withdrawn: {f.Withdrawn}");
        }

        return letter is null ? Because(SilenceCodes.LetterOff, $"this priority is switched off for the receiver ({r.Section}:{(r.Section.EndsWith("Ups", StringComparison.Ordinal) ? "Elevated" : "ElevatedLetter")})") : OfStudy(f, r) ?? OfOrder(f, r, letter);
    }

    private static PriorityVerdict.Silent? OfStudy(PriorityFacts f, PriorityReceiver r)
    {
        if (f.IsConflict)
        {
            return Because(SilenceCodes.Conflict, "images of this study disagree about the patient or the order");
        }

        if (f.IsTest && !r.IsThisMachine)
        {
            return Because(SilenceCodes.Test, "a test patient, a phantom or a package for demonstration: not told beyond this machine");
        }

        if (f.IsRead)
        {
            return Because(SilenceCodes.Read, "the study is read");
        }

        if (f.IsOverridden)
        {
            return Because(SilenceCodes.Overridden, "a person has decided about its priority");
        }

        return f.StudyAge > r.MaxStudyAge
            ? Because(SilenceCodes.TooOld, string.Create(CultureInfo.InvariantCulture, $"the study is older than {r.MaxStudyAge.TotalDays:0} days (Worklist:Hl7:MaxStudyAgeDays)"))
            : null;
    }

    private static PriorityVerdict.Silent? OfOrder(PriorityFacts f, PriorityReceiver r, string letter)
    {
        if (!f.HasOrder)
        {
            return Because(SilenceCodes.NoOrder, "the images name no order (accession or placer number)");
        }

        if (f.IsCancelled)
        {
            return Because(SilenceCodes.Cancelled, "the order was cancelled");
        }

        var isFresh = f.Existing.Length > 0 && f.ExistingAge <= r.ExistingHolds;
        if (isFresh && RankOf(f.Existing) <= RankOf(Word(letter)))
        {
            return Because(SilenceCodes.NotHigher, $"the order stands at {f.Existing} already");
        }

        return isFresh || r.RaiseOnly
            ? null
            : Because(SilenceCodes.Unknown, f.Existing.Length > 0
                ? "what is known of the order's priority is too old (Worklist:Hl7:ExistingPriorityHours), and the receiver is not declared raise-only"
                : $"the order's priority is not known, and the receiver is not declared raise-only ({r.Section}:RaiseOnly)");
    }

    private static PriorityVerdict.Silent Because(string code, string reason) => new(code, "Not told: " + reason);
}
