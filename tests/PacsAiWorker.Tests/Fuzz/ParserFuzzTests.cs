using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Fuzz;
using PacsAiWorker.Testing.Quirks;

namespace PacsAiWorker.Tests.Fuzz;

public sealed class ParserFuzzTests
{
    /// <summary>The group length is not written, so what is written begins with what can only be (0008,0005) in the other byte order.</summary>
    [Fact]
    public void A_set_whose_first_element_looks_swapped_need_not_read_as_it_was_written()
    {
        byte[] bytes = [0, 1, 0, 0, .. "UL"u8, 4, 0, 1, 2, 3, 4, 0, 8, 0, 5, .. "CS"u8, 2, 0, .. "AB"u8];
        Assert.StartsWith("Explicit VR Little Endian", new ParserTarget().Run(PlainImage.FileOf(bytes, TransferSyntax.ExplicitVrLittleEndian)), StringComparison.Ordinal);
    }

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
