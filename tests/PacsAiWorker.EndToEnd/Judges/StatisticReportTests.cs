using System.Globalization;
using System.Text.Json;
using PacsAiWorker.Commands;
using PacsAiWorker.EndToEnd.Line;
using PacsAiWorker.EndToEnd.Servers;
using PacsAiWorker.Statistics.Roc;
using Xunit;

namespace PacsAiWorker.EndToEnd.Judges;

/// <summary>The two commands as a person runs them, on generated predictions.</summary>
public sealed class StatisticReportTests : IDisposable
{
    private readonly TempFolder folder = new("report");

    public void Dispose() => folder.Dispose();

    private static Task<ToolResult> RunAsync(params string[] arguments) => Tool.RunAsync(WorkerProcess.Program, arguments);

    private async Task<List<(string Study, bool Positive, double Score)>> WriteAsync(string name, int seed)
    {
        Random cases = new(1), noise = new(seed);
        var rows = new List<(string, bool, double)>();
        var lines = new List<string> { "manufacturer,score,truth,image,study,patient,fold" };
        for (var study = 0; study < 60; study++)
        {
            for (var image = 0; image <= study % 5; image++)
            {
                var positive = cases.Next(4) == 0;
                var score = Math.Round(Math.Clamp(.35 + (positive ? .3 : 0) + .3 * (noise.NextDouble() + noise.NextDouble() - 1), 0, 1), 3);
                rows.Add(($"S{study}", positive, score));
                lines.Add(string.Create(CultureInfo.InvariantCulture, $"{(study < 55 ? "Maker" : "Rare")},{score},{(positive ? 1 : 0)},{image},S{study},P{study / 2},{study / 2 % 4}"));
            }
        }

        await File.WriteAllLinesAsync(folder[name], lines);
        return rows;
    }

    [Fact]
    public async Task Evaluate_writes_what_the_predictions_say()
    {
        var rows = await WriteAsync("a.csv", 2);
        await File.WriteAllTextAsync(folder["printed.csv"], "figure,printed\nsensitivity,99.9\n");
        var result = (await RunAsync("model", "evaluate", "--predictions", folder["a.csv"], "--threshold", "0.5", "--prevalence", "0.08", "--reported", folder["printed.csv"], "--out", folder["out"])).Succeeded();
        Assert.Contains("Flags per 100 studies", result.Output, StringComparison.Ordinal);

        using var report = JsonDocument.Parse(await File.ReadAllTextAsync(folder["out/evaluation.json"]));
        var images = report.RootElement.GetProperty("images");
        Assert.Equal(rows.Count(r => r.Positive && r.Score >= .5), images.GetProperty("counts").GetProperty("tp").GetInt32());
        var auc = DeLong.Estimate([.. rows.Where(r => r.Positive).Select(r => r.Score)], [.. rows.Where(r => !r.Positive).Select(r => r.Score)]);
        Assert.Equal(auc.Auc, images.GetProperty("auc").GetProperty("auc").GetDouble());
        Assert.All(images.GetProperty("rates").EnumerateArray(), r => Assert.True(r.GetProperty("wilson").GetProperty("low").GetDouble() <= r.GetProperty("value").GetDouble()));

        var studies = rows.GroupBy(r => r.Study).Select(g => (Positive: g.Any(r => r.Positive), Flagged: g.Any(r => r.Score >= .5))).ToList();
        var byStudy = report.RootElement.GetProperty("byStudy");
        Assert.Equal(studies.Count(s => s is { Positive: false, Flagged: false }), byStudy.GetProperty("counts").GetProperty("tn").GetInt32());
        double Share(bool positive) => studies.Count(s => s.Flagged && s.Positive == positive) / (double)studies.Count(s => s.Positive == positive);
        Assert.Equal(100 * (.08 * Share(true) + .92 * Share(false)), byStudy.GetProperty("expected").GetProperty("flags").GetDouble(), 9);
        Assert.True(report.RootElement.GetProperty("breakdowns")[0].GetProperty("rows")[1].GetProperty("tooFew").GetBoolean());
        Assert.False(report.RootElement.GetProperty("reported")[0].GetProperty("agrees").GetBoolean());

        var page = await File.ReadAllTextAsync(folder["out/evaluation.html"]);
        Assert.Equal(3, page.Split("<svg").Length - 1);
        Assert.DoesNotContain("http", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Compare_says_the_same_in_words_and_in_json_and_a_wrong_file_is_refused_with_its_line()
    {
        await WriteAsync("a.csv", 2);
        await WriteAsync("b.csv", 3);
        var words = (await RunAsync("model", "compare", folder["a.csv"], folder["b.csv"], "--out", folder["out"])).Succeeded();
        Assert.Contains("DeLong, paired areas", words.Output, StringComparison.Ordinal);
        var json = (await RunAsync("model", "compare", folder["a.csv"], folder["b.csv"], "--json")).Succeeded();
        Assert.Equal(await File.ReadAllTextAsync(folder["out/comparison.json"]), json.Output);

        await File.WriteAllTextAsync(folder["c.csv"], "image,truth,score\n1,1,high\n");
        var wrong = await RunAsync("model", "compare", folder["a.csv"], folder["c.csv"]);
        Assert.Equal(ExitCodes.Usage, wrong.ExitCode);
        Assert.StartsWith($"{folder["c.csv"]}:2, column score: \"high\" is no number", wrong.Error, StringComparison.Ordinal);
    }
}
