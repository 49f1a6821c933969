using PacsAiWorker.Records.Queries;
using PacsAiWorker.Records.Rows;

namespace PacsAiWorker.Tests.Records;

public sealed class WorklistOrderTests
{
    [Fact]
    public void The_order_is_the_same_however_the_rows_come()
    {
        var random = new Random(11);
        for (var round = 0; round < 200; round++)
        {
            var studies = Enumerable.Range(0, random.Next(1, 30)).Select(_ => Any(random, random.Next(5))).ToList();
            var once = WorklistQuery.Order(studies).Select(s => s.StudyInstanceUid).ToList();
            Assert.Equal(once, WorklistQuery.Order(studies.OrderBy(_ => random.Next())).Select(s => s.StudyInstanceUid));
            Assert.Equal(studies.Count, once.Distinct().Count());
        }
    }

    [Fact]
    public void Nothing_starves_a_study_that_waits_is_passed_by_none_of_its_priority_that_comes_later()
    {
        var random = new Random(12);
        for (var round = 0; round < 200; round++)
        {
            List<StudyRow> studies = [.. Enumerable.Range(0, 10).Select(i => Any(random, i % 5))];
            var waiting = studies[random.Next(studies.Count)];
            int Before() => WorklistQuery.Order(studies).TakeWhile(s => s != waiting).Count();
            var place = Before();
            for (var arrival = 0; arrival < 20; arrival++)
            {
                var late = Any(random, 60 + arrival);
                late.Priority = waiting.Priority;
                studies.Add(late);
                Assert.Equal(place, Before());
            }

            // Who stands before it and is read leaves the place better, never worse.
            if (place > 0)
            {
                studies.Remove(WorklistQuery.Order(studies).First());
                Assert.Equal(place - 1, Before());
            }
        }
    }

    private static StudyRow Any(Random random, int minutes) => new()
    {
        Id = Guid.NewGuid(),
        StudyInstanceUid = $"1.2.{random.NextInt64()}",
        State = StudyStates.Complete,
        CallingAe = "US1",
        Site = "site",
        Priority = Priorities.All[random.Next(Priorities.All.Count)],
        FirstReceivedAt = new DateTime(2026, 11, 22, 8, 0, 0, DateTimeKind.Utc).AddMinutes(minutes),
    };
}
