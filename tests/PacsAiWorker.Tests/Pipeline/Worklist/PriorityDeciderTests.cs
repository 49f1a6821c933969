using PacsAiWorker.Pipeline.Worklist;
using PacsAiWorker.Records.Rows;

namespace PacsAiWorker.Tests.Pipeline.Worklist;

public sealed class PriorityDeciderTests
{
    private static readonly PriorityReceiver RaiseOnly = new(true, false, true, "A", TimeSpan.FromDays(7), TimeSpan.FromHours(24));
    private static readonly PriorityReceiver Careful = RaiseOnly with { RaiseOnly = false };
    private static readonly PriorityFacts Plain = new(Priorities.High, Priorities.High, null) { HasOrder = true, StudyAge = TimeSpan.FromHours(1) };

    private static string Said(PriorityFacts facts, PriorityReceiver receiver) => PriorityDecider.Decide(facts, receiver) switch
    {
        PriorityVerdict.Send send => send.Letter,
        PriorityVerdict.Silent silent => silent.Code,
        _ => "",
    };

    [Theory]
    [InlineData(Priorities.Critical, "A", "S")]
    [InlineData(Priorities.High, "A", "A")]
    [InlineData(Priorities.Elevated, "A", "A")]
    [InlineData(Priorities.Elevated, "T", "T")]
    [InlineData(Priorities.Elevated, "R", "R")]
    [InlineData(Priorities.Elevated, "off", SilenceCodes.LetterOff)]
    [InlineData(Priorities.Routine, "A", SilenceCodes.NothingToTell)]
    [InlineData(Priorities.NotEvaluated, "A", SilenceCodes.NothingToTell)]
    public void Each_priority_has_its_letter_and_routine_and_unknown_are_never_told(string rise, string elevated, string said) =>
        Assert.Equal(said, Said(Plain with { Rise = rise, Current = rise }, RaiseOnly with { ElevatedLetter = elevated }));

    [Fact]
    public void Each_reason_for_silence_has_its_sentence()
    {
        (PriorityFacts Facts, PriorityReceiver Receiver, string Code, string Word)[] cases =
        [
            (Plain, RaiseOnly with { IsEnabled = false }, SilenceCodes.NoReceiver, "Worklist:Hl7:Enabled"),
            (Plain with { Stop = (new DateTime(2026, 11, 22, 8, 0, 0, DateTimeKind.Utc), "the list jumps") }, RaiseOnly, SilenceCodes.Stopped, "since 2026-11-22 08:00Z: the list jumps"),
            (Plain with { Suspended = "renal 1 was suspended" }, RaiseOnly, SilenceCodes.Suspended, "suspended"),
            (Plain with { Withdrawn = "rejected: Rejected for Quality Reasons (113001)" }, RaiseOnly, SilenceCodes.Withdrawn, "withdrawn: rejected"),
            (Plain with { IsConflict = true }, RaiseOnly, SilenceCodes.Conflict, "disagree"),
            (Plain with { IsRead = true }, RaiseOnly, SilenceCodes.Read, "read"),
            (Plain with { IsOverridden = true }, RaiseOnly, SilenceCodes.Overridden, "person"),
            (Plain with { HasOrder = false }, RaiseOnly, SilenceCodes.NoOrder, "accession"),
            (Plain with { IsCancelled = true }, RaiseOnly, SilenceCodes.Cancelled, "cancelled"),
            (Plain with { StudyAge = TimeSpan.FromDays(8) }, RaiseOnly, SilenceCodes.TooOld, "7 days"),
            (Plain with { IsTest = true }, RaiseOnly, SilenceCodes.Test, "this machine"),
            (Plain with { Current = Priorities.Critical }, RaiseOnly, SilenceCodes.Superseded, "higher"),
            (Plain with { Told = Priorities.Critical }, RaiseOnly, SilenceCodes.Superseded, "higher"),
            (Plain, Careful, SilenceCodes.Unknown, "Worklist:Hl7:RaiseOnly"),
            (Plain with { Existing = "ROUTINE", ExistingAge = TimeSpan.FromHours(25) }, Careful, SilenceCodes.Unknown, "too old"),
            (Plain with { Existing = "STAT", ExistingAge = TimeSpan.FromHours(1) }, RaiseOnly, SilenceCodes.NotHigher, "STAT"),
        ];
        Assert.All(cases, c =>
        {
            var silent = Assert.IsType<PriorityVerdict.Silent>(PriorityDecider.Decide(c.Facts, c.Receiver));
            Assert.Equal(c.Code, silent.Code);
            Assert.StartsWith("Not told: ", silent.Reason, StringComparison.Ordinal);
            Assert.Contains(c.Word, silent.Reason, StringComparison.Ordinal);
        });
    }

    [Fact]
    public void A_test_patient_is_told_on_this_machine_alone() => Assert.Equal("A", Said(Plain with { IsTest = true }, RaiseOnly with { IsThisMachine = true }));

    [Fact]
    public void A_fresh_lower_priority_of_the_order_lets_it_go_without_a_declaration() =>
        Assert.Equal("A", Said(Plain with { Existing = "ROUTINE", ExistingAge = TimeSpan.FromHours(2) }, Careful));

    [Fact]
    public void A_second_higher_rise_is_told_after_the_first() => Assert.Equal("S", Said(Plain with { Rise = Priorities.Critical, Current = Priorities.Critical, Told = Priorities.High }, RaiseOnly));

    /// <summary>Every combination of what may be known: what is sent is above what is known to stand, and never leaves a rule broken.</summary>
    [Fact]
    public void Nothing_is_ever_sent_that_is_known_to_lower_or_that_a_rule_forbids()
    {
        string[] words = ["", "STAT", "HIGH", "MEDIUM", "ROUTINE", "LOW"];
        string[] letters = ["S", "A", "T", "R"];
        var sent = 0;
        foreach (var rise in Priorities.All)
        {
            foreach (var current in Priorities.All)
            {
                foreach (var existing in words)
                {
                    for (var bits = 0; bits < 1024; bits++)
                    {
                        bool Bit(int at) => (bits & (1 << at)) != 0;
                        var facts = new PriorityFacts(rise, current, Bit(0) ? Priorities.High : null)
                        {
                            HasOrder = Bit(1),
                            IsRead = Bit(2),
                            IsOverridden = Bit(3),
                            IsTest = Bit(4),
                            Stop = Bit(5) ? (DateTime.UnixEpoch, "x") : null,
                            IsCancelled = Bit(6),
                            StudyAge = TimeSpan.FromDays(Bit(7) ? 8 : 1),
                            Existing = existing,
                            ExistingAge = existing.Length == 0 ? null : TimeSpan.FromHours(Bit(8) ? 30 : 1),
                        };
                        if (PriorityDecider.Decide(facts, Bit(9) ? RaiseOnly : Careful) is not PriorityVerdict.Send send)
                        {
                            continue;
                        }

                        sent++;
                        Assert.False(facts is { HasOrder: false } or { IsRead: true } or { IsOverridden: true } or { IsTest: true } or { IsCancelled: true } || Bit(5) || Bit(7));
                        Assert.True(Priorities.Rank(current) >= Priorities.Rank(rise) && rise is not (Priorities.Routine or Priorities.NotEvaluated));
                        Assert.True(Bit(9) || (existing.Length > 0 && !Bit(8)));
                        Assert.True(existing.Length == 0 || Bit(8) || Array.IndexOf(letters, send.Letter) < Array.IndexOf(words, existing) - 1);
                    }
                }
            }
        }

        Assert.True(sent > 0);
    }
}
