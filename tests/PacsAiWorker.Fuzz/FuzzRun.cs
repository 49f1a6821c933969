using System.Diagnostics;

namespace PacsAiWorker.Fuzz;

/// <summary>An input that the target could not take.</summary>
/// <param name="Input">The bytes.</param>
/// <param name="What">The exception, or how it broke a limit.</param>
public sealed record Finding(byte[] Input, string What);

/// <summary>What a run did.</summary>
/// <param name="Inputs">Inputs fed.</param>
/// <param name="Corpus">Seeds and inputs that showed something new.</param>
/// <param name="Findings">What must be mended.</param>
public sealed record FuzzResult(long Inputs, int Corpus, IReadOnlyList<Finding> Findings);

/// <summary>Feeds damaged inputs to a target, keeping those that make it say something new.</summary>
public static class FuzzRun
{
    private const int MostCorpus = 4096, MostFindings = 50;
    private const long MostBytesAnInput = 64L << 20;

    /// <summary>What one input may take in a run by hand; a test does not judge the machine's speed.</summary>
    public static readonly TimeSpan LongestInput = TimeSpan.FromSeconds(5);

    /// <param name="target">What is fed.</param>
    /// <param name="seed">The same seed feeds the same inputs.</param>
    /// <param name="goOn">Asked before each input with the count so far.</param>
    /// <param name="longest">How long one input may take; null for any time.</param>
    public static FuzzResult Run(IFuzzTarget target, int seed, Func<long, bool> goOn, TimeSpan? longest = null)
    {
        var corpus = target.Seeds().ToList();
        var mutator = new Mutator(seed);
        var seen = new HashSet<string>();
        var findings = new List<Finding>();
        long inputs = 0;
        foreach (var valid in corpus.ToList())
        {
            Feed(valid);
        }

        while (goOn(inputs) && findings.Count < MostFindings)
        {
            Feed(mutator.Next(corpus));
        }

        return new(inputs, corpus.Count, findings);

        void Feed(byte[] input)
        {
            inputs++;
            var before = GC.GetAllocatedBytesForCurrentThread();
            var watch = Stopwatch.StartNew();
            string outcome;
            try
            {
                outcome = target.Run(input);
            }
            catch (Exception e)
            {
                outcome = $"!{e.GetType().Name} {e.StackTrace?.Split('\n').FirstOrDefault()?.Trim()}";
                if (seen.Add(outcome))
                {
                    findings.Add(new(input, e.ToString()));
                }

                return;
            }

            var bytes = GC.GetAllocatedBytesForCurrentThread() - before;
            if ((bytes > MostBytesAnInput && seen.Add("!memory")) || (watch.Elapsed > longest && seen.Add("!time")))
            {
                findings.Add(new(input, $"{bytes} bytes, {watch.Elapsed}"));
            }

            if (seen.Add(outcome) && corpus.Count < MostCorpus)
            {
                corpus.Add(input);
            }
        }
    }
}
