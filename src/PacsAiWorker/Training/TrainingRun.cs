using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using PacsAiWorker.Commands;
using PacsAiWorker.Evaluation;
using PacsAiWorker.Inference.Imaging.Codecs;
using PacsAiWorker.Inference.Networks.Surgery;
using PacsAiWorker.Inference.Packages;
using PacsAiWorker.Inference.Training;
using PacsAiWorker.Inference.Training.Features;
using PacsAiWorker.Inference.Training.Heads;
using PacsAiWorker.Native.OnnxRuntime;
using PacsAiWorker.Statistics.Folds;
using PacsAiWorker.Statistics.Roc;

namespace PacsAiWorker.Training;

/// <summary>From a recipe, a backbone and images to a package. What is chosen is chosen on training images; what is stated is measured on others.</summary>
/// <param name="options">What is asked.</param>
/// <param name="library">ONNX Runtime.</param>
/// <param name="codecs">Where pictures are decoded.</param>
/// <param name="progress">Told the step, how much is done and of how much.</param>
internal sealed class TrainingRun(TrainingOptions options, OrtLibrary library, CodecPool codecs, Action<string, int, int> progress)
{
    private const string DefaultFeatures = "features", ImageSplit = "Images of one patient may have been on both sides of every split: its figures are too good.";

    /// <summary>Trains and writes.</summary>
    /// <returns>What was done; and of the images that were not used, path and reason.</returns>
    /// <exception cref="CommandException">What was given does not do, or the data leak.</exception>
    /// <exception cref="PackageException">The recipe or the backbone does not do.</exception>
    /// <exception cref="NetworkFormatException">The backbone is no network.</exception>
    public (TrainingSummary Summary, IReadOnlyList<(string File, string Reason, string Detail)> NotUsed) Run(CancellationToken cancellation)
    {
        var draft = PackageDraft.From(options.Recipe, options.Variant);
        var card = draft.Card;
        if (card.Activation != Activation.Softmax)
        {
            throw new CommandException($"{options.Recipe}/model.yaml: training gives classes that exclude each other; set outputs.activation to softmax");
        }

        var split = options.Split ?? Enum.Parse<SplitUnit>(card.Protocol.SplitUnit, ignoreCase: true);
        if (split == SplitUnit.Image && !options.AllowImageSplit)
        {
            throw new CommandException("--split image puts images of one patient on both sides, so that every figure is too good: split by patient or study; or, to repeat a paper that did so, add --allow-image-split, and the card will say it");
        }

        var list = TrainingList.Read(options.Data, [.. card.Classes.Select(c => c.Id)]);
        list = options.Subgroup is { } subgroup ? list.Of(subgroup) : list;
        var features = options.Features ?? DefaultFeatures;
        var (images, backbone, width) = Extract(list, card, features, cancellation);
        var set = TrainingSet.Of(list, images, split);
        RequireEveryClass(set, card, list);
        if (options.PermuteLabels)
        {
            set = set.Permuted(options.Seed);
        }

        var folds = options.Folds ?? card.Protocol.Folds;
        var outcome = Fit(set, card, folds, split, cancellation);
        var leakage = LeakageReport.Of(set.Items, outcome.FoldOf, split);
        if (leakage.Where(f => f.Fails).ToList() is { Count: > 0 } failing && split != SplitUnit.Image)
        {
            throw new CommandException($"--data {options.Data}: the data leak: {string.Join("; ", failing.Select(f => $"{f.What} ({f.Count}, such as {string.Join(", ", f.Examples)})"))}. {(Directory.Exists(options.Data) ? "I0012 is the 12th file in the order of paths" : "I0012 is line 12 of the list")}. Take the copies out, or correct patient, study and set", ExitCodes.Failed);
        }

        // Where nobody knows the patients of some images, their studies were kept together, and no more than that is said.
        var stated = split == SplitUnit.Patient && set.Items.Any(i => i.Patient is null) ? SplitUnit.Study : split;
        Prepare(draft, set, stated);
        var judged = JudgedImage.Of(set, outcome, card);
        var (rules, levels) = Judge(draft, judged, list.HasTest, stated, folds);
        var heldOut = judged.Where(i => i.Item.Row.IsTest == list.HasTest).ToList();
        var summary = new TrainingSummary
        {
            Package = $"{card.Id}@{card.Version}",
            BackboneSha256 = backbone,
            Features = features,
            FeatureCount = width,
            Seed = options.Seed,
            Folds = folds,
            SplitUnit = stated.ToString().ToLowerInvariant(),
            ClassesBalanced = options.Balanced,
            LabelsPermuted = options.PermuteLabels,
            L2 = outcome.Final.L2,
            L2Chosen = options.L2 is null && outcome.Final.Validation > 0,
            Steps = outcome.Final.Steps,
            StoppedEarly = outcome.Final.StoppedEarly,
            Temperature = outcome.Temperature,
            Threshold = rules?.Point.Threshold,
            ThresholdSource = rules is null ? null : draft.Card.ThresholdSource,
            StudyRule = rules?.Study.ToString(),
            Counts = [.. card.Classes.Select((c, k) => Count(c.Id, [.. set.Items.Where(i => i.Label == k)]))],
            NotUsed = set.Unusable.GroupBy(u => TrainingPredictions.NotScored(u.Why)).OrderBy(g => g.Key, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.Count()),
            JudgedOn = list.HasTest ? "Measured on the test images of the training list" : $"Measured by {folds}-fold cross-validation: each image was judged by a head that did not see its {stated.ToString().ToLowerInvariant()}; the shipped head has seen them all",
            Levels = [.. levels.Select(l => new SummaryLevel(l.Level, l.Counts.Total, l.Counts.Positives, l.Auc?.Auc, l.Auc?.Low, l.Auc?.High, l.Counts.Recall.Value, l.Counts.Specificity.Value))],
            Top1 = Top(heldOut, 1),
            Top2 = Top(heldOut, 2),
            ByFold = list.HasTest ? new Dictionary<string, FoldFigure>() : ByFold(heldOut, card),
            Leakage = leakage,
        };
        Write(draft, summary, levels, set, heldOut, outcome);
        return (summary, [.. set.Unusable.Select(u => (u.Row.File, TrainingPredictions.NotScored(u.Why), u.Why.Detail))]);
    }

