using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using PacsAiWorker.Commands;
using PacsAiWorker.Evaluation;
using PacsAiWorker.Inference;
using PacsAiWorker.Inference.Packages;
using PacsAiWorker.Inference.Routing;
using PacsAiWorker.Inference.Runtime;
using PacsAiWorker.Native.OnnxRuntime;
using PacsAiWorker.Pipeline.Scoring;
using PacsAiWorker.Testing;
using PacsAiWorker.Tests.Inference;
using PacsAiWorker.Training;

namespace PacsAiWorker.Tests.Training;

/// <summary>The demonstration's network is the backbone: its features are there under the head.</summary>
public sealed class TrainingRunTests : IClassFixture<TrainingData>, IDisposable
{
    private const int Patients = TrainingData.Patients, Images = TrainingData.Images;

    private readonly TrainingData _data;

    private readonly string _folder = Directory.CreateTempSubdirectory("pacsai-").FullName;
    private readonly string _demo = Path.Combine(SourceTree.Path("models"), "demo-phantom");

    public TrainingRunTests(TrainingData data)
    {
        _data = data;
        Directory.CreateDirectory(In("recipe"));
        Recipe("demonstration: true", "demonstration: false");
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_trained_package_loads_scores_as_it_was_judged_and_its_predictions_give_the_figures_of_its_card()
    {
        var data = _data.WriteList(In("list.csv"), withSet: true);
        var summary = Train(data, "models/out");

        var card = Card("models/out");
        Assert.True(card.Demonstration); // the recipe says false, the images are phantoms
        Assert.Contains(card.Limits, l => l.StartsWith("Trained on phantoms", StringComparison.Ordinal));
        Assert.Equal(summary.Temperature, card.Temperature, 9);
        Assert.Equal([("image", 20, 10), ("study", 10, 5)], card.Evaluation.Select(e => (e.Level, e.Cases, e.Positives)));
        Assert.All(card.Evaluation, e => Assert.True(e.Auc >= 0.85, $"{e}"));
        Assert.Equal("patient", card.Evaluation[0].SplitUnit);

        var file = PredictionFile.Read(In("models/out/evaluation/predictions.csv"));
        var report = Evaluator.Evaluate(file, new EvaluationOptions { Positive = [TrainingPhantoms.Positive], Threshold = card.Threshold });
        Assert.Equal(card.Evaluation[0].Auc, report.Images!.Auc!.Auc, 4);
        Assert.Equal(card.Evaluation[1].Sensitivity, report.ByStudy!.Rates.Single(r => r.Name == "sensitivity").Value!.Value, 4);

        var judged = PackageEvaluation.Run(ModelPackage.Load(In("models/out")), data, PackageEvaluation.Rules(new EvaluationOptions(), card, false, false), new InferenceOptions(), In("judged"), CancellationToken.None);
        Assert.Equal((20, 0), (judged.Rows, judged.NotScored));
        Assert.Equal(report.Images.Auc.Auc, judged.Images!.Auc!.Auc, 9);
        Assert.Equal(card.Evaluation[1].Sensitivity, judged.ByStudy!.Rates.Single(r => r.Name == "sensitivity").Value!.Value, 4);
        Assert.Contains("Of the list the test images alone were scored.", judged.Notes);
        Assert.Equal(file.Rows.Select(r => r.Image), PredictionFile.Read(In("judged/predictions.csv")).Rows.Select(r => r.Image));

        using var registry = ModelRegistry.Load(In("models"), new RuntimeOptions(Provider: OrtProvider.Cpu) { Trial = null }, TimeProvider.System);
        Assert.Empty(registry.Current.Refused.Select(r => r.Why));
        var scorer = new InstanceScorer(registry.Current, TestCodecs.Pool, TimeProvider.System);
        var lines = File.ReadAllLines(data);
        foreach (var row in file.Rows.Take(6))
        {
            var path = lines[int.Parse(row.Image![1..], CultureInfo.InvariantCulture) - 1].Split(',')[0];
            var score = Assert.Single((await scorer.ScoreAsync(path, Tiers.Routine, false, CancellationToken.None)).Scores);
            Assert.Equal(row.Scores![1], score.PositiveProbability, 1e-4);
        }
    }

    [Fact]
    public void The_same_data_and_seed_give_the_same_package_and_nothing_written_names_a_patient()
    {
        var data = _data.WriteList(In("list.csv"), withSet: false);
        var seen = 0;
        Train(data, "one");
        Train(data, "two", work: "work-2", progress: (step, done, _) => seen = step == "Features" ? done : seen);
        Assert.Equal(Patients * Images, seen);
        Assert.Equal(ModelPackage.Load(In("one")).Identity, ModelPackage.Load(In("two")).Identity);
        foreach (var file in Directory.EnumerateFiles(In("one"), "*", SearchOption.AllDirectories).Concat(Directory.EnumerateFiles(In("work-2"))))
        {
            var text = Encoding.Latin1.GetString(File.ReadAllBytes(file));
            Assert.All((string[])["Secret", "PHANTOM-", "visit", "2.25.77", _folder], name => Assert.DoesNotContain(name, text, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Cross_validation_judges_every_image_and_says_so()
    {
        var summary = Train(_data.Folder, "out", more: o => o with { Folds = 3 });
        Assert.Contains("3-fold cross-validation", summary.JudgedOn, StringComparison.Ordinal);
        Assert.Equal(Patients * Images, PredictionFile.Read(In("out/evaluation/predictions.csv")).Rows.Count);
        Assert.Equal(["1", "2", "3"], PredictionFile.Read(In("out/evaluation/predictions.csv")).Rows.Select(r => r.Fold).Distinct().Order());
        Assert.All(Card("out").Evaluation, e => Assert.Contains("3-fold", e.Dataset, StringComparison.Ordinal));
        Assert.Contains("model evaluate --predictions evaluation/predictions.csv --positive phantom-lesion --threshold", File.ReadAllText(In("out/README.md")), StringComparison.Ordinal);
    }

    [Fact]
    public void Where_patients_are_not_known_no_split_by_patient_is_claimed()
    {
        foreach (var file in Directory.EnumerateFiles(_data.Folder, "*.dcm", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(In("data"), Path.GetRelativePath(_data.Folder, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.WriteAllBytes(copy, Encoding.Latin1.GetBytes(Regex.Replace(Encoding.Latin1.GetString(File.ReadAllBytes(file)), "PHANTOM-[0-9]{4}", new string(' ', 12))));
        }

        var summary = Train(In("data"), "out", work: "work");
        Assert.Equal("study", summary.SplitUnit);
        Assert.All(Card("out").Evaluation, e => Assert.Equal("study", e.SplitUnit));
        Assert.Contains(Card("out").Limits, l => l.Contains("the patient is not known", StringComparison.Ordinal));
    }

    [Fact]
    public void Permuted_labels_teach_nothing_and_the_package_never_scores_a_patient()
    {
        var summary = Train(_data.Folder, "out", more: o => o with { PermuteLabels = true });
        Assert.InRange(summary.Levels[0].Auc!.Value, 0.25, 0.75);
        Assert.True(Card("out").Demonstration);
        Assert.Contains("permuted", Card("out").IntendedUse, StringComparison.Ordinal);
    }

    [Fact]
    public void What_cannot_be_used_is_counted_by_reason_and_listed_by_line()
    {
        TrainingPhantoms.WriteOne(In("doppler.dcm"), 1, 99, false, doppler: true);
        File.WriteAllText(In("broken.dcm"), "no image");
        var data = _data.WriteList(In("list.csv"), withSet: true, "doppler.dcm,not-flagged,Secret^99,visit 99,train", "broken.dcm,not-flagged,Secret^99,visit 99,train");
        var summary = Train(data, "out");
        Assert.Equal([("colour or spectral Doppler", 1), ("corrupt", 1)], summary.NotUsed.Select(n => (n.Key, n.Value)));
        Assert.Equal(["I0062,colour or spectral Doppler", "I0063,corrupt"], File.ReadAllLines(In("out/evaluation/not-used.csv")).Skip(1).Select(l => string.Join(',', l.Split(',').Take(2))));
        Assert.Contains("1 (colour or spectral Doppler), 1 (corrupt)", File.ReadAllText(In("out/README.md")), StringComparison.Ordinal);
    }

    [Fact]
    public void The_same_image_under_two_patients_stops_the_training_and_only_a_split_by_image_goes_on_and_says_so()
    {
        TrainingPhantoms.WriteOne(In("copy.dcm"), 1000, 98, false);
        var data = _data.WriteList(In("list.csv"), withSet: true, "copy.dcm,not-flagged,Secret^98,visit 98,test");
        var error = Assert.Throws<CommandException>(() => Train(data, "out"));
        Assert.Equal(ExitCodes.Failed, error.ExitCode);
        Assert.Contains("the data leak: images with the same pixels are in more than one set (1, such as I0002 / I0062)", error.Message, StringComparison.Ordinal);

        Assert.Contains("--allow-image-split", Assert.Throws<CommandException>(() => Train(data, "out", more: o => o with { Split = SplitUnit.Image })).Message, StringComparison.Ordinal);
        Train(data, "out", more: o => o with { Split = SplitUnit.Image, AllowImageSplit = true });
        Assert.All(Card("out").Evaluation, e => Assert.Equal("image", e.SplitUnit));
        Assert.Contains(Card("out").Limits, l => l.Contains("both sides", StringComparison.Ordinal));
    }

    [Fact]
    public void Too_few_patients_for_the_folds_are_told_with_the_class()
    {
        var error = Assert.Throws<CommandException>(() => Train(TrainingPhantoms.Write(In("data"), 6, 1), "out"));
        Assert.Contains("has training images of 3 patients only, too few for 5 folds", error.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(In("out")));
    }

    [Fact]
    public void A_backbone_without_features_is_refused_with_the_tensor_to_name()
    {
        var error = Assert.Throws<CommandException>(() => Train(_data.Folder, "out", more: o => o with { Features = null }));
        Assert.Contains("has no output \"features\" (it has logits", error.Message, StringComparison.Ordinal);
        Assert.EndsWith("name with --features the tensor that the last fully connected layer reads; here that seems to be features", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_backbone_that_changes_while_its_head_is_trained_stops_the_training()
    {
        File.Copy(Path.Combine(_demo, "model.onnx"), In("backbone.onnx"));
        void Change(string step, int done, int of)
        {
            if (step == "Heads" && done == of)
            {
                using var file = new FileStream(In("backbone.onnx"), FileMode.Append);
                file.Write([14 << 3 | 2, 0]); // an empty entry of the metadata
            }
        }

        var error = Assert.Throws<CommandException>(() => Train(_data.Folder, "out", more: o => o with { Backbone = In("backbone.onnx") }, progress: Change));
        Assert.Equal(ExitCodes.Failed, error.ExitCode);
        Assert.Contains("was changed while its head was trained", error.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(In("out")));
    }

    [Fact]
    public void Of_a_folder_a_leak_is_told_by_the_order_of_paths()
    {
        TrainingPhantoms.Write(In("data"), 12, 1);
        TrainingPhantoms.WriteOne(In("data/not-flagged/copy.dcm"), 1000, 98, false);
        var error = Assert.Throws<CommandException>(() => Train(In("data"), "out"));
        Assert.Contains("I0012 is the 12th file in the order of paths", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_router_has_no_threshold_and_its_views_are_counted()
    {
        var text = File.ReadAllText(In("recipe/model.yaml")).Replace(", isPositive: true", "", StringComparison.Ordinal).Replace("modelKind: classifier", "modelKind: router", StringComparison.Ordinal);
        File.WriteAllLines(In("recipe/model.yaml"), text.Split('\n').Where(l => !l.StartsWith("threshold", StringComparison.Ordinal) && !l.StartsWith("aggregation", StringComparison.Ordinal) && !l.StartsWith("triage", StringComparison.Ordinal)));
        var summary = Train(_data.Folder, "out");
        Assert.True(Card("out").IsRouter);
        Assert.Null(summary.Threshold);
        Assert.InRange(summary.Top1, 0.8, 1);
        Assert.Equal(1, summary.Top2);
        Assert.DoesNotContain("--positive", File.ReadAllText(In("out/README.md")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_proportion_rule_is_learned_on_the_training_images()
    {
        Recipe("aggregation: { imageToStudy: max }", "aggregation: { imageToStudy: proportion, proportion: 0.123 }");
        var summary = Train(TrainingPhantoms.Write(In("data"), Patients, 4), "out");
        Assert.StartsWith("proportion:", summary.StudyRule, StringComparison.Ordinal);
        Assert.NotEqual(0.123, Card("out").ProportionThreshold);
        Assert.Contains(Card("out").Evaluation, e => e.Level == "study");
    }

    private string In(string name) => Path.Combine(_folder, name);

    private ModelCard Card(string package) => ModelPackage.Load(In(package)).Card;

    /// <summary>The demonstration's card without what belongs to its network, one text replaced.</summary>
    private void Recipe(string find, string replacement) => File.WriteAllLines(In("recipe/model.yaml"), File.ReadAllText(Path.Combine(_demo, "model.yaml"))
        .Replace(find, replacement, StringComparison.Ordinal).Split('\n').Where(l => !((string[])["sha256", "bytes", "golden"]).Any(key => l.StartsWith(key + ":", StringComparison.Ordinal))));

    private TrainingSummary Train(string data, string output, string? work = null, Func<TrainingOptions, TrainingOptions>? more = null, Action<string, int, int>? progress = null)
    {
        var options = new TrainingOptions(In("recipe"), Path.Combine(_demo, "model.onnx"), data, In(output)) { Features = "features", Work = work is null ? _data.Work : In(work) };
        return new TrainingRun(more?.Invoke(options) ?? options, OrtLibrary.Load(null, AppContext.BaseDirectory), TestCodecs.Pool, progress ?? ((_, _, _) => { })).Run(CancellationToken.None).Summary;
    }
}
