using System.Globalization;
using System.Text;
using System.Text.Json;
using PacsAiWorker.Commands;
using PacsAiWorker.Evaluation;
using PacsAiWorker.Statistics.Confusion;
using PacsAiWorker.Statistics.Studies;

namespace PacsAiWorker.Tests.Evaluation;

public sealed class EvaluatorTests : IDisposable
{
    private readonly TempCsv csv = new();

    public void Dispose() => csv.Dispose();

    /// <summary>75 positive and 15 negative images: the counts of AlexNet in Wang et al. 2026.</summary>
    private const string AlexNet = "pilomatricoma";

    private PredictionFile Counts(int tp, int fn, int fp, int tn)
    {
        var text = new StringBuilder("study,image,truth,score_other,score_pilomatricoma\n");
        var line = 0;
        foreach (var (count, truth, score) in (ReadOnlySpan<(int, string, double)>)[(tp, AlexNet, .9), (fn, AlexNet, .2), (fp, "other", .7), (tn, "other", .1)])
        {
            for (var i = 0; i < count; i++, line++)
            {
                text.Append(CultureInfo.InvariantCulture, $"s{line / 2},i{line},{truth},{1 - score},{score}\n");
            }
        }

        return csv.Read(text.ToString());
    }

    [Fact]
    public void A_file_of_a_papers_counts_gives_its_table_and_its_audit()
    {
        var report = Evaluator.Evaluate(Counts(75, 0, 2, 13), new EvaluationOptions { Positive = [AlexNet], Draws = 50 });
        Assert.Equal(new BinaryCounts(75, 0, 2, 13), report.Images!.Counts);
        var specificity = report.Images.Rates.Single(r => r.Name == "specificity");
        Assert.Equal((13, 15, .6212, .9626), (specificity.Numerator, specificity.Denominator, Math.Round(specificity.Wilson!.Value.Low, 4), Math.Round(specificity.Wilson.Value.High, 4)));
        Assert.Equal(3.827535, Math.Round(report.Images.Figures.Single(f => f.Name == "comprehensive-score").Value!.Value, 6));
        Assert.Equal(("flag all", 75), (report.Images.Baseline.Name, report.Images.Baseline.Numerator));

        var audited = ReportedFile.Audit(report, csv.Write("printed.csv", "printed,figure\n97.4,precision\n100.0,sensitivity\n98.7%,f1\n.867,specificity\n3.9,comprehensive-score\n50,npv\n"));
        Assert.Equal([true, true, true, true, false, false], audited.Reported.Select(l => l.Agrees));
        Assert.Equal([Rounding.Ceiling], audited.Reported[4].Explained);
        Assert.Empty(audited.Reported[5].Explained);
        Assert.Contains("1 of 6 printed figures do not follow", audited.ReportedVerdict, StringComparison.Ordinal);
        Assert.Contains("mixed rounding", audited.ReportedVerdict, StringComparison.Ordinal);
        var error = Assert.Throws<CommandException>(() => ReportedFile.Audit(report, csv.Write("printed.csv", "figure,printed\nsensibility,3\n")));
        Assert.Contains(":2, column figure: \"sensibility\" is not computed here; there are sensitivity", error.Message, StringComparison.Ordinal);
    }

    private const string Studies = """
        study,patient,image,truth,score,manufacturer,fold
        s1,p1,a,1,0.9,big,1
        s1,p1,b,0,0.1,big,1
        s1,p1,c,0,0.2,big,1
        s2,p2,a,0,0.6,big,2
        s2,p2,b,0,0.1,small,2
        s2,p2,c,0,0.1,big,2
        s3,p3,a,1,,big,2
        s3,p3,b,0,0.1,big,2
        s4,p1,a,0,,big,2

        """;

    [Theory]
    [InlineData("max", 1, 1, 1, 0)]
    [InlineData("mean", 0, 2, 0, 1)]
    [InlineData("proportion:0.33", 1, 1, 1, 0)]
    [InlineData("proportion:0.34", 0, 2, 0, 1)]
    public void Studies_are_judged_by_the_rule_asked(string rule, int tp, int fn, int fp, int tn)
    {
        var study = Evaluator.Evaluate(csv.Read(Studies), new EvaluationOptions { Aggregation = StudyAggregation.Parse(rule)!, Prevalence = .1, Draws = 50 }).ByStudy!;
        Assert.Equal(new BinaryCounts(tp, fn, fp, tn), study.Counts); // s3 is positive by an image that was not scored
        Assert.Equal(1, study.NotScored);
        Assert.Equal(100 * (.1 * tp / 2 + .9 * fp), study.Expected.Flags!.Value, 9);
        Assert.Equal(rule.StartsWith('p') ? 1 : 0, study.FellBack);
    }

