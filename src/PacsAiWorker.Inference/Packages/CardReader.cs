using System.Text.RegularExpressions;
using PacsAiWorker.Inference.Packages.Lint;
using PacsAiWorker.Inference.Routing;

namespace PacsAiWorker.Inference.Packages;

/// <summary>
/// Turns <c>model.yaml</c> into a <see cref="ModelCard"/>; unknown keys, missing keys and values out of range are errors with their
/// line.
/// </summary>
internal static partial class CardReader
{
    public const string FileName = "model.yaml";
    private const int Schema = 1, LongestCode = 16, LargestSide = 4096;

    /// <param name="text">Content of the file.</param>
    /// <param name="file">Its name in messages.</param>
    /// <param name="weightsInstalled">Whether model.onnx is there: then digest, size and golden pair are needed.</param>
    /// <exception cref="PackageException">Names file, line and remedy.</exception>
    public static ModelCard Read(string text, string file, bool weightsInstalled)
    {
        var root = YamlMap.Parse(text, file);
        var variants = CardVariants.Read(root, weightsInstalled);
        foreach (var variant in variants)
            Read(variant.Card, weightsInstalled: false);
        return Read(root, weightsInstalled) with { Variants = [.. variants.Select(v => v.Variant)] };
    }

    private static ModelCard Read(YamlMap root, bool weightsInstalled)
    {
        if (root.Whole("schema") != Schema)
            throw root.Wrong("schema", $"must be {Schema}: this program knows no other");
        var isRouter = root.OneOf("modelKind", "classifier", "router") == "router";
        var (preprocessing, inputName, shape) = PreprocessingReader.Read(root);
        var (outputName, activation, classes) = Output(root, isRouter);
        var roi = root.Map("roi");
        // A router makes no findings: keys about them are unknown in its card.
        var threshold = isRouter ? null : root.Map("threshold");
        var aggregation = isRouter ? null : root.Map("aggregation");
        var triage = isRouter ? null : root.Map("triage");
        var calibration = root.Has("calibration") ? root.Map("calibration") : null;
        var network = root.Has("network") ? root.Map("network") : null;
        var precision = network?.Has("precision") == true ? network.OneOf("precision", "float32", "float16", "int8") : null;
        var golden = weightsInstalled || root.Has("golden") ? GoldenReader.Read(root.Map("golden"), classes) : default;
        var card = new ModelCard
        {
            Id = Matching(root, "id", IdPattern(), "must be 1 to 64 of a-z, 0-9 and '-'"),
            Version = Matching(root, "version", VersionPattern(), "must be a version like 1.0.0"),
            Sha256 = weightsInstalled ? Matching(root, "sha256", DigestPattern(), "must be 64 lower-case hex digits")
                : root.OptionalText("sha256"),
            Bytes = weightsInstalled || root.Has("bytes") ? root.Long("bytes") : null,
            Demonstration = root.OneOf("demonstration", "true", "false") == "true", // a demonstration that lost this line would score patients
            ReviewBy = root.Date("reviewBy"),
            Manufacturer = root.Text("manufacturer"),
            IntendedUse = root.Text("intendedUse"),
            PaperRef = root.OptionalText("paperRef"),
            IsOfFetus = root.Has("subject") && root.OneOf("subject", "patient", "fetus") == "fetus",
            Family = root.OneOf("family", "CNN", "VIT", "ENSEMBLE"),
            Architecture = root.Text("architecture"),
            IsInt8 = precision == "int8",
            IsFloat16 = precision == "float16",
            Domains = Listed(network, "domains", NetworkLint.KnownDomains),
            ControlFlow = Listed(network, "controlFlow", NetworkLint.ControlFlow),
            InputName = inputName,
            InputShape = shape,
            Preprocessing = preprocessing,
            Region = roi.OneOf("policy", "largest", "reject") == "largest" ? RegionPolicy.Largest : RegionPolicy.Reject,
            PixelFallback = roi.Flag("fallback", true),
            MinSidePixels = Positive(roi, "minSide"),
            OutputName = outputName,
            Activation = activation,
            FeatureOutput = root.OptionalText("featureOutput"),
            Temperature = calibration is null ? 1 : Temperature(calibration),
            Classes = classes,
            IsRouter = isRouter,
            Threshold = threshold is null ? 1 : Share(threshold, "value"),
            ThresholdSource = threshold?.Text("source") ?? "a router has none",
            ImageToStudy = aggregation is null ? Aggregation.Max : Enum.Parse<Aggregation>(aggregation.OneOf("imageToStudy", "max", "mean", "proportion"), ignoreCase: true),
            ProportionThreshold = aggregation?.Has("proportion") == true ? Share(aggregation, "proportion") : null,
            PositiveTier = triage is null ? TriageTier.Tp4 : Enum.Parse<TriageTier>(triage.OneOf("positive", "TP1", "TP2", "TP3", "TP4"), ignoreCase: true),
            Routing = RoutingReader.Read(root.Map("routing"), isRouter),
            Golden = golden.Pair,
            GoldenPictures = golden.Pictures ?? [],
            Evaluation = root.Has("evaluation") ? [.. root.Maps("evaluation").Select(Evaluation)] : [],
            Protocol = root.Has("protocol") ? Protocol(root.Map("protocol")) : new TrainingProtocol(),
            Limits = root.Has("limits") ? root.Texts("limits") : [],
        };
        if (card.ImageToStudy == Aggregation.Proportion && card.ProportionThreshold is null)
            throw aggregation!.Wrong("imageToStudy", "is proportion, so 'aggregation.proportion' is needed: the share of flagged images that flags a study");
        foreach (var map in (YamlMap?[])[root, roi, threshold, aggregation, triage, calibration, network])
            map?.Done();
        return card;
    }

