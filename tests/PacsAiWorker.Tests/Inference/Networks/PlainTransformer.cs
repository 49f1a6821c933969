namespace PacsAiWorker.Tests.Inference.Networks;

/// <summary>The vision transformer, written down once more from its paper: tokens are rows, attention goes head by head.</summary>
internal sealed class PlainTransformer(PlainLayers net, int patch, int width, int heads, int depth)
{
    public void Run(Maps picture)
    {
        var maps = net.Convolution(picture, "conv_proj", patch, patch);
        int side = maps.H, patches = side * side;
        float[] first = net.Weights("class_token"), positions = net.Weights("encoder.pos_embedding");
        var x = new double[1 + patches][];
        for (var t = 0; t < x.Length; t++)
            x[t] = [.. Enumerable.Range(0, width).Select(j => (t == 0 ? first[j] : maps.Values[j * patches + t - 1]) + positions[t * width + j])];
        Note("embedding", x);
        for (var i = 0; i < depth; i++)
        {
            var name = $"encoder.layers.encoder_layer_{i}";
            x = Note(name + ".add_1", Sum(x, Attention(Normalised(x, name + ".ln_1"), name + ".self_attention")));
            x = Note(name + ".add_2", Sum(x, Perceptron(Normalised(x, name + ".ln_2"), name + ".mlp")));
        }
        double[] activation = [.. from j in Enumerable.Range(0, width) from t in Enumerable.Range(1, patches) select x[t][j]];
        net.Note("activation", new Maps(activation, width, side, side));
        var token = Normalised(x, "encoder.ln")[0];
        net.Linear(net.Note("features", new Maps(token, width, 1, 1)), "heads.head", "logits");
    }

    private double[][] Attention(double[][] x, string name)
    {
        var all = Linear(x, name + ".in_proj");
        var each = width / heads;
        var joined = Array.ConvertAll(x, _ => new double[width]);
        for (var head = 0; head < heads; head++)
        {
            var at = head * each;
            for (var t = 0; t < x.Length; t++)
            {
                var match = Array.ConvertAll(all, other => Enumerable.Range(0, each).Sum(j => all[t][at + j] * other[width + at + j]) / Math.Sqrt(each));
                var share = Array.ConvertAll(match, m => Math.Exp(m - match.Max()));
                for (var j = 0; j < each; j++)
                    joined[t][at + j] = all.Select((other, o) => share[o] * other[2 * width + at + j]).Sum() / share.Sum();
            }
        }
        Note(name + ".joined", joined);
        return Linear(joined, name + ".out_proj");
    }

    private double[][] Perceptron(double[][] x, string name)
    {
        var y = Linear(x, name + ".0");
        return Linear(Note(name + ".1", Array.ConvertAll(y, row => Array.ConvertAll(row, v => v / 2 * (1 + Erf(v / Math.Sqrt(2)))))), name + ".3");
    }

    private double[][] Linear(double[][] x, string name)
    {
        float[] w = net.Weights(name + ".weight"), bias = net.Weights(name + ".bias");
        return Note(name, Array.ConvertAll(x, row => (double[])[.. Enumerable.Range(0, bias.Length).Select(o => bias[o] + row.Select((v, i) => v * w[i * bias.Length + o]).Sum())]));
    }

    private double[][] Normalised(double[][] x, string name)
    {
        float[] scale = net.Weights(name + ".weight"), shift = net.Weights(name + ".bias");
        return Note(name, Array.ConvertAll(x, row =>
        {
            var mean = row.Average();
            var deviation = Math.Sqrt(row.Average(v => (v - mean) * (v - mean)) + 1e-6);
            return (double[])[.. row.Select((v, i) => (v - mean) / deviation * scale[i] + shift[i])];
        }));
    }

    private static double[][] Sum(double[][] a, double[][] b) => [.. a.Zip(b, (p, q) => (double[])[.. p.Zip(q, (v, w) => v + w)])];

    /// <summary>By its series; from 5 on it is 1 to 12 digits.</summary>
    private static double Erf(double x)
    {
        if (Math.Abs(x) > 5)
            return Math.Sign(x);
        double term = x, sum = x;
        for (var n = 1; n < 200; n++)
        {
            term *= -x * x / n;
            sum += term / (2 * n + 1);
        }
        return 2 / Math.Sqrt(Math.PI) * sum;
    }

    private double[][] Note(string name, double[][] rows)
    {
        net.Note(name, new Maps([.. rows.SelectMany(r => r)], rows.Length, 1, rows[0].Length));
        return rows;
    }
}
