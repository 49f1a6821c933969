namespace PacsAiWorker.Inference.Packages;

/// <summary>One check that a package went through.</summary>
/// <param name="Name">One of <see cref="PackageChecks.All"/>.</param>
/// <param name="Passed">Whether it holds; the first that does not ends the checks.</param>
/// <param name="Milliseconds">How long it took.</param>
/// <param name="Detail">What was found, or why the package is refused and the remedy.</param>
public sealed record PackageCheck(string Name, bool Passed, double Milliseconds, string Detail);

/// <summary>The checks of a package, in the order in which they are made.</summary>
public static class PackageChecks
{
    /// <summary>model.yaml: keys, values, ranges.</summary>
    public const string Card = "card";

    /// <summary>Size and SHA-256 of model.onnx are the card's.</summary>
    public const string Digest = "digest";

    /// <summary>A trusted key signed the package, where one is demanded.</summary>
    public const string Signature = "signature";

    /// <summary>The golden pair is there, as long as the card says, and finite; golden pictures are there.</summary>
    public const string GoldenFiles = "golden files";

    /// <summary>The network read as protobuf: versions, operators, weights.</summary>
    public const string Structure = "structure";

    /// <summary>ONNX Runtime accepts the network.</summary>
    public const string Session = "session";

    /// <summary>Names, types and dimensions are the card's.</summary>
    public const string Interface = "inputs and outputs";

    /// <summary>Each batch size runs twice and gives numbers.</summary>
    public const string WarmUp = "warm-up";

    /// <summary>The golden pair is reproduced.</summary>
    public const string GoldenPair = "golden pair";

    /// <summary>An image gives the same alone and among others.</summary>
    public const string Batch = "batch";

    /// <summary>Each golden picture gets its scores, from the DICOM file on.</summary>
    public const string GoldenPictures = "golden pictures";

    /// <summary>All of them, in order.</summary>
    public static IReadOnlyList<string> All { get; } = [Card, Digest, Signature, GoldenFiles, Structure, Session, Interface, WarmUp, GoldenPair, Batch, GoldenPictures];
}