    private static (string Name, Activation Activation, ModelClass[] Classes) Output(YamlMap root, bool isRouter)
    {
        var outputs = root.Maps("outputs");
        if (outputs.Length != 1)
            throw root.Wrong("outputs", "must hold one output, the one with the classes");
        var output = outputs[0];
        var activation = Enum.Parse<Activation>(output.OneOf("activation", "softmax", "sigmoid", "none"), ignoreCase: true);
        var classes = output.Maps("classes").Select(c =>
        {
            var result = new ModelClass(c.Text("id"), c.Text("display"), c.Text("code"), c.Text("scheme"), c.Text("meaning"),
                c.OptionalText("site"), c.Flag("isPositive", false))
            { Organ = isRouter ? c.OptionalText("organ") : null };
            if (result.Code.Length > LongestCode)
                throw c.Wrong("code", $"is longer than {LongestCode} characters, the most that a code of DICOM holds; take the shorter code of its scheme");
            c.Done();
            return result;
        }).ToArray();
        if (isRouter && (classes.Length < 2 || classes.Any(c => c.IsPositive)))
            throw output.Wrong("classes", "of a router must be at least two, none with isPositive: it makes no findings");
        if (!isRouter && !classes.Any(c => c.IsPositive))
            throw output.Wrong("classes", "needs a class with isPositive: true, the one that flags a study");
        if (classes.DistinctBy(c => c.Id).Count() != classes.Length)
            throw output.Wrong("classes", "has an id twice; give each class its own");
        var name = output.Text("name");
        output.Done();
        return (name, activation, classes);
    }

    private static double Temperature(YamlMap calibration) =>
        calibration.Number("temperature") is var value and >= 0.01 and <= 100 ? value : throw calibration.Wrong("temperature", "must lie between 0.01 and 100; 1 leaves the network's values as they are");

    private static TrainingProtocol Protocol(YamlMap map)
    {
        var protocol = new TrainingProtocol
        {
            SplitUnit = map.OneOf("splitUnit", "patient", "study"),
            Folds = map.Has("folds") ? map.Whole("folds") is var folds and >= 2 and <= 100 ? folds : throw map.Wrong("folds", "must lie between 2 and 100") : TrainingProtocol.UsualFolds,
            Reference = map.OptionalText("reference"),
        };
        map.Done();
        return protocol;
    }

    private static ModelEvaluation Evaluation(YamlMap map)
    {
        var figures = new ModelEvaluation(
            map.Text("dataset"), map.OneOf("splitUnit", "image", "study", "patient"), map.OneOf("level", "image", "study"),
            Positive(map, "cases", int.MaxValue), Positive(map, "positives", int.MaxValue),
            Share(map, "auc"), Share(map, "aucLow"), Share(map, "aucHigh"), Share(map, "sensitivity"), Share(map, "specificity"));
        map.Done();
        return figures;
    }

    /// <summary>What the network may hold beyond the usual; a list in which only <paramref name="allowed"/> may stand.</summary>
    private static string[] Listed(YamlMap? map, string key, IReadOnlyList<string> allowed)
    {
        if (map is null || !map.Has(key))
            return [];
        var texts = map.Texts(key);
        return texts.All(allowed.Contains) ? texts : throw map.Wrong(key, $"may list {string.Join(", ", allowed)} and nothing else");
    }

    private static string Matching(YamlMap map, string key, Regex pattern, string rule) =>
        map.Text(key) is var text && pattern.IsMatch(text) ? text : throw map.Wrong(key, rule);

    private static double Share(YamlMap map, string key) =>
        map.Number(key) is var value and >= 0 and <= 1 ? value : throw map.Wrong(key, "must lie between 0 and 1");

    private static int Positive(YamlMap map, string key, int max = LargestSide) =>
        map.Whole(key) is var value && value >= 1 && value <= max ? value : throw map.Wrong(key, $"must lie between 1 and {max}");

    [GeneratedRegex("^[a-z0-9-]{1,64}$")]
    private static partial Regex IdPattern();

    [GeneratedRegex(@"^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$")]
    private static partial Regex VersionPattern();

    [GeneratedRegex("^[0-9a-f]{64}$")]
    private static partial Regex DigestPattern();
}
