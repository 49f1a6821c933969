using System.Globalization;
using PacsAiWorker.Inference.Networks;

namespace PacsAiWorker.Inference.Training;

/// <summary>
/// A frozen backbone without learned weights: at four scales the mean of a small window against that of the wide and of the tall
/// window around it, over scanned pixels only (value above 0), as relative contrast (a - b) / (a + b); a spot differs from both,
/// a layer or a shadow from one, so the lesser counts; bright and dark apart; of each map the maximum and the mean. Insensitive to
/// gain and to the outline of the scan area. Exists twice: in plain double arithmetic
/// for training and as ONNX nodes for scoring, which agree to about 1e-5.
/// </summary>
public static class FilterBank
{
    /// <summary>Side of the square input in pixels; values 0 to 1.</summary>
    public const int Side = 96;

    /// <summary>Output of the maps, [N, 8, Side, Side]: bright and dark of each scale.</summary>
    public const string Maps = NetworkOutputNames.Activation;

    private const double Floor = 1e-3;
    private static readonly (int Inner, int Outer)[] Scales = [(5, 13), (9, 21), (13, 31), (19, 43)];

    /// <summary>Number of features: per scale bright and dark, each with maximum and mean.</summary>
    public static int FeatureCount => Scales.Length * 4;

    /// <summary>Features of one picture.</summary>
    /// <param name="picture">Side × Side values, 0 to 1, row by row.</param>
    public static double[] Features(ReadOnlySpan<float> picture)
    {
        var value = new double[Side * Side];
        var mask = new double[Side * Side];
        for (var i = 0; i < value.Length; i++)
        {
            value[i] = picture[i];
            mask[i] = Math.Min(1, value[i] * 255);
        }
        var features = new double[FeatureCount];
        for (var s = 0; s < Scales.Length; s++)
        {
            var (inner, outer) = Scales[s];
            double[] a = BoxMean(value, inner, inner), am = BoxMean(mask, inner, inner);
            double[] b = BoxMean(value, outer, inner), bm = BoxMean(mask, outer, inner);
            double[] c = BoxMean(value, inner, outer), cm = BoxMean(mask, inner, outer);
            double brightSum = 0, darkSum = 0, brightMax = 0, darkMax = 0;
            for (var i = 0; i < a.Length; i++)
            {
                double near = a[i] / (am[i] + Floor), across = b[i] / (bm[i] + Floor), along = c[i] / (cm[i] + Floor);
                double cover = am[i] * am[i], sideways = (near - across) / (near + across + Floor),
                    lengthways = (near - along) / (near + along + Floor);
                var bright = Math.Max(0, Math.Min(sideways, lengthways)) * cover;
                var dark = Math.Max(0, Math.Min(-sideways, -lengthways)) * cover;
                brightSum += bright;
                darkSum += dark;
                brightMax = Math.Max(brightMax, bright);
                darkMax = Math.Max(darkMax, dark);
            }
            features[4 * s] = brightMax;
            features[4 * s + 1] = brightSum / a.Length;
            features[4 * s + 2] = darkMax;
            features[4 * s + 3] = darkSum / a.Length;
        }
        return features;
    }

    /// <summary>
    /// The whole network: picture [N, 1, Side, Side] in, two values out (not positive, positive), whose softmax is the head's
    /// probability; and <see cref="Maps"/> before their maxima and means, for explanations.
    /// </summary>
    public static byte[] Network(string name, string input, string output, LogisticHead head)
    {
        var graph = new OnnxGraph(name).Input(input, null, 1, Side, Side)
            .Weights("floor", [(float)Floor]).Weights("full", [255f]).Weights("one", [1f])
            .Node("Mul", [input, "full"], ["levels"])
            .Node("Min", ["levels", "one"], ["mask"]);
        var features = new List<string>();
        for (var s = 0; s < Scales.Length; s++)
            AddScale(graph, input, s, features);
        var weights = new float[2 * FeatureCount]; // [2, features]: minus and plus half, so that softmax gives the logistic function
        for (var j = 0; j < FeatureCount; j++)
        {
            weights[j] = (float)(-head.Weights[j] / 2);
            weights[FeatureCount + j] = (float)(head.Weights[j] / 2);
        }
        return graph
            .Node("Concat", [.. features], ["pooled"], ("axis", 1L))
            .Node("Flatten", ["pooled"], ["features"], ("axis", 1L))
            .Weights("head_weights", weights, 2, FeatureCount)
            .Weights("head_bias", [(float)(-head.Bias / 2), (float)(head.Bias / 2)], 2)
            .Node("Gemm", ["features", "head_weights", "head_bias"], [output], ("transB", 1L))
            .Output(output, null, 2)
            .Node("Concat", [.. Enumerable.Range(0, Scales.Length).SelectMany(s => (string[])[Named(s, "bright"), Named(s, "dark")])], [Maps], ("axis", 1L))
            .Output(Maps, null, 2 * Scales.Length, Side, Side)
            .ToBytes();
    }

