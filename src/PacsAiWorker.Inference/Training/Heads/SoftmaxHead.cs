namespace PacsAiWorker.Inference.Training.Heads;

/// <summary>A trained head over a backbone's raw features: logits = features · Weightsᵀ + Bias, in the order of the card's classes.</summary>
/// <param name="Classes">Rows of the weights.</param>
/// <param name="Features">Columns of the weights.</param>
/// <param name="Weights">Classes × Features, row by row: a Gemm with transB = 1.</param>
/// <param name="Bias">One a class.</param>
public sealed record SoftmaxHead(int Classes, int Features, float[] Weights, float[] Bias)
{
    /// <summary>Logits of one case, summed in double precision.</summary>
    public double[] Logits(ReadOnlySpan<float> features)
    {
        var logits = new double[Classes];
        for (var k = 0; k < Classes; k++)
        {
            double sum = Bias[k];
            for (var j = 0; j < Features; j++)
                sum += (double)Weights[k * Features + j] * features[j];
            logits[k] = sum;
        }
        return logits;
    }

    /// <summary>From weights on standardised features to weights on raw ones.</summary>
    /// <param name="solution">Of <see cref="SoftmaxRegression"/>.</param>
    /// <param name="scale">That the features were standardised with.</param>
    internal static SoftmaxHead Folded(SoftmaxSolution solution, Standardisation scale)
    {
        int classes = solution.Bias.Length, width = scale.Mean.Length;
        var weights = new float[classes * width];
        var bias = new float[classes];
        for (var k = 0; k < classes; k++)
        {
            var constant = solution.Bias[k];
            for (var j = 0; j < width; j++)
            {
                var weight = solution.Weights[k * width + j] / scale.Deviation[j];
                weights[k * width + j] = (float)weight;
                constant -= weight * scale.Mean[j];
            }
            bias[k] = (float)constant;
        }
        return new(classes, width, weights, bias);
    }
}