    private (IReadOnlyList<(TrainingImage? Image, UnusableImage? Why)> Images, string BackboneSha256, int Width) Extract(TrainingList list, ModelCard card, string features, CancellationToken cancellation)
    {
        var (bytes, digest) = Backbone(features);
        using var network = FeatureNetwork.Open(library, bytes, features, card, options.Backbone);
        using var cache = OpenCache(network, card);
        var done = 0;
        progress("Features", 0, list.Rows.Count);
        try
        {
            var images = new FeatureExtractor(network, cache, codecs, card).Run([.. list.Rows.Select(r => r.File)], () => progress("Features", ++done, list.Rows.Count), cancellation);
            var usable = images.Count(i => i.Image is not null);
            return usable <= FeatureMatrix.MostRows(network.Width)
                ? (images, digest, network.Width)
                : throw new CommandException($"--data {options.Data}: {usable} images of {network.Width} features do not fit into memory; take at most {FeatureMatrix.MostRows(network.Width)}, or a backbone with fewer features", ExitCodes.Failed);
        }
        catch (FeatureCacheException error)
        {
            throw new CommandException($"--work {options.Work}: {error.Message} Make room, or name a folder that has room; what was done is kept.", ExitCodes.Failed);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CommandException($"--data {options.Data}: {error.Message} Make the file readable, or take it out; what was done is kept.", ExitCodes.Failed);
        }
    }

    private FeatureCache OpenCache(FeatureNetwork network, ModelCard card)
    {
        try
        {
            return FeatureCache.Open(options.Work, FeatureExtractor.Key(network, card), network.Width);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CommandException($"--work {options.Work}: {error.Message} Name a folder that may be written and that no other training uses now.", ExitCodes.Failed);
        }
    }

    /// <summary>The backbone with the wanted tensor among its outputs.</summary>
    private (byte[] Network, string Sha256) Backbone(string features)
    {
        var (network, digest) = ReadBackbone();
        if (network.Outputs.All(o => o.Name != features))
        {
            if (options.Features is null)
            {
                var last = network.Nodes.LastOrDefault(n => n.Operator is "Gemm" or "MatMul");
                throw new CommandException($"{options.Backbone} has no output \"{features}\" (it has {string.Join(", ", network.Outputs.Select(o => o.Name))}): name with --features the tensor that the last fully connected layer reads"
                    + (last is { Inputs: [var read, ..] } ? $"; here that seems to be {read}" : ""));
            }

            if (!network.Nodes.Any(n => n.Outputs.Contains(features)))
            {
                throw new NetworkFormatException($"{options.Backbone}: no node makes a tensor '{features}', so it cannot be an output; name with --features one that a node makes.");
            }

            network.ExposeUnshaped([features]);
        }

        return (network.ToBytes(), digest);
    }

