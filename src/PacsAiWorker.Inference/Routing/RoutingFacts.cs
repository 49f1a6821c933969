using PacsAiWorker.Dicom.Data;

namespace PacsAiWorker.Inference.Routing;

/// <summary>What routing knows of an image. It lives in memory only: descriptions are compared, never stored or printed.</summary>
internal sealed record RoutingFacts
{
    /// <summary>Why no package may score it; null when packages may.</summary>
    public NotScoredReason? Gate { get; init; }

    /// <summary>One sentence about <see cref="Gate"/>.</summary>
    public string? GateDetail { get; init; }

    /// <summary>(0008,0060); empty where the file is silent.</summary>
    public string Modality { get; init; } = "";

    /// <summary>Carries both phantom markers.</summary>
    public bool IsPhantom { get; init; }

    /// <summary>A grabbed screen: one of the SOP classes of secondary capture.</summary>
    public bool IsSecondaryCapture { get; init; }

    /// <summary>(0028,0301) is YES. That it is missing says nothing.</summary>
    public bool SaysBurnedIn { get; init; }

    /// <summary>Value 3 of (0008,0008); empty where the file is silent.</summary>
    public string ImageType3 { get; init; } = "";

    /// <summary>Study, series, protocol and requested procedure in words, and Body Part Examined.</summary>
    public DescriptionWords Description { get; init; } = DescriptionWords.None;

    /// <summary>On the day of the study.</summary>
    public PatientAge Age { get; init; }

    /// <summary>(0010,0040); empty where the file is silent or says something else than F, M or O.</summary>
    public string Sex { get; init; } = "";

    /// <summary>(0008,0070).</summary>
    public DescriptionWords Manufacturer { get; init; } = DescriptionWords.None;

    /// <summary>(0018,6031); empty where the file is silent.</summary>
    public string Transducer { get; init; } = "";

    /// <summary>What the header says; the gates are not in it.</summary>
    public static RoutingFacts Read(DataSet set) => new()
    {
        Modality = set.GetString(Tags.Modality) ?? "",
        IsPhantom = PhantomMarker.IsOn(set),
        IsSecondaryCapture = set.GetString(Tags.SOPClassUID) is SopClasses.SecondaryCapture
            or SopClasses.MultiFrameGrayscaleByteSecondaryCapture or SopClasses.MultiFrameGrayscaleWordSecondaryCapture
            or SopClasses.MultiFrameTrueColorSecondaryCapture,
        SaysBurnedIn = set.GetString(Tags.BurnedInAnnotation) == "YES",
        ImageType3 = set.GetStrings(Tags.ImageType) is { Count: > 2 } values ? values[2] : "",
        Description = new(
        [
            set.GetString(Tags.StudyDescription), set.GetString(Tags.SeriesDescription), set.GetString(Tags.ProtocolName),
            set.GetString(Tags.RequestedProcedureDescription), set.GetString(Tags.BodyPartExamined),
        ]),
        Age = PatientAge.Read(set.GetString(Tags.PatientBirthDate), set.GetString(Tags.StudyDate), set.GetString(Tags.PatientAge)),
        Sex = set.GetString(Tags.PatientSex) is "F" or "M" or "O" ? set.GetString(Tags.PatientSex)! : "",
        Manufacturer = new([set.GetString(Tags.Manufacturer)]),
        Transducer = set.GetString(Tags.TransducerType) ?? "",
    };
}
