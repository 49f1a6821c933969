using PacsAiWorker.EndToEnd.Servers;
using PacsAiWorker.Native.Processes;
using Xunit;
using Xunit.Abstractions;

namespace PacsAiWorker.EndToEnd.Kill;

/// <summary>The short form of <c>eng/chaos kill</c>: the first and the last sure pass of each stage.</summary>
[Collection(Lanes.Kill)]
public sealed class KillStageTests(KillStageBench shared, ITestOutputHelper output) : IClassFixture<KillStageBench>
{
    public static TheoryData<string> Stages => [.. KillPoints.All];

    [Theory]
    [MemberData(nameof(Stages))]
    public async Task A_worker_killed_at_a_stage_loses_nothing_and_does_nothing_twice(string stage)
    {
        foreach (var pass in new[] { 1, KillStageBench.Load.PassesOf(stage) })
        {
            var outcome = await shared.Bench.RoundAsync(stage, pass);
            output.WriteLine($"{stage}:{pass} {outcome.Tally}");
            Assert.Empty(outcome.Violations);
            Assert.Equal(1, outcome.Tally.Kills);
        }
    }
}