    /// <summary>The backbone and the digest of the very bytes that were read.</summary>
    private (OnnxSurgery Network, string Sha256) ReadBackbone()
    {
        try
        {
            var bytes = File.ReadAllBytes(options.Backbone);
            return (OnnxSurgery.Read(bytes, options.Backbone), Convert.ToHexStringLower(SHA256.HashData(bytes)));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new NetworkFormatException($"{options.Backbone} cannot be read: {error.Message} Name an ONNX file of less than 2 GiB that is there.", error);
        }
    }

    private static void RequireEveryClass(TrainingSet set, ModelCard card, TrainingList list)
    {
        var missing = card.Classes.Where((_, k) => set.Learning.All(i => i.Label != k)).Select(c => c.Id).ToList();
        if (missing.Count > 0)
        {
            var why = set.Unusable.GroupBy(u => TrainingPredictions.NotScored(u.Why)).Select(g => $"{g.Count()} {g.Key}").ToList();
            throw new CommandException($"--data {list.Path}: no training image of {string.Join(", ", missing)} can be used{(why.Count > 0 ? $" (not used: {string.Join(", ", why)})" : "")}; add images of every class", ExitCodes.Failed);
        }

        if (list.HasTest && !set.Test.Any())
        {
            throw new CommandException($"--data {list.Path}: no test image can be used; add some, or leave the column set out for cross-validation", ExitCodes.Failed);
        }
    }

    private TrainingOutcome Fit(TrainingSet set, ModelCard card, int folds, SplitUnit split, CancellationToken cancellation)
    {
        try
        {
            var done = 0;
            progress("Heads", 0, folds + 1);
            return CrossValidation.Run([.. set.Items.Select(i => i.ToCase())], card.Classes.Count, folds, new HeadOptions(options.L2, options.Balanced, options.Seed), () => progress("Heads", ++done, folds + 1), cancellation);
        }
        catch (ArgumentException)
        {
            var fewest = card.Classes.Select((c, k) => (c.Id, Groups: set.Learning.Where(i => i.Label == k).Select(i => i.Group).Distinct().Count())).MinBy(x => x.Groups);
            throw new CommandException($"--folds {folds}: class {fewest.Id} has training images of {fewest.Groups} {(split == SplitUnit.Patient ? "patients" : split == SplitUnit.Study ? "studies" : "images")} only, too few for {folds} folds; take fewer folds, add data, or name patients in the list where headers were made anonymous", ExitCodes.Failed);
        }
    }

    /// <summary>What the card says of the data, whatever was learned.</summary>
    private void Prepare(PackageDraft draft, TrainingSet set, SplitUnit split)
    {
        var limits = draft.Card.Limits.ToList();
        if (options.PermuteLabels)
        {
            draft.Set("demonstration", "true");
            draft.Set("intendedUse", YamlText.Quoted("A check of the training: its labels were permuted, it knows nothing. Never for patients."));
            limits.Add("Labels were permuted by patient: it knows nothing.");
        }
        else if (set.Items.Any(i => i.Header.IsPhantom) && !draft.Card.Demonstration)
        {
            draft.Set("demonstration", "true");
            limits.Add("Trained on phantoms: it scores phantoms only and says nothing about patients.");
        }

        if (split == SplitUnit.Image)
        {
            limits.Add(ImageSplit);
        }

        if (split == SplitUnit.Study)
        {
            limits.Add(set.Items.Count(i => i.Patient is null) is var nameless and > 0
                ? $"Of {nameless} of {set.Items.Count} images the patient is not known: studies of one patient may have been on both sides."
                : "Split by study: patients with several studies may have been on both sides.");
        }

        if (limits.Count > draft.Card.Limits.Count)
        {
            draft.Set("limits", YamlText.List(limits));
        }
    }

    /// <summary>Rules for the package from training images alone, and figures on images that took no part in finding the rules they meet.</summary>
    private (StudyRules? Rules, IReadOnlyList<LevelFigures> Levels) Judge(PackageDraft draft, IReadOnlyList<JudgedImage> judged, bool hasTest, SplitUnit split, int folds)
    {
        if (draft.Card.IsRouter)
        {
            return (null, []);
        }

        var card = draft.Card;
        var training = judged.Where(i => !i.Item.Row.IsTest).ToList();
        var rules = StudyRules.Find(training, card, options.Specificity);
        draft.Set("threshold", string.Create(CultureInfo.InvariantCulture, $"{{ value: {rules.Point.Threshold:R}, source: {YamlText.Quoted($"{rules.Point.Source} on cross-validated training images")} }}"));
        if (rules.ShareLearned)
        {
            draft.Set("aggregation", string.Create(CultureInfo.InvariantCulture, $"{{ imageToStudy: proportion, proportion: {rules.Study.Share:R} }}"));
        }

        StudyRules[] byFold = hasTest ? [] : [.. Enumerable.Range(0, folds).Select(f => StudyRules.Find([.. training.Where(i => i.Fold != f)], card, options.Specificity))];
        var levels = LevelFigures.Of(hasTest ? [.. judged.Where(i => i.Item.Row.IsTest)] : training, fold => fold < 0 ? rules : byFold[fold]);
        var dataset = hasTest ? "test images of the training list" : $"{folds}-fold cross-validation of the training images";
        if (levels.Select(l => l.Yaml(dataset, split)).OfType<string>().ToList() is { Count: > 0 } rows)
        {
            draft.Set("evaluation", $"[ {string.Join(", ", rows)} ]");
        }

        return (rules, levels);
    }

