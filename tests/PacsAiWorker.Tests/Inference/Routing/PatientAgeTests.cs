using PacsAiWorker.Inference.Routing;
using Xunit;

namespace PacsAiWorker.Tests.Inference.Routing;

public sealed class PatientAgeTests
{
    [Theory]
    [InlineData("20080301", "20270228", 18)]
    [InlineData("20080301", "20270301", 19)]
    [InlineData("20080229", "20270228", 18)]
    [InlineData("20080229", "20270301", 19)]
    [InlineData("20261122", "20261122", 0)]
    [InlineData("19061122", "20261121", 119)]
    public void Completed_years_are_counted_to_the_day_before_the_birthday(string birth, string study, int years) =>
        Assert.Equal(years, PatientAge.Read(birth, study, null).Years);

    [Theory]
    [InlineData("19000101", "20261122")]
    [InlineData("00010101", "20261122")]
    [InlineData("18501231", "20261122")]
    [InlineData("20270101", "20261122")]
    [InlineData("19800230", "20261122")]
    [InlineData("1980", "20261122")]
    [InlineData("19750301", "19800101")]
    [InlineData("19750301", null)]
    [InlineData(null, "20261122")]
    public void Impossible_and_placeholder_dates_say_nothing(string? birth, string? study) =>
        Assert.Equal(PatientAge.Unknown, PatientAge.Read(birth, study, null));

    [Theory]
    [InlineData("018Y", 18)]
    [InlineData("120Y", 120)]
    [InlineData("227M", 18)]
    [InlineData("052W", 0)]
    [InlineData("992W", 19)]
    [InlineData("001D", 0)]
    public void An_age_is_read_in_years_months_weeks_and_days(string age, int years) => Assert.Equal(years, PatientAge.Read(null, null, age).Years);

    [Theory]
    [InlineData("000Y")]
    [InlineData("000D")]
    [InlineData("121Y")]
    [InlineData("999Y")]
    [InlineData("18Y")]
    [InlineData("-18Y")]
    [InlineData("018X")]
    [InlineData("")]
    public void Impossible_and_placeholder_ages_say_nothing(string age) => Assert.Equal(PatientAge.Unknown, PatientAge.Read(null, null, age));

    [Fact]
    public void The_birth_date_counts_before_the_age_unless_they_differ_by_more_than_a_year()
    {
        Assert.Equal(PatientAge.Of(18), PatientAge.Read("20080301", "20270228", "019Y"));
        Assert.Equal(new PatientAge(7, 40), PatientAge.Read("19861101", "20261122", "007Y"));
        Assert.Equal(PatientAge.Of(7), PatientAge.Read("19000101", "20261122", "007Y"));
    }

    [Theory]
    [InlineData(null, 18, 18, 18, Truth.Yes)]
    [InlineData(null, 18, 19, 19, Truth.No)]
    [InlineData(null, 18, 7, 40, Truth.Unknown)]
    [InlineData(null, 18, 0, 18, Truth.Yes)]
    [InlineData(null, 17, 0, 18, Truth.Unknown)]
    [InlineData(2, 10, 0, 18, Truth.Unknown)]
    [InlineData(19, null, 0, 18, Truth.No)]
    [InlineData(2, 10, 1, 1, Truth.No)]
    [InlineData(null, 120, null, null, Truth.Unknown)]
    public void A_span_that_reaches_over_the_limit_leaves_it_open(int? from, int? to, int? youngest, int? oldest, object holds) =>
        Assert.Equal(holds, new AgeRule(from, to).Holds(new PatientAge(youngest, oldest)));
}
