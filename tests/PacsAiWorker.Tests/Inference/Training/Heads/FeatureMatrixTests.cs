using PacsAiWorker.Inference.Training.Heads;

namespace PacsAiWorker.Tests.Inference.Training.Heads;

public sealed class FeatureMatrixTests
{
    [Fact]
    public void More_rows_than_memory_can_number_are_refused_with_the_number_that_is_held()
    {
        const int width = 100_000;
        var most = FeatureMatrix.MostRows(width);
        Assert.InRange((long)most * width, 2_000_000_000, Array.MaxLength);
        var row = new float[width];
        var error = Assert.Throws<ArgumentException>(() => FeatureMatrix.Of([.. Enumerable.Repeat(row, most + 1)]));
        Assert.Contains($"at most {most} are held: take fewer", error.Message, StringComparison.Ordinal);
    }
}
