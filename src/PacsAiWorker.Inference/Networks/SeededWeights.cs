using System.Text;

namespace PacsAiWorker.Inference.Networks;

/// <summary>
/// Random weights that are the same on every machine: SplitMix64 (Steele, Lea and Flood 2014) on whole numbers, and IEEE basic operations
/// in fixed order. A tensor's values depend on the seed and its name alone, so the weights of a backbone are the same for any number of
/// classes, and of two tensors neither moves the other.
/// </summary>
internal static class SeededWeights
{
    /// <summary>
    /// About normal, mean 0: the sum of four uniform parts of 16 bits (Irwin–Hall), which ends at 3.46 deviations.
    /// </summary>
    /// <param name="seed">Of the network.</param>
    /// <param name="tensor">Name of the tensor.</param>
    /// <param name="deviation">Standard deviation.</param>
    public static Func<NextWeights> Normal(ulong seed, string tensor, double deviation) => () =>
    {
        var state = Start(seed, tensor);
        const double mean = 2 * 65535.0, sumDeviation = 65536 * 0.5773502691896258; // square root of four times 1/12
        var factor = deviation / sumDeviation;
        return values =>
        {
            for (var i = 0; i < values.Length; i++)
            {
                var bits = Next(ref state);
                values[i] = (float)(((bits & 0xFFFF) + (bits >> 16 & 0xFFFF) + (bits >> 32 & 0xFFFF) + (bits >> 48) - mean) * factor);
            }
        };
    };

    /// <summary>Uniform from <paramref name="low"/> to below <paramref name="high"/>.</summary>
    public static Func<NextWeights> Uniform(ulong seed, string tensor, double low, double high) => () =>
    {
        var state = Start(seed, tensor);
        var factor = (high - low) / (1UL << 53);
        return values =>
        {
            for (var i = 0; i < values.Length; i++)
                values[i] = (float)(low + (Next(ref state) >> 11) * factor);
        };
    };

    /// <summary>The first values of a tensor.</summary>
    public static float[] Take(Func<NextWeights> begin, long count)
    {
        var values = new float[count];
        begin()(values);
        return values;
    }

    // FNV-1a over the UTF-8 name, mixed with the seed by one step of the generator.
    private static ulong Start(ulong seed, string tensor)
    {
        var hash = 0xCBF29CE484222325;
        foreach (var b in Encoding.UTF8.GetBytes(tensor))
            hash = (hash ^ b) * 0x100000001B3;
        return Next(ref seed) ^ hash;
    }

    private static ulong Next(ref ulong state)
    {
        state += 0x9E3779B97F4A7C15;
        var z = state;
        z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
        z = (z ^ z >> 27) * 0x94D049BB133111EB;
        return z ^ z >> 31;
    }
}
