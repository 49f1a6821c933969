using System.Globalization;
using System.Text.Json;
using PacsAiWorker.EndToEnd.Phantoms;
using PacsAiWorker.EndToEnd.Servers;
using PacsAiWorker.Testing;

namespace PacsAiWorker.EndToEnd.Judges;

/// <summary>Cases with two scores.</summary>
internal sealed record ScoredCases(int[] Truth, double[] A, double[] B)
{
    public double[] Positives(double[] scores) => [.. scores.Where((_, i) => Truth[i] == 1)];

    public double[] Negatives(double[] scores) => [.. scores.Where((_, i) => Truth[i] == 0)];

    public (bool Positive, double Score)[] Pairs => [.. Truth.Zip(A, (t, a) => (t == 1, a))];
}

/// <summary>Cases of several classes.</summary>
internal sealed record ClassCases(int[] Truth, double[][] Scores);

/// <summary>What the judges are asked; all from one seed.</summary>
internal sealed class StatisticQuestions
{
    public const double Threshold = 0.5;

    public StatisticQuestions(int seed)
    {
        var random = new Random(seed);
        Roc = [.. Enumerable.Range(0, 40).Select(i => Scored(random, 20 + 15 * i, share: i % 4 == 0 ? .07 : .4, levels: i % 3 == 0 ? 10 : i % 3 == 1 ? 64 : 1 << 30))];
        Classes = [.. Enumerable.Range(3, 9).Select(k => Several(random, k))];
        Wilcoxon = [.. Enumerable.Range(0, 45).Select(i => Differences(random, 5 + i, i % 2 == 0))];
        Shares = [.. Enumerable.Range(0, 60).Select(i => Share(random, i < 20 ? 15 : 3000)), [0, 9, 3, 9], [9, 9, 8, 9], [4, 4, 7, 7]];
        Discordant = [.. Enumerable.Range(0, 60).Select(i => new[] { 1 + random.Next(i < 30 ? 12 : 400), random.Next(i < 30 ? 12 : 400) })];
        Normal = [.. Enumerable.Range(-300, 601).Select(i => i / 20.0)];
        Beta = [.. Enumerable.Range(0, 300).Select(_ => new[] { random.NextDouble(), Math.Exp(random.NextDouble() * 10 - 1), Math.Exp(random.NextDouble() * 10 - 1) })];
    }

    public IReadOnlyList<ScoredCases> Roc { get; }
    public IReadOnlyList<ClassCases> Classes { get; }
    public IReadOnlyList<double[]> Wilcoxon { get; }
    public IReadOnlyList<int[]> Shares { get; }
    public IReadOnlyList<int[]> Discordant { get; }
    public IReadOnlyList<double> Normal { get; }
    public IReadOnlyList<double[]> Beta { get; }

    /// <summary>Few levels make many ties; a small share makes few positives.</summary>
    private static ScoredCases Scored(Random random, int count, double share, int levels)
    {
        int[] truth = [1, 1, 1, 0, 0, 0, .. Enumerable.Range(0, count).Select(_ => random.NextDouble() < share ? 1 : 0)];
        return new(truth, [.. truth.Select(Score)], [.. truth.Select(Score)]);

        double Score(int positive) => Math.Floor(Math.Min(.999, .7 * random.NextDouble() + .25 * positive) * levels) / levels;
    }

    private static ClassCases Several(Random random, int classes)
    {
        int[] truth = [.. Enumerable.Range(0, classes), .. Enumerable.Range(0, 200).Select(_ => Math.Min(random.Next(classes), random.Next(classes)))];
        return new(truth, [.. truth.Select(t =>
        {
            double[] raw = [.. Enumerable.Range(0, classes).Select(c => random.NextDouble() + (c == t ? .5 : 0))];
            return raw.Select(r => r / raw.Sum()).ToArray();
        })]);
    }

    private static double[] Differences(Random random, int count, bool ties) =>
        [.. Enumerable.Range(0, count).Select(_ => ties ? random.Next(-4, 6) : random.NextDouble() - .4), 2];

