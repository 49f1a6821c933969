using System.Globalization;
using PacsAiWorker.Inference.Packages;
using PacsAiWorker.Inference.Runtime.Batching;

namespace PacsAiWorker.Inference.Runtime;

/// <summary>What an opened network has to show before it scores: numbers at each batch size, its golden pair, the same answer in any company.</summary>
/// <param name="device">The network.</param>
/// <param name="package">Its package.</param>
/// <param name="isExact">Whether the device gives the same bits in any batch: a processor does, a GPU need not.</param>
/// <param name="precision">At which it computes, see <see cref="Precision"/>.</param>
internal sealed class NetworkChecks(IBatchDevice device, ModelPackage package, bool isExact, string precision)
{
    private readonly ModelCard _card = package.Card;
    private readonly float[] _golden = package.GoldenInput;

    /// <exception cref="PackageException">A check does not hold.</exception>
    /// <exception cref="DeviceUnavailableException">The device, not the package, is at fault.</exception>
    public void Run(CheckList checks)
    {
        var alone = new float[device.OutputLength];
        checks.Run(PackageChecks.WarmUp, () => WarmUp(checks.Clock));
        checks.Run(PackageChecks.GoldenPair, () =>
        {
            Run(_golden, 1, alone);
            return CheckGolden(alone);
        });
        checks.Run(PackageChecks.Batch, () => CheckBatch(alone));
        checks.Run(PackageChecks.GoldenPictures, new GoldenPictureCheck(_card, package.Folder, precision, RunAlone).Check);
    }

    /// <summary>The first run of a size finds its algorithms; the second tells how long it takes.</summary>
    private string WarmUp(TimeProvider clock)
    {
        var times = new List<string>();
        foreach (var rows in device.Buckets)
        {
            var input = Repeated(rows);
            var output = new float[rows * device.OutputLength];
            Run(input, rows, output);
            var since = clock.GetTimestamp();
            Run(input, rows, output);
            times.Add(string.Create(CultureInfo.InvariantCulture, $"{rows}: {clock.GetElapsedTime(since).TotalMilliseconds:0.0} ms"));
            var bad = Array.FindIndex(output, v => !float.IsFinite(v));
            if (bad >= 0)
                throw new PackageException($"{_card.Id} gives {output[bad]} for class {_card.Classes[bad % device.OutputLength].Id} of its golden picture in a batch of {rows}; train or export the network again.");
        }
        return string.Join(", ", times);
    }

    private string CheckGolden(float[] got)
    {
        var expected = package.GoldenOutput;
        var most = 0f;
        for (var i = 0; i < got.Length; i++)
        {
            var difference = Math.Abs(got[i] - expected[i]);
            if (!(difference <= _card.Golden!.Tolerance)) // also refuses NaN
                throw new PackageException($"{_card.Id} gives {got[i]:R} for class {_card.Classes[i].Id} of its golden pair, "
                    + $"{expected[i]:R} was expected; the network or the runtime is not the one that was tested, install the "
                    + "tested ones.");
            most = Math.Max(most, difference);
        }
        var first = Array.IndexOf(got, got.Max());
        if (expected[first] != expected.Max())
            throw new PackageException($"{_card.Id} puts class {_card.Classes[first].Id} first for its golden picture, "
                + $"{_card.Classes[Array.IndexOf(expected, expected.Max())].Id} was expected; the network or the runtime is not the one that was "
                + "tested, install the tested ones.");
        return string.Create(CultureInfo.InvariantCulture, $"largest difference {most:R}, {_card.Golden!.Tolerance:R} allowed");
    }

    /// <summary>The golden picture first and last among mirrored ones.</summary>
    private string CheckBatch(float[] alone)
    {
        var rows = device.Buckets[^1];
        if (rows == 1)
            return "runs alone only";
        var input = Repeated(rows);
        for (var row = 1; row < rows - 1; row++)
            input.AsSpan(row * _golden.Length, _golden.Length).Reverse();
        var output = new float[rows * alone.Length];
        Run(input, rows, output);
        foreach (var row in (int[])[0, rows - 1])
            for (var i = 0; i < alone.Length; i++)
            {
                var among = output[row * alone.Length + i];
                if (isExact ? BitConverter.SingleToInt32Bits(among) != BitConverter.SingleToInt32Bits(alone[i]) : !(Math.Abs(among - alone[i]) <= _card.Golden!.Tolerance))
                    throw new PackageException($"{_card.Id} gives {among:R} for class {_card.Classes[i].Id} of its golden picture among {rows} pictures and {alone[i]:R} "
                        + "alone; a score must not depend on other pictures: export the network with an open batch dimension and without operators across it.");
            }
        return isExact ? $"the same bits among {rows}" : $"within tolerance among {rows}";
    }

    private float[] Repeated(int rows)
    {
        var input = new float[rows * _golden.Length];
        for (var row = 0; row < rows; row++)
            _golden.CopyTo(input, row * _golden.Length);
        return input;
    }

    private float[] RunAlone(float[] input)
    {
        var output = new float[device.OutputLength];
        Run(input, 1, output);
        return output;
    }

    private void Run(float[] input, int rows, float[] output)
    {
        try
        {
            device.Run(input, rows, output);
        }
        catch (DeviceFaultException e) when (e.Fault == DeviceFault.Refused)
        {
            throw new PackageException($"{_card.Id} does not run its golden picture in a batch of {rows}: {e.Message}; export the network with an open batch dimension.", e);
        }
        catch (DeviceFaultException e)
        {
            throw new DeviceUnavailableException($"{_card.Id} could not be run: {e.Message}", e);
        }
    }
}
