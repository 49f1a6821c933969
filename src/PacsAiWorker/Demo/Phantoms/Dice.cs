namespace PacsAiWorker.Demo.Phantoms;

/// <summary>
/// Seeded chance (SplitMix64, Steele et al. 2014) that gives the same numbers on every machine: whole numbers and IEEE basic
/// operations only, no library functions whose last digit may differ.
/// </summary>
internal sealed class Dice(ulong seed)
{
    private ulong _state = seed;

    /// <summary>64 bits.</summary>
    public ulong Bits()
    {
        _state += 0x9E3779B97F4A7C15;
        var z = _state;
        z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
        z = (z ^ z >> 27) * 0x94D049BB133111EB;
        return z ^ z >> 31;
    }

    /// <summary>From <paramref name="low"/> to below <paramref name="high"/>.</summary>
    public double Between(double low, double high) => low + (Bits() >> 11) * (high - low) / (1UL << 53);

    /// <summary>From 0 to below <paramref name="count"/>.</summary>
    public int Below(int count) => (int)(Bits() % (ulong)count);

    /// <summary>True with the given probability.</summary>
    public bool Chance(double probability) => Between(0, 1) < probability;

    /// <summary>About normal, mean 0 and variance 1: four uniform parts of one draw (Irwin–Hall).</summary>
    public double Normal()
    {
        var bits = Bits();
        var sum = (bits & 0xFFFF) + (bits >> 16 & 0xFFFF) + (bits >> 32 & 0xFFFF) + (bits >> 48);
        const double mean = 2 * 65535.0, deviation = 65536 * 0.5773502691896258; // four times 1/12, square root
        return (sum - mean) / deviation;
    }
}
