using PacsAiWorker.Pipeline;
using PacsAiWorker.Pipeline.Scoring;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Stores;

namespace PacsAiWorker.Tests.Pipeline.Scoring;

/// <summary>In doubt it is no copy.</summary>
public sealed class CopyDeciderTests
{
    private static readonly StudyRow First = Rows.Study();

    [Theory]
    [InlineData("PID-1", "HOSP", "19800101", "F", true)]
    [InlineData("PID-1", null, "19800101", null, true)]
    [InlineData("PID-2", "HOSP", "19800101", "F", false)]
    [InlineData("PID-1", "HOSP", "19800102", "F", false)]
    [InlineData("PID-1", "OTHER", "19800101", "F", false)]
    [InlineData("PID-1", "HOSP", "19800101", "M", false)]
    [InlineData("PID-1", "HOSP", null, "F", false)]
    [InlineData(null, "HOSP", "19800101", "F", false)]
    public void Across_studies_id_and_birth_date_are_equal_and_nothing_contradicts(string? id, string? issuer, string? birth, string? sex, bool same) =>
        Assert.Equal(same, CopyDecider.IsSamePatient(Elsewhere(), new HeaderPatient(id, issuer, birth, sex), Twin("PID-1", "HOSP", "19800101", "F")));

    [Fact]
    public void Two_patients_without_a_birth_date_or_an_id_may_share_a_black_picture_and_are_never_linked()
    {
        Assert.False(CopyDecider.IsSamePatient(Elsewhere(), new HeaderPatient("PID-1", null, null, null), Twin("PID-1", null, null, null)));
        Assert.False(CopyDecider.IsSamePatient(Elsewhere(), new HeaderPatient(null, null, "19800101", null), Twin(null, null, "19800101", null)));
    }

    [Fact]
    public void An_original_whose_patient_was_said_to_be_another_has_no_copies() =>
        Assert.False(CopyDecider.IsSamePatient(Elsewhere(), new HeaderPatient("PID-1", null, "19800101", null), Twin("PID-1", null, "19800101", null) with { IsReconciled = true }));

    [Theory]
    [InlineData("PID-1", true)]
    [InlineData(null, true)]
    [InlineData("PID-2", false)]
    public void In_one_study_images_that_disagree_are_a_conflict_and_no_copies(string? id, bool same)
    {
        var image = Rows.Instance(First, 2);
        image.IdentityDigest = Identities.Digest(First.StudyInstanceUid, [id, null, null, null, null]);
        Assert.Equal(same, CopyDecider.IsSamePatient(image, new HeaderPatient(id, null, null, null), Twin("PID-1", null, null, null)));
    }

    [Theory]
    [InlineData(true, "kidney")]
    [InlineData(true, "kidney", "liver")]
    [InlineData(false, "kidney", "thyroid")]
    [InlineData(false)]
    public void What_a_package_would_take_that_has_not_seen_the_original_is_scored(bool nothing, params string[] takenBy) =>
        Assert.Equal(nothing, CopyDecider.AddsNothing(takenBy, Twin(null, null, null, null) with { Models = ["kidney", "liver"] }));

    private static InstanceRow Elsewhere()
    {
        var image = Rows.Instance(First, 2);
        image.StudyId = Guid.NewGuid();
        return image;
    }

    private static PixelTwin Twin(string? id, string? issuer, string? birth, string? sex)
    {
        var image = Rows.Instance(First, 1);
        image.IdentityDigest = Identities.Digest(First.StudyInstanceUid, [id, issuer, birth, sex, "ACC"]);
        return new PixelTwin(image, First.StudyInstanceUid, ["kidney"], IsReconciled: false);
    }
}
