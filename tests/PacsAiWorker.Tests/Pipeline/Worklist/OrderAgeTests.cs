using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Pipeline.Worklist;

namespace PacsAiWorker.Tests.Pipeline.Worklist;

/// <summary>What entries of a modality worklist say of a patient's age. Against a real list: end to end.</summary>
public sealed class OrderAgeTests
{
    private static DataSet Entry(string patient, string? birth, string? age = null, string accession = "A1")
    {
        var entry = new DataSet().Set(Tags.AccessionNumber, accession).Set(Tags.PatientID, patient).Set(Tags.PatientBirthDate, birth is null ? [] : [birth]);
        return age is null ? entry : entry.Set(Tags.PatientAge, age);
    }

    [Fact]
    public void Birth_date_and_age_are_taken_from_the_order_s_own_entry() =>
        Assert.Equal(("20200101", "006Y"), OrderLookup.Age([Entry("P1", "20200101", "006Y"), Entry("P9", "19700101", accession: "A9")], "A1", "P1"));

    [Fact]
    public void Several_steps_of_one_order_that_say_the_same_say_it() =>
        Assert.Equal(("20200101", null), OrderLookup.Age([Entry("P1", "20200101"), Entry("P1", null), Entry("P1", "20200101")], "A1", "P1"));

    [Fact]
    public void Entries_that_contradict_each_other_say_nothing() =>
        Assert.Equal((null, null), OrderLookup.Age([Entry("P1", "20200101", "006Y"), Entry("P1", "20190101", "006Y")], "A1", "P1"));

    [Theory]
    [InlineData("P2", "P1")]
    [InlineData("", "P1")]
    [InlineData("P1", "")]
    public void An_entry_of_another_patient_or_of_nobody_says_nothing(string listed, string patient) =>
        Assert.Equal((null, null), OrderLookup.Age([Entry(listed, "20200101")], "A1", patient));
}
