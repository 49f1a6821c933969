using PacsAiWorker.Native.Processes;

namespace PacsAiWorker.Tests.Native;

public sealed class BackThreadTests
{
    [Fact]
    public async Task Jobs_run_on_one_thread_in_their_order_and_what_they_throw_comes_out()
    {
        using var thread = new BackThread("test");
        var ids = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => thread.RunAsync(() => Environment.CurrentManagedThreadId)));
        Assert.Single(ids.Distinct());
        Assert.DoesNotContain(Environment.CurrentManagedThreadId, ids);
        await Assert.ThrowsAsync<InvalidDataException>(() => thread.RunAsync<int>(() => throw new InvalidDataException()));
        Assert.Equal(7, await thread.RunAsync(() => 7));
    }

    [Fact]
    public async Task It_can_be_disposed_of_twice_and_ends_what_was_begun()
    {
        // A hosted singleton is disposed of under both of its registrations.
        var thread = new BackThread("test");
        var job = thread.RunAsync(() => 1);
        thread.Dispose();
        thread.Dispose();
        Assert.Equal(1, await job);
    }
}
