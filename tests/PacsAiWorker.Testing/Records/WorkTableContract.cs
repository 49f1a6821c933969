using Microsoft.EntityFrameworkCore;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Work;
using Xunit;

namespace PacsAiWorker.Testing.Records;

public abstract class WorkTableContract(IEmptyDatabases databases) : RecordsContract(databases)
{
    [Fact]
    public async Task The_same_work_is_queued_once_with_one_wake_up()
    {
        await QueueAsync("a");
        await QueueAsync("a");

        await using var context = Database.Open();
        Assert.Equal(1, await context.Work.CountAsync());
        Assert.Equal(1, await context.Outbox.CountAsync());
    }

    [Fact]
    public async Task A_claim_takes_the_urgent_before_the_old_and_nothing_twice()
    {
        await QueueAsync("routine");
        await QueueAsync("stat", tier: 0);

        Assert.Equal("stat", (await ClaimOneAsync()).DedupeKey);
        Assert.Equal("routine", (await ClaimOneAsync()).DedupeKey);
        Assert.Empty(await Work.ClaimAsync(WorkKinds.Score, "me", TimeSpan.FromMinutes(1), 10, None));
    }

    [Fact]
    public async Task Work_that_is_not_due_is_not_claimed()
    {
        await QueueAsync("later", delay: TimeSpan.FromMinutes(1));
        Assert.Empty(await Work.ClaimAsync(WorkKinds.Score, "me", TimeSpan.FromMinutes(1), 10, None));
    }

    [Fact]
    public async Task Many_claimers_never_share_a_row()
    {
        for (var i = 0; i < 40; i++)
        {
            await QueueAsync($"w{i}");
        }

        var claims = await Task.WhenAll(Enumerable.Range(0, 8).Select(n => Task.Run(async () =>
        {
            var mine = new List<Guid>();
            for (var got = 1; got > 0;)
            {
                var rows = await Work.ClaimAsync(WorkKinds.Score, $"claimer-{n}", TimeSpan.FromMinutes(1), 3, None);
                mine.AddRange(rows.Select(r => r.Id));
                got = rows.Count;
            }

            return mine;
        })));
        var all = claims.SelectMany(c => c).ToList();
        Assert.Equal(40, all.Count);
        Assert.Equal(40, all.Distinct().Count());
    }

    [Fact]
    public async Task A_holder_whose_lease_ran_out_cannot_finish()
    {
        await QueueAsync("a");
        var first = await ClaimOneAsync();
        await ExpireLeasesAsync();
        Assert.Equal(1, await Work.ReapAsync(None));
        var second = await ClaimOneAsync();

        await Assert.ThrowsAsync<LeaseLostException>(() => Database.WriteAsync(c => Work.FinishAsync(c, first, None), None));
        Assert.False(await Work.RenewAsync(first, TimeSpan.FromMinutes(1), None));
        Assert.True(await Work.RenewAsync(second, TimeSpan.FromMinutes(1), None));
        await Database.WriteAsync(c => Work.FinishAsync(c, second, None), None);
    }

    [Fact]
    public async Task A_lost_lease_rolls_the_effect_back()
    {
        await QueueAsync("a");
        var work = await ClaimOneAsync();
        await ExpireLeasesAsync();
        await Work.ReapAsync(None);

        await Assert.ThrowsAsync<LeaseLostException>(() => Database.WriteAsync(async c =>
        {
            await Work.EnqueueAsync(c, new NewWork(WorkKinds.Report, "effect", Guid.NewGuid(), 2), None);
            await Work.FinishAsync(c, work, None);
        }, None));
        await using var context = Database.Open();
        Assert.False(await context.Work.AnyAsync(r => r.Kind == WorkKinds.Report));
    }

    [Fact]
    public async Task A_retry_waits_and_the_last_attempt_parks_with_its_reason()
    {
        await QueueAsync("a", maxAttempts: 2);
        var work = await ClaimOneAsync();
        await Database.WriteAsync(c => Work.RetryAsync(c, work, TimeSpan.Zero, "pacs-away", "no answer", None), None);
        work = await ClaimOneAsync();
        Assert.Equal(2, work.Attempts);
        await Database.WriteAsync(c => Work.RetryAsync(c, work, TimeSpan.Zero, "pacs-away", "no answer", None), None);

        await using var context = Database.Open();
        var row = await context.Work.SingleAsync();
        Assert.Equal((WorkStates.Parked, "pacs-away", "no answer"), (row.State, row.ReasonCode, row.ReasonDetail));
    }

    [Fact]
    public async Task Waiting_for_its_turn_costs_no_attempt()
    {
        await QueueAsync("a");
        var work = await ClaimOneAsync();
        await Database.WriteAsync(c => Work.PostponeAsync(c, work, TimeSpan.Zero, "awaiting", "images are still being scored", None), None);
        Assert.Equal(1, (await ClaimOneAsync()).Attempts);
    }

    [Fact]
    public async Task Work_whose_holder_died_too_often_is_parked()
    {
        await QueueAsync("killer", maxAttempts: 1);
        await ClaimOneAsync();
        await ExpireLeasesAsync();
        await Work.ReapAsync(None);

        await using var context = Database.Open();
        var row = await context.Work.SingleAsync();
        Assert.Equal((WorkStates.Parked, "lease-exhausted"), (row.State, row.ReasonCode));
    }

    [Fact]
    public async Task A_wake_up_that_was_not_confirmed_comes_back()
    {
        await QueueAsync("a");
        var outbox = new Outbox(Database);
        var row = Assert.Single(await outbox.TakeAsync(10, TimeSpan.Zero, None));
        Assert.Equal(row.Id, Assert.Single(await outbox.TakeAsync(10, TimeSpan.FromMinutes(1), None)).Id);
        Assert.Empty(await outbox.TakeAsync(10, TimeSpan.Zero, None));
        await outbox.MarkSentAsync([row.Id], None);
        await using var context = Database.Open();
        Assert.NotNull((await context.Outbox.SingleAsync()).SentAt);
    }
}
