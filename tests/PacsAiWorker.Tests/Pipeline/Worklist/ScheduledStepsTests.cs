using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Pipeline.Worklist;
using PacsAiWorker.Records.Rows;

namespace PacsAiWorker.Tests.Pipeline.Worklist;

public sealed class ScheduledStepsTests
{
    private static readonly TimeZoneInfo Vienna = TimeZoneInfo.FindSystemTimeZoneById("Europe/Vienna");

    private static DataSet Match(string time = "103000", string modality = "US", string date = "20261122", string station = "US1", string accession = "A1", string study = "1.2.3") =>
        new DataSet().Set(Tags.AccessionNumber, accession).Set(Tags.StudyInstanceUID, study).Set(Tags.PatientName, "Doe^Jane").Set(Tags.PatientID, "4711")
            .SetItems(Tags.ScheduledProcedureStepSequence, new DataSet().Set(Tags.Modality, modality).Set(Tags.ScheduledStationAETitle, station)
                .Set(Tags.ScheduledProcedureStepStartDate, date).Set(Tags.ScheduledProcedureStepStartTime, time).Set(Tags.ScheduledProcedureStepID, "S1"));

    private static IReadOnlyList<ExpectedStudyRow> Rows(params DataSet[] matches) => ScheduledSteps.Rows(matches, [], Vienna);

    [Fact]
    public void A_scheduled_step_is_kept_without_name_and_numbers_at_its_time_in_UTC()
    {
        var row = Assert.Single(Rows(Match()));
        Assert.Equal((new DateTime(2026, 11, 22, 9, 30, 0, DateTimeKind.Utc), "US1", "1.2.3", OrderContextRow.DigestOf("A1")), (row.ScheduledAt, row.StationAe, row.StudyInstanceUid, row.AccessionDigest));
        var text = System.Text.Json.JsonSerializer.Serialize(row);
        Assert.DoesNotContain("Doe", text, StringComparison.Ordinal);
        Assert.DoesNotContain("4711", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1030", 9, 30)]
    [InlineData("103000.000", 9, 30)]
    [InlineData("", 22, 59)]
    public void A_time_may_be_short_and_without_one_nobody_is_late_before_the_end_of_the_day(string time, int hour, int minute) =>
        Assert.Equal((hour, minute), (Assert.Single(Rows(Match(time))).ScheduledAt.Hour, Assert.Single(Rows(Match(time))).ScheduledAt.Minute));

    [Fact]
    public void What_is_no_ultrasound_has_no_date_or_names_neither_study_nor_order_is_left_out() =>
        Assert.Empty(Rows(Match(modality: "CT"), Match(date: "soon"), Match(date: ""), Match(accession: "", study: "")));

    [Fact]
    public void An_hour_that_summer_time_leaves_out_is_no_fault() => Assert.Equal(1, Assert.Single(Rows(Match("023000", date: "20260329"))).ScheduledAt.Hour);

    [Fact]
    public void Only_stations_that_send_here_are_expected()
    {
        DataSet[] matches = [Match(), Match(station: "CT-ROOM", accession: "A2", study: "1.2.4")];
        Assert.Equal("US1", Assert.Single(ScheduledSteps.Rows(matches, ["US1"], Vienna)).StationAe);
        Assert.Equal(2, Rows([.. matches, Match()]).Count);
    }
}
