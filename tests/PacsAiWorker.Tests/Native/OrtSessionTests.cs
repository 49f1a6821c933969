using PacsAiWorker.Inference.Networks;
using PacsAiWorker.Native.OnnxRuntime;
using Xunit;

namespace PacsAiWorker.Tests.Native;

/// <summary>
/// Conformance of the table: every index in use is called with real arguments here, since a wrong one may succeed silently
/// or end the process.
/// </summary>
public sealed class OrtSessionTests
{
    private static readonly byte[] Affine = new OnnxGraph("affine")
        .Input("x", null, 2)
        .Weights("w", [1, 2, 3, 4, 5, 6], 2, 3)
        .Weights("b", [0.5f, 0, -0.5f], 3)
        .Node("Gemm", ["x", "w", "b"], ["y"])
        .Node("Relu", ["x"], ["r"])
        .Output("y", null, 3)
        .Output("r", null, 2)
        .ToBytes();

    private static OrtSession Session() => OrtSession.Create(Ort.Library, Affine, new OrtSessionSettings(IntraOpThreads: 1));

    [Fact]
    public void Names_types_and_shapes_come_from_the_network()
    {
        using var session = Session();
        var input = Assert.Single(session.Inputs);
        Assert.Equal("x", input.Name);
        Assert.Equal(OrtElementType.Float, input.ElementType);
        Assert.Equal([-1, 2], input.Shape);
        Assert.Equal(["y", "r"], session.Outputs.Select(o => o.Name));
        Assert.Equal([-1, 3], session.Outputs[0].Shape);
        Assert.Equal("CPU", session.Provider);
    }

    [Fact]
    public void A_run_gives_the_elements_of_every_output()
    {
        using var session = Session();
        var outputs = session.Run([1, 1, -1, 2], [2, 2]);
        Assert.Equal([5.5f, 7, 8.5f, 7.5f, 8, 8.5f], outputs[0]);
        Assert.Equal([1, 1, 0, 2], outputs[1]);
    }

    [Fact]
    public void Many_threads_may_run_one_session()
    {
        using var session = Session();
        Parallel.For(0, 200, i => Assert.Equal([5 * i + 0.5f, 7 * i, 9 * i - 0.5f], session.Run([i, i], [1, 2])[0]));
    }

    [Theory]
    [InlineData(3)]
    [InlineData(1)]
    public void A_wrong_shape_is_an_invalid_argument(int width)
    {
        using var session = Session();
        Assert.Equal(OrtErrorCode.InvalidArgument, Assert.Throws<OrtException>(() => session.Run(new float[width], [1, width])).Code);
    }

    [Fact]
    public void A_buffer_smaller_than_its_shape_is_an_invalid_argument()
    {
        using var session = Session();
        Assert.Equal(OrtErrorCode.InvalidArgument, Assert.Throws<OrtException>(() => session.Run([1], [1, 2])).Code);
    }

    [Fact]
    public void A_closed_session_says_so_and_does_not_crash()
    {
        var session = Session();
        session.Dispose();
        Assert.Throws<ObjectDisposedException>(() => session.Run([1, 1], [1, 2]));
    }

    [Theory]
    [InlineData(0, OrtErrorCode.InvalidArgument)]
    [InlineData(40, OrtErrorCode.InvalidProtobuf)]
    public void Empty_and_truncated_networks_are_refused_with_the_library_s_code(int length, OrtErrorCode code) =>
        Assert.Equal(code,
            Assert.Throws<OrtException>(() => OrtSession.Create(Ort.Library, Affine.AsSpan(0, length), new OrtSessionSettings())).Code);

    [Fact]
    public void A_network_whose_node_reads_what_nothing_writes_is_refused()
    {
        var bytes = new OnnxGraph("bad").Input("x", 1).Node("Relu", ["ghost"], ["y"]).Output("y", 1).ToBytes();
        Assert.Contains("ghost",
            Assert.Throws<OrtException>(() => OrtSession.Create(Ort.Library, bytes, new OrtSessionSettings())).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(OrtProvider.Cuda, null)]
    [InlineData(OrtProvider.Auto, true)]
    public void A_required_GPU_without_its_files_is_a_clear_failure(OrtProvider provider, bool? required)
    {
        var e = Assert.Throws<OrtDeviceException>(() => OrtSession.Create(Ort.Library, Affine, new OrtSessionSettings(provider) { RequireGpu = required }));
        Assert.Contains("CUDA device 0", e.Message, StringComparison.Ordinal);
        Assert.Contains("libonnxruntime_providers_shared.so and libonnxruntime_providers_cuda.so missing beside the core library; put the files of ONNX Runtime 1.30.0 for GPU there", e.Message, StringComparison.Ordinal);
        Assert.Contains("Inference:Provider", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_processor_s_installation_is_no_shortfall_and_a_GPU_that_was_named_is()
    {
        using var auto = OrtSession.Create(Ort.Library, Affine, new OrtSessionSettings(OrtProvider.Auto));
        Assert.Equal(("CPU", null), (auto.Provider, auto.Shortfall));
        using var named = OrtSession.Create(Ort.Library, Affine, new OrtSessionSettings(OrtProvider.TensorRt) { RequireGpu = false, Precision = OrtPrecision.Tf32 });
        Assert.Equal(("CPU", OrtPrecision.Fp32, false), (named.Provider, named.Precision, named.IsOnGpu));
        Assert.Contains("libonnxruntime_providers_tensorrt.so missing", named.Shortfall, StringComparison.Ordinal);
    }

    [Fact]
    public void The_library_s_log_reaches_the_sink_and_a_throwing_sink_harms_nothing()
    {
        var lines = new List<OrtLogLine>();
        OrtLog.SendTo(line =>
        {
            lock (lines)
                lines.Add(line);
            throw new InvalidOperationException("sink");
        });
        try
        {
            // An initialiser that nobody reads makes the library warn.
            var bytes = new OnnxGraph("unused").Input("x", 1).Weights("never", [1], 1).Node("Relu", ["x"], ["y"]).Output("y", 1).ToBytes();
            using var session = OrtSession.Create(Ort.Library, bytes, new OrtSessionSettings());
        }
        finally
        {
            OrtLog.SendTo(null);
        }
        lock (lines)
            Assert.Contains(lines, l => l.Severity == 2 && l.Message.Contains("never", StringComparison.Ordinal));
    }

    [Fact]
    public void Messages_carry_no_folders() =>
        Assert.Equal("ONNX Runtime: cannot open lib.so (code 1, Fail)",
            new OrtException(OrtErrorCode.Fail, "cannot open /srv/x/lib.so").Message);
}
