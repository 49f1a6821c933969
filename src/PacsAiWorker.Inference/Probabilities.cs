using PacsAiWorker.Inference.Packages;
using PacsAiWorker.Inference.Training.Heads;

namespace PacsAiWorker.Inference;

/// <summary>From a network's raw values to probabilities, in double precision. An activation of none takes them as they are, whatever the temperature.</summary>
public static class Probabilities
{
    /// <summary>Of one image or frame.</summary>
    /// <param name="values">One a class.</param>
    /// <param name="card">Its temperature and activation.</param>
    public static double[] From(float[] values, ModelCard card)
    {
        switch (card.Activation)
        {
            case Activation.Softmax:
                return Temperature.Softmax([.. values.Select(v => (double)v)], card.Temperature);
            case Activation.Sigmoid:
                return [.. values.Select(v => 1 / (1 + Math.Exp(-(double)v / card.Temperature)))];
            default:
                return [.. values.Select(v => (double)v)];
        }
    }

    /// <summary>Sum of the positive classes where classes exclude each other, else the highest of them; 0 for a router, which has none.</summary>
    public static double Positive(double[] probabilities, ModelCard card)
    {
        var positives = probabilities.Where((_, i) => card.Classes[i].IsPositive).ToArray();
        return card.Activation == Activation.Softmax ? Math.Min(1, positives.Sum()) : positives.DefaultIfEmpty().Max();
    }
}
