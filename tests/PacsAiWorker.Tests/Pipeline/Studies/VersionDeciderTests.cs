using PacsAiWorker.Pipeline;
using PacsAiWorker.Pipeline.Studies;
using PacsAiWorker.Records.Rows;

namespace PacsAiWorker.Tests.Pipeline.Studies;

public sealed class VersionDeciderTests
{
    private const string Study = "1.2.3";

    [Theory]
    [InlineData("a", "a", SetAsides.Correction)]
    [InlineData("a", "b", SetAsides.Conflict)]
    [InlineData("a", "", SetAsides.Conflict)]
    [InlineData("", "", SetAsides.Correction)]
    [InlineData(null, "a", SetAsides.Correction)]
    public void Same_pixels_are_a_correction_other_pixels_a_conflict_and_what_cannot_be_compared_is_for_a_person(string? first, string? other, string expected) =>
        Assert.Equal(expected, VersionDecider.Decide(first, other));

    [Theory]
    [InlineData("PID-2", "19800101", true)]
    [InlineData("PID-2", null, true)]
    [InlineData("PID-1", "19800101", false)]
    [InlineData("PID-2", "19800102", false)]
    [InlineData(null, "19800101", false)]
    public void An_update_confirms_a_correction_that_names_the_same_patient_and_contradicts_it_nowhere(string? id, string? birth, bool same)
    {
        var correction = Identities.Digest(Study, ["PID-2", "HOSP", "19800101", "F", "ACC"]);
        Assert.Equal(same, VersionDecider.SaysTheSame(Study, correction, new ReconciledIdentityRow { PatientId = id, BirthDate = birth, Source = "ADT^A08" }));
    }
}
