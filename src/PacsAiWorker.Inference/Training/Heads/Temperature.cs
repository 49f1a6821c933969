namespace PacsAiWorker.Inference.Training.Heads;

/// <summary>One number by which logits are divided so that probabilities mean what they say (Guo et al., ICML 2017). Ranks within a class do not change between cases of two classes.</summary>
public static class Temperature
{
    private const double Least = 0.05, Most = 20;
    private const int Steps = 60;

    /// <summary>The temperature with the least cross-entropy, between 0.05 and 20; 1 of no cases.</summary>
    /// <param name="cases">Logits of a head that did not see the case, and its class.</param>
    public static double Fit(IReadOnlyCollection<(double[] Logits, int Label)> cases)
    {
        if (cases.Count == 0)
            return 1;
        // Cross-entropy is convex in 1 / T: golden section.
        double low = 1 / Most, high = 1 / Least;
        var golden = (Math.Sqrt(5) - 1) / 2;
        double a = high - golden * (high - low), b = low + golden * (high - low), atA = Loss(cases, a), atB = Loss(cases, b);
        for (var step = 0; step < Steps; step++)
            if (atA <= atB)
            {
                (high, b, atB) = (b, a, atA);
                a = high - golden * (high - low);
                atA = Loss(cases, a);
            }
            else
            {
                (low, a, atA) = (a, b, atB);
                b = low + golden * (high - low);
                atB = Loss(cases, b);
            }
        return 2 / (low + high);
    }

    /// <summary>Probabilities of logits divided by a temperature.</summary>
    public static double[] Softmax(double[] logits, double temperature)
    {
        var highest = logits.Max(); // keeps exp within range
        double[] powers = [.. logits.Select(z => Math.Exp((z - highest) / temperature))];
        var sum = powers.Sum();
        return [.. powers.Select(p => p / sum)];
    }

    private static double Loss(IReadOnlyCollection<(double[] Logits, int Label)> cases, double factor)
    {
        var loss = 0.0;
        foreach (var (logits, label) in cases)
        {
            var highest = logits.Max();
            loss += Math.Log(logits.Sum(z => Math.Exp((z - highest) * factor))) - (logits[label] - highest) * factor;
        }
        return loss;
    }
}