    private static int[] Share(Random random, int most)
    {
        int n = 1 + random.Next(most), m = 1 + random.Next(most);
        return [random.Next(n + 1), n, random.Next(m + 1), m];
    }
}

/// <summary>Their answers, in the order of the questions.</summary>
internal sealed record PythonAnswers(PythonRoc[] Roc, PythonClasses[] Classes, PythonWilcoxon[] Wilcoxon, PythonShares[] Shares, PythonDiscordant[] Discordant, double[][] Normal, double[] Beta);

internal sealed record PythonRoc(double Auc, double Partial, double Precision, double Recall, double F1, double Balanced, double Mcc, double Kappa, double Brier, double Distance, double Same, double[] Observed, double[] Mean);

internal sealed record PythonClasses(int[][] Confusion, double Kappa, double Mcc, double Top2, double Entropy);

internal sealed record PythonWilcoxon(double? Exact, double Wilcox, double Corrected, double Pratt);

internal sealed record PythonShares(double[] Wilson, double[] Exact, double? Z, double? P);

internal sealed record PythonDiscordant(double Exact, double Chi, double P, double CorrectedChi, double CorrectedP);

internal sealed record ProcRoc(double Auc, double Variance, double Low, double High, double Covariance, double Z, double P, double Partial);

/// <summary>Debian's scipy, scikit-learn and statsmodels in one process, pROC in another.</summary>
internal static class StatisticJudge
{
    public static async Task<PythonAnswers> PythonAsync(StatisticQuestions questions, string folder)
    {
        Tool.Find("/usr/lib/python3/dist-packages/scipy/__init__.py", "python3-scipy");
        Tool.Find("/usr/lib/python3/dist-packages/sklearn/__init__.py", "python3-sklearn");
        Tool.Find("/usr/lib/python3/dist-packages/statsmodels/__init__.py", "python3-statsmodels");
        var jobs = Path.Combine(folder, "jobs.json");
        await File.WriteAllTextAsync(jobs, JsonSerializer.Serialize(new
        {
            roc = questions.Roc.Select(c => new { truth = c.Truth, score = c.A, threshold = StatisticQuestions.Threshold }),
            classes = questions.Classes.Select(c => new { truth = c.Truth, scores = c.Scores }),
            wilcoxon = questions.Wilcoxon,
            shares = questions.Shares,
            discordant = questions.Discordant,
            normal = questions.Normal,
            beta = questions.Beta,
        }));
        return await PhantomMaker.PythonAsync<PythonAnswers>("Judges/judge_statistics.py", [jobs]);
    }

    public static async Task<IReadOnlyList<ProcRoc>> ProcAsync(StatisticQuestions questions, string folder)
    {
        Tool.Find("/usr/lib/R/site-library/pROC/DESCRIPTION", "r-cran-proc");
        string cases = Path.Combine(folder, "cases.csv"), answers = Path.Combine(folder, "answers.csv");
        var lines = questions.Roc.SelectMany((c, id) => c.Truth.Select((truth, i) => string.Create(CultureInfo.InvariantCulture, $"{id},{truth},{c.A[i]:R},{c.B[i]:R}")));
        await File.WriteAllLinesAsync(cases, ["case,truth,a,b", .. lines]);
        (await Tool.RunAsync(Tool.Find("/usr/bin/Rscript", "r-base-core"), ["--vanilla", SourceTree.Path("tests", "PacsAiWorker.EndToEnd", "Judges", "judge_roc.R"), cases, answers])).Succeeded();
        var rows = (await File.ReadAllLinesAsync(answers)).Select(l => l.Split(',').Select(v => double.Parse(v, CultureInfo.InvariantCulture)).ToArray()).OrderBy(r => r[0]);
        return [.. rows.Select(r => new ProcRoc(r[1], r[2], r[3], r[4], r[5], r[6], r[7], r[8]))];
    }
}
