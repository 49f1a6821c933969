using PacsAiWorker.Inference.Packages;
using PacsAiWorker.Inference.Runtime;

namespace PacsAiWorker.Tests.Inference.Runtime;

public sealed class RuntimeTextTests
{
    private static readonly string Line = RuntimeText.Of("1.30.0", "CUDA device 0 (Some GPU; driver 1.2)", Precision.Tf32, new string('a', 64), "0123", "4567");

    [Fact]
    public void Each_part_is_found_again()
    {
        Assert.Equal("ONNX Runtime 1.30.0, CUDA device 0 (Some GPU; driver 1.2), tf32, library aaaaaaaaaaaa, options 0123, placement 4567", Line);
        Assert.Equal(("tf32", "0123", "4567"), (Precision.In(Line), RuntimeText.In(Line, RuntimeText.Options), RuntimeText.In(Line, RuntimeText.Placement)));
        Assert.Equal("ONNX Runtime 1.30.0, CUDA device 0 (Some GPU; driver 1.2), library aaaaaaaaaaaa", RuntimeText.Core(Line));
    }

    [Fact]
    public void A_library_that_cannot_tell_and_an_older_score_lack_the_placement()
    {
        Assert.Null(RuntimeText.In(RuntimeText.Of("1.20.0", "CPU", Precision.Fp32, new string('a', 64), "0123", null), RuntimeText.Placement));
        Assert.Null(RuntimeText.In("ONNX Runtime 1.30.0, CPU, library a", RuntimeText.Options));
    }
}
