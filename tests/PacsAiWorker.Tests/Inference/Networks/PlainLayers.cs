namespace PacsAiWorker.Tests.Inference.Networks;

/// <summary>Maps of one picture.</summary>
/// <param name="Values">[C, H, W] in C order.</param>
internal sealed record Maps(double[] Values, int C, int H, int W);

/// <summary>
/// The layers as their definitions have them, in double loops over weights read back from a file. What each layer gives is noted under
/// its name.
/// </summary>
internal sealed class PlainLayers(OnnxFile file)
{
    public Dictionary<string, double[]> Noted { get; } = [];

    public float[] Weights(string name) => file.Tensors[name].Floats;

    public Maps Convolution(Maps x, string name, int kernel, int stride = 1, int pad = 0, int groups = 1)
    {
        float[] w = Weights(name + ".weight"), bias = file.Tensors.GetValueOrDefault(name + ".bias")?.Floats ?? [];
        var (picture, inputs, xH, xW) = (x.Values, x.C / groups, x.H, x.W);
        var c = w.Length / (inputs * kernel * kernel);
        int h = (xH + 2 * pad - kernel) / stride + 1, width = (xW + 2 * pad - kernel) / stride + 1;
        var y = new double[c * h * width];
        void Add(double[] to, double[] from, double weight, int plane, int target, int kx)
        {
            int first = Math.Max(0, (pad - kx + stride - 1) / stride), last = Math.Min(width - 1, (xW - 1 + pad - kx) / stride);
            for (int ox = first, source = plane + first * stride + kx - pad; ox <= last; ox++, source += stride)
                to[target + ox] += weight * from[source];
        }
        Parallel.For(0, c, o =>
        {
            Array.Fill(y, bias.Length == 0 ? 0 : bias[o], o * h * width, h * width);
            for (var i = 0; i < inputs; i++)
                for (var ky = 0; ky < kernel; ky++)
                    for (var oy = 0; oy < h; oy++)
                    {
                        var iy = oy * stride + ky - pad;
                        if (iy < 0 || iy >= xH)
                            continue;
                        for (var kx = 0; kx < kernel; kx++)
                            Add(y, picture, w[((o * inputs + i) * kernel + ky) * kernel + kx], ((o / (c / groups) * inputs + i) * xH + iy) * xW, (o * h + oy) * width, kx);
                    }
        });
        return Note(name, new Maps(y, c, h, width));
    }

    public Maps BatchNormalisation(Maps x, string name)
    {
        float[] scale = Weights(name + ".weight"), shift = Weights(name + ".bias"), mean = Weights(name + ".running_mean"), variance = Weights(name + ".running_var");
        var area = x.H * x.W;
        return Note(name, x with { Values = [.. x.Values.Select((v, i) => (v - mean[i / area]) / Math.Sqrt(variance[i / area] + 1e-5) * scale[i / area] + shift[i / area])] });
    }

    public Maps Relu(Maps x, string name) => Note(name, x with { Values = [.. x.Values.Select(v => Math.Max(0, v))] });

    public Maps Add(Maps a, Maps b, string name) => Note(name, a with { Values = [.. a.Values.Zip(b.Values, (p, q) => p + q)] });

    public Maps Concat(Maps a, Maps b, string name) => Note(name, new Maps([.. a.Values, .. b.Values], a.C + b.C, a.H, a.W));

    public Maps MaxPool(Maps x, string name, int kernel, int stride, int pad = 0) => Pool(x, name, kernel, stride, pad, Enumerable.Max);

    public Maps AveragePool(Maps x, string name, int kernel, int stride) => Pool(x, name, kernel, stride, 0, Enumerable.Average);

    public Maps GlobalAverage(Maps x, string name)
    {
        var mean = Note(name, new Maps([.. Enumerable.Range(0, x.C).Select(c => x.Values.Skip(c * x.H * x.W).Take(x.H * x.W).Average())], x.C, 1, 1));
        return Note(name + ".flat", mean);
    }

    public Maps LocalResponse(Maps x, string name)
    {
        var area = x.H * x.W;
        double Squares(int c, int at) => Enumerable.Range(c - 2, 5).Where(n => n >= 0 && n < x.C).Sum(n => Math.Pow(x.Values[n * area + at], 2));
        return Note(name, x with { Values = [.. x.Values.Select((v, i) => v / Math.Pow(1 + 1e-4 / 5 * Squares(i / area, i % area), 0.75))] });
    }

    public Maps Linear(Maps x, string name, string? output = null)
    {
        float[] w = Weights(name + ".weight"), bias = Weights(name + ".bias");
        var y = new double[bias.Length];
        static double Dot(float[] weights, int from, double[] values)
        {
            double sum = 0;
            for (var i = 0; i < values.Length; i++)
                sum += weights[from + i] * values[i];
            return sum;
        }
        Parallel.For(0, y.Length, o => y[o] = bias[o] + Dot(w, o * x.Values.Length, x.Values));
        return Note(output ?? name, new Maps(y, y.Length, 1, 1));
    }

    public Maps Note(string name, Maps x)
    {
        Noted.Add(name, x.Values);
        return x;
    }

    private Maps Pool(Maps x, string name, int kernel, int stride, int pad, Func<IEnumerable<double>, double> of)
    {
        int h = (x.H + 2 * pad - kernel) / stride + 1, w = (x.W + 2 * pad - kernel) / stride + 1;
        IEnumerable<double> Seen(int c, int oy, int ox) =>
            from iy in Enumerable.Range(oy * stride - pad, kernel)
            from ix in Enumerable.Range(ox * stride - pad, kernel)
            where iy >= 0 && iy < x.H && ix >= 0 && ix < x.W
            select x.Values[(c * x.H + iy) * x.W + ix];
        return Note(name, new Maps([.. from c in Enumerable.Range(0, x.C) from oy in Enumerable.Range(0, h) from ox in Enumerable.Range(0, w) select of(Seen(c, oy, ox))], x.C, h, w));
    }
}
