using PacsAiWorker.Inference.Routing;

namespace PacsAiWorker.Inference.Packages;

/// <summary>How an image's values become the classes' values.</summary>
public enum Activation
{
    /// <summary>exp(x) over its sum: the classes exclude each other.</summary>
    Softmax,

    /// <summary>1 / (1 + exp(-x)) for each class by itself.</summary>
    Sigmoid,

    /// <summary>The network already gives probabilities.</summary>
    None,
}

/// <summary>How one figure for a study comes from its scored images.</summary>
public enum Aggregation
{
    /// <summary>The highest; cannot fall when images follow, so an early flag is allowed.</summary>
    Max,

    /// <summary>The mean.</summary>
    Mean,

    /// <summary>The share of images above threshold, compared with <see cref="ModelCard.ProportionThreshold"/>.</summary>
    Proportion,
}

/// <summary>Which of several 2D regions is taken.</summary>
public enum RegionPolicy
{
    /// <summary>The largest.</summary>
    Largest,

    /// <summary>More than one means "no usable region".</summary>
    Reject,
}

/// <summary>Triage tier of a positive study (TP1 critical … TP4 routine); never shown to people without its words.</summary>
public enum TriageTier
{
    /// <summary>Critical.</summary>
    Tp1 = 1,

    /// <summary>High.</summary>
    Tp2 = 2,

    /// <summary>Medium.</summary>
    Tp3 = 3,

    /// <summary>Routine.</summary>
    Tp4 = 4,
}

/// <summary>One output of the network; the order of classes is the order of outputs.</summary>
/// <param name="Id">Short name in tables and queries.</param>
/// <param name="Display">What people read; never "normal" for a negative.</param>
/// <param name="Code">Code value, at most 16 characters.</param>
/// <param name="Scheme">Coding scheme designator.</param>
/// <param name="Meaning">Code meaning sent in reports.</param>
/// <param name="Site">Code value of the anatomic site, if any (SCT).</param>
/// <param name="IsPositive">Whether this class counts as flagged.</param>
public sealed record ModelClass(string Id, string Display, string Code, string Scheme, string Meaning, string? Site, bool IsPositive)
{
    /// <summary>What a view router's class shows, for packages that ask for that organ in whichever view.</summary>
    public string? Organ { get; init; }
}

/// <summary>Figures that the maker states for the package, on data that took no part in training.</summary>
/// <param name="Dataset">What was measured on.</param>
/// <param name="SplitUnit">image, study or patient: what may not appear on both sides.</param>
/// <param name="Level">image or study: image-level evidence may not set priority.</param>
/// <param name="Cases">Number of cases.</param>
/// <param name="Positives">Of these positive.</param>
/// <param name="Auc">Area under the ROC curve.</param>
/// <param name="AucLow">Lower 95 % limit.</param>
/// <param name="AucHigh">Upper 95 % limit.</param>
/// <param name="Sensitivity">At the package's threshold.</param>
/// <param name="Specificity">At the package's threshold.</param>
public sealed record ModelEvaluation(
    string Dataset, string SplitUnit, string Level, int Cases, int Positives, double Auc, double AucLow, double AucHigh,
    double Sensitivity, double Specificity);

/// <summary>The golden pair: the network must reproduce it at load.</summary>
/// <param name="Input">File of little-endian float32, one item of the input's shape.</param>
/// <param name="Output">File of little-endian float32, one value a class.</param>
/// <param name="Tolerance">Largest accepted absolute difference.</param>
public sealed record GoldenPair(string Input, string Output, double Tolerance);

/// <summary>How a package is to be trained and evaluated, where its paper or its maker says so: defaults of <c>model train</c> and <c>model evaluate</c>.</summary>
public sealed record TrainingProtocol
{
    internal const int UsualFolds = 5;

    /// <summary>patient or study: what may not appear on both sides of a split.</summary>
    public string SplitUnit { get; init; } = "patient";

    /// <summary>Of a cross-validation.</summary>
    public int Folds { get; init; } = UsualFolds;

    /// <summary>Subgroup whose images are the negatives of every other subgroup; null where there is none.</summary>
    public string? Reference { get; init; }
}

/// <summary>A network or a view that a recipe names beside its own: a package of its own once it is built.</summary>
/// <param name="Name">At most 32 of a-z, 0-9 and '-'; its package is ID-NAME.</param>
/// <param name="Architecture">Name of its network's architecture.</param>
/// <param name="Note">What it is, in a sentence.</param>
public sealed record CardVariant(string Name, string Architecture, string Note);

/// <summary>What <c>model.yaml</c> says about a package.</summary>
public sealed record ModelCard
{
    /// <summary>At most 64 of a-z, 0-9 and '-'.</summary>
    public required string Id { get; init; }

    /// <summary>Semantic version.</summary>
    public required string Version { get; init; }

