using PacsAiWorker.Fuzz;

namespace PacsAiWorker.Tests.Fuzz;

public sealed class CodecFuzzTests
{
    /// <summary>From one lossless JPEG, which needs no library.</summary>
    [Fact]
    public void Damaged_codestreams_are_decoded_or_refused()
    {
        using var target = new CodecTarget(folder: "");
        FuzzResult result = FuzzRun.Run(target, seed: 1, inputs => inputs < 400);
        Assert.Empty(result.Findings.Select(f => f.What));
        Assert.Equal(400, result.Inputs);
        Assert.True(result.Corpus > 10, $"only {result.Corpus} inputs said something new");
    }
}
