namespace PacsAiWorker.Inference.Explanation;

/// <summary>What the end of a network's trunk says of one picture: maps that still know places.</summary>
/// <param name="Count">Number of maps, C.</param>
/// <param name="Height">Rows of a map, h.</param>
/// <param name="Width">Columns of a map, w.</param>
/// <param name="Values">C × h × w, map by map.</param>
internal sealed record FeatureMaps(int Count, int Height, int Width, double[] Values)
{
    /// <summary>Variance over places of each map; 0 for one that is the same everywhere or holds something that is no number.</summary>
    public double[] Variances => Array.ConvertAll(Enumerable.Range(0, Count).ToArray(), c =>
    {
        var map = Map(c);
        double sum = 0, squares = 0;
        foreach (var v in map)
            sum += v;
        var mean = sum / map.Length;
        foreach (var v in map)
            squares += (v - mean) * (v - mean);
        return double.IsFinite(squares) ? squares / map.Length : 0;
    });

    /// <summary>One map, row by row.</summary>
    public ReadOnlySpan<double> Map(int channel) => Values.AsSpan(channel * Height * Width, Height * Width);

    /// <summary>Takes the value of a feature output for one picture.</summary>
    /// <param name="values">C order.</param>
    /// <param name="shape">[1, C, h, w]; or tokens [1, T, C], whose first is dropped when the others fill the picture without it.</param>
    /// <param name="inputWidth">Of the network's input: tokens lie row by row over it.</param>
    /// <param name="inputHeight">Likewise.</param>
    /// <exception cref="ExplanationException">Another shape, or tokens that fill no grid.</exception>
    public static FeatureMaps Of(float[] values, long[] shape, int inputWidth, int inputHeight)
    {
        if (shape is [1, > 0, > 0, > 0])
            return new FeatureMaps((int)shape[1], (int)shape[2], (int)shape[3], Array.ConvertAll(values, v => (double)v));
        if (shape is not [1, > 1, > 0])
            throw new ExplanationException($"the feature output has the shape [{string.Join(", ", shape)}]; maps [N, C, h, w] or tokens [N, T, C] are needed: name another in 'featureOutput'");
        var (tokens, channels) = ((int)shape[1], (int)shape[2]);
        foreach (var skipped in (int[])[1, 0])
        {
            var places = tokens - skipped;
            var height = (int)Math.Round(Math.Sqrt((double)places * inputHeight / inputWidth));
            if (height == 0 || places % height != 0 || (long)height * inputWidth != (long)(places / height) * inputHeight)
                continue;
            var maps = new double[channels * places];
            for (var t = 0; t < places; t++)
                for (var c = 0; c < channels; c++)
                    maps[c * places + t] = values[(t + skipped) * channels + c];
            return new FeatureMaps(channels, height, places / height, maps);
        }
        throw new ExplanationException($"{tokens} tokens do not lie in a grid over a picture of {inputWidth} × {inputHeight}, neither with a class token nor without; name another output in 'featureOutput'");
    }
}