    /// <summary>SHA-256 of model.onnx, lower-case hex; null while weights are not installed.</summary>
    public required string? Sha256 { get; init; }

    /// <summary>Size of model.onnx; null while weights are not installed.</summary>
    public required long? Bytes { get; init; }

    /// <summary>Tells views, by which other packages are routed; it makes no findings.</summary>
    public bool IsRouter { get; init; }

    /// <summary>Scores phantoms only, and nothing leaves this machine.</summary>
    public required bool Demonstration { get; init; }

    /// <summary>The day after which the package stops until somebody has looked at it again.</summary>
    public required DateOnly ReviewBy { get; init; }

    /// <summary>Who made it.</summary>
    public required string Manufacturer { get; init; }

    /// <summary>The maker's words on what it is for.</summary>
    public required string IntendedUse { get; init; }

    /// <summary>DOI or title of the paper.</summary>
    public required string? PaperRef { get; init; }

    /// <summary>The findings are the unborn child's: reports name the patient as its mother.</summary>
    public bool IsOfFetus { get; init; }

    /// <summary>CNN, VIT or ENSEMBLE: the algorithm family that reports state.</summary>
    public required string Family { get; init; }

    /// <summary>Name of the network's architecture.</summary>
    public required string Architecture { get; init; }

    /// <summary>What the package is for: classifier or router.</summary>
    public string Kind => IsRouter ? "router" : "classifier";

    /// <summary>Whether its convolutions have 8 bits (QuantizeLinear and DequantizeLinear).</summary>
    public bool IsInt8 { get; init; }

    /// <summary>Whether it holds float16 weights; its input and output stay float32.</summary>
    public bool IsFloat16 { get; init; }

    /// <summary>Operator domains that the network may use beside ONNX's own; com.microsoft is the only one known.</summary>
    public IReadOnlyList<string> Domains { get; init; } = [];

    /// <summary>Control flow that the network may hold: some of If, Loop, Scan.</summary>
    public IReadOnlyList<string> ControlFlow { get; init; } = [];

    /// <summary>Name of the network's input.</summary>
    public required string InputName { get; init; }

    /// <summary>Shape of the input: -1 (batch), channels, height, width.</summary>
    public required long[] InputShape { get; init; }

    /// <summary>What happens between crop and tensor.</summary>
    public required PreprocessingRule Preprocessing { get; init; }

    /// <summary>Which of several regions.</summary>
    public required RegionPolicy Region { get; init; }

    /// <summary>Whether the box may be found in the pixels when no region is usable.</summary>
    public required bool PixelFallback { get; init; }

    /// <summary>Smallest accepted side of the crop, pixels.</summary>
    public required int MinSidePixels { get; init; }

    /// <summary>Name of the output that holds the classes.</summary>
    public required string OutputName { get; init; }

    /// <summary>How values become probabilities.</summary>
    public required Activation Activation { get; init; }

    /// <summary>
    /// Output with the end of the trunk, for explanations: maps [N, C, h, w], or tokens [N, T, C] of a vision transformer; null when the network
    /// has none.
    /// </summary>
    public string? FeatureOutput { get; init; }

    /// <summary>The network's values are divided by it before the activation; 1 leaves them as they are.</summary>
    public double Temperature { get; init; } = 1;

    /// <summary>In the order of outputs.</summary>
    public required IReadOnlyList<ModelClass> Classes { get; init; }

    /// <summary>Probability of the positive classes from which an image is flagged (inclusive).</summary>
    public required double Threshold { get; init; }

    /// <summary>Where the threshold comes from.</summary>
    public required string ThresholdSource { get; init; }

    /// <summary>Image to study.</summary>
    public required Aggregation ImageToStudy { get; init; }

    /// <summary>Share of flagged images that flags the study, for <see cref="Aggregation.Proportion"/>.</summary>
    public required double? ProportionThreshold { get; init; }

    /// <summary>Tier of a positive study.</summary>
    public required TriageTier PositiveTier { get; init; }

    /// <summary>Which images it takes.</summary>
    public required RoutingRule Routing { get; init; }

    /// <summary>The pair that proves the load; null while weights are not installed.</summary>
    public required GoldenPair? Golden { get; init; }

    /// <summary>Pictures that must get their scores from file to probability, at load; empty when the card names none.</summary>
    public IReadOnlyList<GoldenPicture> GoldenPictures { get; init; } = [];

    /// <summary>The maker's figures; without one of level study the package may not set priority.</summary>
    public required IReadOnlyList<ModelEvaluation> Evaluation { get; init; }

    /// <summary>How it is to be trained and evaluated.</summary>
    public TrainingProtocol Protocol { get; init; } = new();

    /// <summary>What else can be built from it, while weights are not installed.</summary>
    public IReadOnlyList<CardVariant> Variants { get; init; } = [];

    /// <summary>Known limits, shown to quality staff.</summary>
    public required IReadOnlyList<string> Limits { get; init; }
}
