namespace PacsAiWorker.Benchmarks.Receive;

/// <summary>What the repetitions say together. Null means not measured.</summary>
internal sealed class Figures(IReadOnlyList<Sample> samples)
{
    public IReadOnlyList<Sample> Samples => samples;

    /// <summary>Best instances a second.</summary>
    public double? Best(string name, Cell cell) => Of(name, cell).Max(s => (double?)s.Sent.PerSecond);

    /// <summary>Best against best.</summary>
    public double? Ratio(string name, string other, Cell cell) => Best(name, cell) / Best(other, cell);

    public double? Median(string name, Cell cell)
    {
        double[] sorted = [.. Of(name, cell).Select(s => s.Sent.PerSecond).Order()];
        return sorted.Length == 0 ? null : (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    /// <summary>Processor milliseconds an instance over all repetitions: the kernel counts in steps of 10 ms.</summary>
    public double? CpuMs(string name, Cell cell)
    {
        var stored = Of(name, cell).Sum(s => s.Sent.Stored);
        return stored == 0 ? null : 1000 * Of(name, cell).Sum(s => s.CpuSeconds) / stored;
    }

    public double? P50Ms(string name, Cell cell) => Of(name, cell).Min(s => s.Sent.P50Ms);

    public double? P99Ms(string name, Cell cell) => Of(name, cell).Min(s => s.Sent.P99Ms);

    public double? MemoryMB(string name, Cell cell) => Of(name, cell).Max(s => (double?)s.MemoryMB);

    public double? DrainSeconds(string name, Cell cell) => Of(name, cell).Max(s => s.DrainSeconds);

    public int Failed(string name, Cell cell) => Of(name, cell).Sum(s => s.Sent.Failed);

    public double? Load(string name, Cell cell) => Of(name, cell).Max(s => (double?)s.Load);

    private IEnumerable<Sample> Of(string name, Cell cell) => samples.Where(s => s.Name == name && s.Cell == cell);
}
