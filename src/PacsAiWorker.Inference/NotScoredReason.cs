namespace PacsAiWorker.Inference;

/// <summary>Why an image was not scored: the closed list. Each image has exactly one final outcome, a score or one of these.</summary>
public enum NotScoredReason
{
    /// <summary>The pixels are stored in a form that this worker cannot decode.</summary>
    Codec,

    /// <summary>The object contradicts itself or ends early.</summary>
    Corrupt,

    /// <summary>The scan area is smaller than the package needs.</summary>
    TooSmall,

    /// <summary>No scan area could be found.</summary>
    NoUsableRegion,

    /// <summary>Colour, power or spectral Doppler.</summary>
    Doppler,

    /// <summary>A trace of one line over time.</summary>
    MMode,

    /// <summary>A screen of measurements.</summary>
    ReportScreen,

    /// <summary>The site's policy on text in the pixels.</summary>
    BurnedInText,

    /// <summary>Another modality.</summary>
    NotUltrasound,

    /// <summary>A kind of object that this version does not score.</summary>
    UnsupportedObject,

    /// <summary>No package accepts the image.</summary>
    NoModelApplies,

    /// <summary>A package needs the age and it is not known.</summary>
    AgeUnknown,

    /// <summary>A package needs the view and it is not known.</summary>
    ViewUnknown,

    /// <summary>The package has no model.onnx.</summary>
    WeightsNotInstalled,

    /// <summary>The package's review date has passed.</summary>
    PackageExpired,

    /// <summary>The package was stopped by a person.</summary>
    PackageSuspended,

    /// <summary>The package was recalled.</summary>
    PackageRecalled,

    /// <summary>ONNX Runtime is not installed.</summary>
    RuntimeMissing,

    /// <summary>The GPU or processor could not run the network.</summary>
    DeviceUnavailable,

    /// <summary>The study's identity is contradictory.</summary>
    IdentityConflict,

    /// <summary>Not looked at yet.</summary>
    Awaiting,
}

/// <summary>The words of the closed list.</summary>
public static class NotScoredReasons
{
    /// <summary>The words that people, reports and queries see.</summary>
    public static string Text(this NotScoredReason reason) => reason switch
    {
        NotScoredReason.Codec => "codec",
        NotScoredReason.Corrupt => "corrupt",
        NotScoredReason.TooSmall => "too small",
        NotScoredReason.NoUsableRegion => "no usable region",
        NotScoredReason.Doppler => "colour or spectral Doppler",
        NotScoredReason.MMode => "M-mode",
        NotScoredReason.ReportScreen => "report screen",
        NotScoredReason.BurnedInText => "burned-in text policy",
        NotScoredReason.NotUltrasound => "not ultrasound",
        NotScoredReason.UnsupportedObject => "unsupported object",
        NotScoredReason.NoModelApplies => "no model applies",
        NotScoredReason.AgeUnknown => "age unknown",
        NotScoredReason.ViewUnknown => "view unknown",
        NotScoredReason.WeightsNotInstalled => "weights not installed",
        NotScoredReason.PackageExpired => "package expired",
        NotScoredReason.PackageSuspended => "package suspended",
        NotScoredReason.PackageRecalled => "package recalled",
        NotScoredReason.RuntimeMissing => "runtime missing",
        NotScoredReason.DeviceUnavailable => "device unavailable",
        NotScoredReason.IdentityConflict => "identity conflict",
        NotScoredReason.Awaiting => "awaiting",
        _ => throw new ArgumentOutOfRangeException(nameof(reason), reason, null),
    };
}