    private static void AddScale(OnnxGraph graph, string input, int scale, List<string> features)
    {
        string Named(string part) => FilterBank.Named(scale, part);
        var (inner, outer) = Scales[scale];
        foreach (var (part, width, height) in ((string, int, int)[])[("a", inner, inner), ("b", outer, inner), ("c", inner, outer)])
        {
            AddBoxMean(graph, input, Named(part), width, height);
            AddBoxMean(graph, "mask", Named(part + "m"), width, height);
            graph.Node("Add", [Named(part + "m"), "floor"], [Named(part + "m_floor")])
                .Node("Div", [Named(part), Named(part + "m_floor")], [Named(part + "_level")]);
        }
        foreach (var side in (string[])["b", "c"])
            graph.Node("Sub", [Named("a_level"), Named(side + "_level")], [Named(side + "_difference")])
                .Node("Add", [Named("a_level"), Named(side + "_level")], [Named(side + "_total")])
                .Node("Add", [Named(side + "_total"), "floor"], [Named(side + "_total_floor")])
                .Node("Div", [Named(side + "_difference"), Named(side + "_total_floor")], [Named(side + "_contrast")])
                .Node("Neg", [Named(side + "_contrast")], [Named(side + "_inverse")]);
        graph.Node("Mul", [Named("am"), Named("am")], [Named("cover")]);
        foreach (var (sign, kind) in ((string, string)[])[("bright", "contrast"), ("dark", "inverse")])
            graph.Node("Min", [Named("b_" + kind), Named("c_" + kind)], [Named(sign + "_least")])
                .Node("Relu", [Named(sign + "_least")], [Named(sign + "_raw")])
                .Node("Mul", [Named(sign + "_raw"), Named("cover")], [Named(sign)]);
        foreach (var sign in (string[])["bright", "dark"])
        {
            graph.Node("GlobalMaxPool", [Named(sign)], [Named(sign + "_max")]).Node("GlobalAveragePool", [Named(sign)],
                [Named(sign + "_mean")]);
            features.Add(Named(sign + "_max"));
            features.Add(Named(sign + "_mean"));
        }
    }

    private static string Named(int scale, string part) => string.Create(CultureInfo.InvariantCulture, $"s{scale}_{part}");

    private static void AddBoxMean(OnnxGraph graph, string source, string target, long width, long height) =>
        graph.Node("AveragePool", [source], [target + "_row"], ("kernel_shape", new[] { 1, width }),
            ("pads", new[] { 0, width / 2, 0, width / 2 }), ("count_include_pad", 1L))
            .Node("AveragePool", [target + "_row"], [target], ("kernel_shape", new[] { height, 1 }),
                ("pads", new[] { height / 2, 0, height / 2, 0 }), ("count_include_pad", 1L));

    /// <summary>Mean over a window of odd sides; outside the picture counts as 0. Side × Side in and out.</summary>
    private static double[] BoxMean(double[] source, int width, int height)
    {
        var rows = new double[source.Length];
        var result = new double[source.Length];
        var sums = new double[Side + 1];
        for (var y = 0; y < Side; y++)
        {
            for (var x = 0; x < Side; x++)
                sums[x + 1] = sums[x] + source[y * Side + x];
            for (var x = 0; x < Side; x++)
                rows[y * Side + x] = (sums[Math.Min(Side, x + width / 2 + 1)] - sums[Math.Max(0, x - width / 2)]) / width;
        }
        for (var x = 0; x < Side; x++)
        {
            for (var y = 0; y < Side; y++)
                sums[y + 1] = sums[y] + rows[y * Side + x];
            for (var y = 0; y < Side; y++)
                result[y * Side + x] = (sums[Math.Min(Side, y + height / 2 + 1)] - sums[Math.Max(0, y - height / 2)]) / height;
        }
        return result;
    }
}