    [Fact]
    public void Images_not_scored_are_in_no_rate_small_groups_say_nothing_and_a_patient_in_two_folds_is_told()
    {
        var report = Evaluator.Evaluate(csv.Read(Studies), new EvaluationOptions { Minimum = 5, Draws = 50 });
        Assert.Equal((9, 2, 7, 3, 4), (report.Rows, report.NotScored, report.Images!.Counts.Total, report.Patients, report.Studies));
        var makers = Assert.Single(report.Breakdowns).Rows;
        Assert.Equal([("big", 6, false), ("small", 1, true)], makers.Select(r => (r.Value, r.Cases, r.TooFew)));
        Assert.Null(makers[1].Accuracy);
        Assert.Equal(1, report.Folds!.PatientsInSeveral);
        Assert.Contains(report.Notes, n => n.StartsWith("2 of 9 images were not scored", StringComparison.Ordinal));
        Assert.Contains(report.Notes, n => n.Contains("--prevalence", StringComparison.Ordinal));
    }

    [Fact]
    public void Several_classes_have_a_matrix_two_best_answers_and_each_class_against_the_rest()
    {
        var report = Evaluator.Evaluate(csv.Read("truth,score_liver,score_kidney,score_spleen\nliver,.6,.3,.1\nliver,.3,.4,.3\nkidney,.1,.8,.1\nspleen,.5,.3,.2\n"), new EvaluationOptions());
        Assert.Null(report.Images);
        Assert.Equal([[1, 1, 0], [0, 1, 0], [1, 0, 0]], report.ByClass!.Confusion);
        Assert.Equal([("top-1", 2, 4), ("top-2", 3, 4)], report.ByClass.Rates.Select(r => (r.Name, r.Numerator, r.Denominator)));
        Assert.Null(report.ByClass.PerClass.Single(c => c.Class == "spleen").Precision.Value);
        Assert.Equal(.75, report.ByClass.PerClass[0].Auc!.Auc);
    }

    [Theory]
    [InlineData("truth,score_a,score_b\na,.5,.5\n", "", "say with --positive which of them is to be flagged")]
    [InlineData("truth,score_a,score_b\na,.5,.5\n", "c", "has the classes a, b")]
    [InlineData("truth,score\nyes,.5\n", "", ":2, column truth: \"yes\" is neither 1 nor 0")]
    [InlineData("truth,score\n1,2.5\n", "", ":2: the score 2.5 is no probability, so 0.5 means nothing; give --threshold")]
    [InlineData("truth,score\n1,\n", "", "no image was scored")]
    public void What_cannot_be_told_is_asked(string text, string positive, string error) => Assert.Contains(error,
        Assert.Throws<CommandException>(() => Evaluator.Evaluate(csv.Read(text), new EvaluationOptions { Positive = positive.Length > 0 ? [positive] : [] })).Message, StringComparison.Ordinal);

    [Fact]
    public void Scores_that_are_no_probabilities_have_areas_and_no_calibration()
    {
        var report = Evaluator.Evaluate(csv.Read("truth,score\n1,2.5\n0,-3\n"), new EvaluationOptions { Threshold = 0 });
        Assert.Equal((1, null), (report.Images!.Auc!.Auc, report.Images.Brier));
        Assert.Null(report.ByStudy);
    }

    [Theory]
    [InlineData("truth,score\n1,.5\n0,.5\n1,.5\n0,.5\n")]
    [InlineData("truth,score\n1,.1\n0,.9\n")]
    [InlineData("truth,score\n1,.1\n1,.9\n")]
    [InlineData("study,truth,score\ns,0,.1\n")]
    [InlineData("study,truth,label\ns,0,1\nt,1,0\n")]
    public void Useless_scores_and_classes_without_cases_are_written_as_what_is_not_known(string text)
    {
        var report = Evaluator.Evaluate(csv.Read(text), new EvaluationOptions { Draws = 10, Minimum = 1 });
        Assert.DoesNotContain("NaN", JsonSerializer.Serialize(report, ReportFolder.Json) + EvaluationPage.Of(report), StringComparison.Ordinal);
        Assert.Null(report.Images!.Youden);
    }

    [Fact]
    public void The_page_escapes_what_the_file_says_and_holds_no_script()
    {
        var report = Evaluator.Evaluate(csv.Read("study,truth,score,manufacturer\ns,1,.9,<script>x</script>\nt,0,.2,B & C\n"), new EvaluationOptions { Minimum = 1, Draws = 10 });
        var page = EvaluationPage.Of(report);
        Assert.DoesNotContain("<script", page, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("&lt;script&gt;x", page, StringComparison.Ordinal);
        Assert.Contains("B &amp; C", page, StringComparison.Ordinal);
        Assert.DoesNotContain("NaN", page, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_not_flagged_is_never_called_normal()
    {
        var report = Evaluator.Evaluate(csv.Read(Studies), new EvaluationOptions { Minimum = 1, Draws = 10 });
        Assert.DoesNotContain("normal", EvaluationPage.Of(report).Split("</style>")[1], StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("normal", string.Concat(EvaluationTables.Of(report).SelectMany(t => t.Rows.SelectMany(r => r).Append(t.Note).Append(t.Title))), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void The_same_seed_gives_the_same_report()
    {
        string Page(ulong seed) => EvaluationPage.Of(Evaluator.Evaluate(csv.Read(Studies), new EvaluationOptions { Seed = seed, Draws = 40 }));
        Assert.Equal(Page(3), Page(3));
    }
}