    private void Write(PackageDraft draft, TrainingSummary summary, IReadOnlyList<LevelFigures> levels, TrainingSet set, IReadOnlyList<JudgedImage> heldOut, TrainingOutcome outcome)
    {
        progress("Package", 0, 1);
        draft.Set("calibration", string.Create(CultureInfo.InvariantCulture, $"{{ temperature: {outcome.Temperature:R} }}"));
        var card = draft.Card;
        var (network, digest) = ReadBackbone();
        if (digest != summary.BackboneSha256)
        {
            throw new CommandException($"--backbone {options.Backbone} was changed while its head was trained, so that the head does not belong to it; leave the file as it is and train again", ExitCodes.Failed);
        }

        network.MarkTrained();
        var head = outcome.Final.Head;
        network.ReplaceHead(summary.Features, card.OutputName, head.Weights, head.Bias);
        if (card.FeatureOutput is { } end && network.Outputs.All(o => o.Name != end))
        {
            draft.Remove("featureOutput"); // the backbone shows no end of its trunk: the package scores and cannot explain
        }

        var file = Path.Combine(options.Work, $"network-{Environment.ProcessId}.onnx");
        try
        {
            using (var stream = File.Create(file))
            {
                network.Write(stream);
            }

            var input = GoldenInput.Make(card.Preprocessing);
            var output = Answer(file, card, input);
            draft.Golden(input, output, 1e-4 * Math.Max(1, output.Max(Math.Abs)));
            draft.Add("README.md", Encoding.UTF8.GetBytes(TrainingReadme.Text(summary, card, levels)));
            draft.Add("evaluation/predictions.csv", TrainingPredictions.Csv(heldOut, card));
            draft.Add("evaluation/training.json", JsonSerializer.SerializeToUtf8Bytes(summary, ReportFolder.Json));
            if (set.Unusable.Count > 0)
            {
                draft.Add("evaluation/not-used.csv", TrainingPredictions.NotUsed(set));
            }

            draft.Write(options.Output, file);
            progress("Package", 1, 1);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CommandException($"--work {options.Work}: {error.Message} Name a folder that may be written and has room.", ExitCodes.Failed);
        }
        finally
        {
            File.Delete(file);
        }
    }

    private float[] Answer(string file, ModelCard card, float[] input)
    {
        using var session = OrtSession.Create(library, File.ReadAllBytes(file), new OrtSessionSettings());
        var index = session.Outputs.ToList().FindIndex(o => o.Name == card.OutputName);
        return session.Run(input, [1, .. card.InputShape.Skip(1)])[index];
    }

    private static ClassCount Count(string id, IReadOnlyList<TrainingItem> items)
    {
        var (learning, test) = (items.Where(i => !i.Row.IsTest).ToList(), items.Where(i => i.Row.IsTest).ToList());
        static int Studies(IEnumerable<TrainingItem> of) => of.Select(i => i.Study).Distinct().Count();
        static int Patients(IEnumerable<TrainingItem> of) => of.Select(i => i.Patient ?? i.Study).Distinct().Count();
        return new ClassCount(id, learning.Count, Studies(learning), Patients(learning), test.Count, Studies(test), Patients(test));
    }

    private static double Top(IReadOnlyCollection<JudgedImage> images, int most) =>
        images.Count(i => i.Probabilities.Select((p, k) => (p, k)).OrderByDescending(x => x.p).Take(most).Any(x => x.k == i.Item.Label)) / (double)images.Count;

    private static Dictionary<string, FoldFigure> ByFold(IReadOnlyCollection<JudgedImage> images, ModelCard card)
    {
        var figures = new Dictionary<string, FoldFigure> { ["top-1"] = LevelFigures.ByFold(images, fold => Top(fold, 1)), ["top-2"] = LevelFigures.ByFold(images, fold => Top(fold, 2)) };
        if (!card.IsRouter)
        {
            figures["AUC (image)"] = LevelFigures.ByFold(images, fold => RocCurve.Of([.. fold.Select(i => (i.Positive, i.Score))])?.Auc);
        }

        return figures;
    }
}
