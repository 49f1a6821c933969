using PacsAiWorker.Statistics.Intervals;

namespace PacsAiWorker.Statistics.Confusion;

/// <summary>Whether the truth is among the k highest scores.</summary>
public static class TopK
{
    /// <summary>Place of a class among the scores, from 0; of equal scores the class that stands first comes first.</summary>
    public static int Rank(IReadOnlyList<double> scores, int label)
    {
        var before = 0;
        for (var c = 0; c < scores.Count; c++)
            if (scores[c] > scores[label] || (scores[c] == scores[label] && c < label))
                before++;
        return before;
    }

    /// <summary>Share of cases whose truth is among the k highest.</summary>
    /// <param name="cases">Scores by class, and the index of the true class.</param>
    /// <param name="k">At least 1.</param>
    public static Proportion Accuracy(IReadOnlyCollection<(IReadOnlyList<double> Scores, int Truth)> cases, int k) =>
        new(cases.Count(c => Rank(c.Scores, c.Truth) < k), cases.Count);
}
