using PacsAiWorker.Fuzz;

namespace PacsAiWorker.Tests.Fuzz;

public sealed class ParserFuzzTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Damaged_files_are_read_or_refused(int seed)
    {
        FuzzResult result = FuzzRun.Run(new ParserTarget(), seed, inputs => inputs < 4000);
        Assert.Empty(result.Findings.Select(f => f.What));
        Assert.Equal(4000, result.Inputs);
        Assert.True(result.Corpus > 60, $"only {result.Corpus} inputs said something new");
    }
}
