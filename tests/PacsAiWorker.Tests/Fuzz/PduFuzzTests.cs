using PacsAiWorker.Fuzz;
using Xunit;

namespace PacsAiWorker.Tests.Fuzz;

public class PduFuzzTests
{
    [Fact]
    public void Seeds_go_through_whole_conversations()
    {
        var target = new PduTarget();
        string[] said = [.. target.Seeds().Select(target.Run)];
        Assert.Equal(4, said.Count(s => s.StartsWith("acceptor Released", StringComparison.Ordinal)));
        Assert.Contains(said, s => s.StartsWith("acceptor AbortedByPeer", StringComparison.Ordinal));
        Assert.Contains(said, s => s.StartsWith("requestor # # # #", StringComparison.Ordinal));
        Assert.DoesNotContain(said, s => s.Contains("invalid", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public void Damaged_conversations_are_refused_in_documented_ways()
    {
        FuzzResult result = FuzzRun.Run(new PduTarget(), seed: 7, inputs => inputs < 20_000);
        Assert.Empty(result.Findings.Select(f => f.What));
    }
}
