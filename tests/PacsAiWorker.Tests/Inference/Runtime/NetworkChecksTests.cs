using PacsAiWorker.Inference.Packages;
using PacsAiWorker.Inference.Runtime;
using PacsAiWorker.Inference.Runtime.Batching;
using PacsAiWorker.Testing;

namespace PacsAiWorker.Tests.Inference.Runtime;

public sealed class NetworkChecksTests
{
    private readonly ModelPackage _package = ModelPackage.Load(Path.Combine(SourceTree.Path("models"), "demo-phantom"));
    private readonly List<PackageCheck> _said = [];

    /// <summary>A network that gives the golden output for the golden pair's input, and what the golden picture must get for any other.</summary>
    /// <param name="package">The package whose picture it knows.</param>
    /// <param name="answer">Changes the output: row, rows of the batch, values.</param>
    private sealed class Device(ModelPackage package, Action<int, int, Span<float>>? answer, params int[] buckets) : IBatchDevice
    {
        public List<int> Ran { get; } = [];

        public DeviceFault? Fault { get; init; }

        public int InputLength => package.GoldenInput.Length;

        public int OutputLength => package.GoldenOutput.Length;

        public IReadOnlyList<int> Buckets => buckets;

        public void Run(ReadOnlySpan<float> input, int rows, Span<float> output)
        {
            if (Fault is { } fault && rows > 1)
                throw new DeviceFaultException(fault, "no");
            Ran.Add(rows);
            for (var row = 0; row < rows; row++)
            {
                var values = output.Slice(row * OutputLength, OutputLength);
                if (input.Slice(row * InputLength, InputLength).SequenceEqual(package.GoldenInput))
                    package.GoldenOutput.CopyTo(values);
                else
                    for (var i = 0; i < values.Length; i++)
                        values[i] = (float)Math.Log(package.Card.GoldenPictures[0].Scores[i]);
                answer?.Invoke(row, rows, values);
            }
        }

        public void Dispose()
        {
        }
    }

    private void Run(Device device, bool isExact = true) => new NetworkChecks(device, _package, isExact, Precision.Fp32).Run(new CheckList(TimeProvider.System, _said.Add));

    private string Refused(Action<int, int, Span<float>> answer, bool isExact = true) =>
        Assert.Throws<PackageException>(() => Run(new Device(_package, answer, 1, 2, 4), isExact)).Message;

    [Fact]
    public void Each_batch_size_runs_twice_then_the_golden_pair_alone_and_among_others_then_the_golden_picture()
    {
        var device = new Device(_package, null, 1, 2, 4);
        Run(device);
        Assert.Equal([1, 1, 2, 2, 4, 4, 1, 4, 1], device.Ran);
        Assert.Equal([PackageChecks.WarmUp, PackageChecks.GoldenPair, PackageChecks.Batch, PackageChecks.GoldenPictures], _said.Select(c => c.Name));
        Assert.All(_said, c => Assert.True(c.Passed));
    }

    [Fact]
    public void A_value_that_is_no_number_in_any_batch_size_refuses_the_package() =>
        Assert.Contains("gives NaN for class phantom-lesion of its golden picture in a batch of 4", Refused((row, rows, values) => values[1] = rows == 4 && row == 3 ? float.NaN : values[1]), StringComparison.Ordinal);

    [Fact]
    public void A_difference_beyond_the_tolerance_refuses_the_package() =>
        Assert.Contains("of its golden pair", Refused((_, _, values) => values[0] += 0.001f), StringComparison.Ordinal);

    [Fact]
    public void Another_class_on_top_refuses_the_package_even_within_the_tolerance()
    {
        _package.GoldenOutput[0] = 1;
        _package.GoldenOutput[1] = 1.00001f;
        Assert.Contains("puts class not-flagged first for its golden picture, phantom-lesion was expected", Refused((_, _, values) => (values[0], values[1]) = (values[1], values[0])), StringComparison.Ordinal);
    }

    [Fact]
    public void A_picture_that_gives_other_bits_among_others_refuses_the_package_on_a_processor()
    {
        static void Last(int row, int rows, Span<float> values) => values[0] = rows == 4 && row == 3 ? MathF.BitIncrement(values[0]) : values[0];
        Assert.Contains("a score must not depend on other pictures", Refused(Last), StringComparison.Ordinal);
        Run(new Device(_package, Last, 1, 2, 4), isExact: false);
    }

    [Fact]
    public void On_a_GPU_company_may_change_a_value_within_the_tolerance_only() =>
        Assert.Contains("a score must not depend on other pictures", Refused((row, rows, values) => values[0] += rows == 4 && row == 0 ? 0.001f : 0, isExact: false), StringComparison.Ordinal);

    [Fact]
    public void A_network_that_refuses_a_batch_is_at_fault_and_a_device_that_is_lost_is_not_the_package_s_fault()
    {
        Assert.Contains("does not run its golden picture in a batch of 2", Assert.Throws<PackageException>(() => Run(new Device(_package, null, 1, 2) { Fault = DeviceFault.Refused })).Message, StringComparison.Ordinal);
        Assert.Throws<DeviceUnavailableException>(() => Run(new Device(_package, null, 1, 2) { Fault = DeviceFault.Lost }));
        Assert.False(Assert.Single(_said.Skip(1)).Passed);
    }
}
