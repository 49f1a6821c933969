using PacsAiWorker.Dicom.Sr;
using PacsAiWorker.Records.Rows;

namespace PacsAiWorker.Pipeline.Reporting;

/// <summary>Concepts of the report: PS3.16 TID 1500, 1501, 1600, 4019 and their context groups; 99PACSAI is ours.</summary>
internal static class SrCodes
{
    public const string PrivateScheme = "99PACSAI";

    public static readonly Code ImagingMeasurementReport = Dcm("126000", "Imaging Measurement Report");
    public static readonly Code Language = Dcm("121049", "Language of Content Item and Descendants");
    public static readonly Code English = new("en", "RFC5646", "English");
    public static readonly Code Country = Dcm("121046", "Country of Language");
    public static readonly Code UnitedStates = new("US", "ISO3166_1", "United States");
    public static readonly Code ObserverType = Dcm("121005", "Observer Type");
    public static readonly Code Device = Dcm("121007", "Device");
    public static readonly Code DeviceObserverUid = Dcm("121012", "Device Observer UID");
    public static readonly Code DeviceObserverName = Dcm("121013", "Device Observer Name");
    public static readonly Code DeviceObserverManufacturer = Dcm("121014", "Device Observer Manufacturer");
    public static readonly Code DeviceObserverModelName = Dcm("121015", "Device Observer Model Name");
    public static readonly Code DeviceObserverSerialNumber = Dcm("121016", "Device Observer Serial Number");
    public static readonly Code ProcedureReported = Dcm("121058", "Procedure reported");
    public static readonly Code ImagingProcedure = Sct("363679005", "Imaging procedure");

    public static readonly Code ImageLibrary = Dcm("111028", "Image Library");
    public static readonly Code ImageLibraryGroup = Dcm("126200", "Image Library Group");
    public static readonly Code Modality = Dcm("121139", "Modality");
    public static readonly Code Ultrasound = new("US", "DCM", "Ultrasound");
    public static readonly Code PixelDataRows = Dcm("110910", "Pixel Data Rows");
    public static readonly Code PixelDataColumns = Dcm("110911", "Pixel Data Columns");
    public static readonly Code AcquisitionDate = Dcm("126201", "Acquisition Date");
    public static readonly Code AcquisitionTime = Dcm("126202", "Acquisition Time");
    public static readonly Code Pixels = new("{pixels}", "UCUM", "Pixels");

    public static readonly Code ImagingMeasurements = Dcm("126010", "Imaging Measurements");
    public static readonly Code MeasurementGroup = Dcm("125007", "Measurement Group");
    public static readonly Code ActivitySession = new("C67447", "NCIt", "Activity Session");
    public static readonly Code TrackingIdentifier = Dcm("112039", "Tracking Identifier");
    public static readonly Code TrackingUniqueIdentifier = Dcm("112040", "Tracking Unique Identifier");
    public static readonly Code Finding = Dcm("121071", "Finding");
    public static readonly Code FindingSite = Sct("363698007", "Finding Site");
    public static readonly Code AlgorithmName = Dcm("111001", "Algorithm Name");
    public static readonly Code AlgorithmVersion = Dcm("111003", "Algorithm Version");
    public static readonly Code AlgorithmManufacturer = Dcm("122405", "Algorithm Manufacturer");
    public static readonly Code AlgorithmParameters = Dcm("111002", "Algorithm Parameters");
    public static readonly Code AlgorithmFamily = Dcm("111000", "Algorithm Family");
    public static readonly Code SourceOfMeasurement = Dcm("121112", "Source of Measurement");
    public static readonly Code Probability = Dcm("122157", "Probability");
    public static readonly Code Derivation = Dcm("121401", "Derivation");
    public static readonly Code Maximum = Sct("56851009", "Maximum");
    public static readonly Code Mean = Sct("373098007", "Mean");
    public static readonly Code NoUnits = new("1", "UCUM", "no units");
    public static readonly Code DecisionThreshold = Private("DECTHRESHOLD", "Decision threshold");

    public static readonly Code PredictiveEntropy = Private("PREDENTROPY", "Predictive entropy");
    public static readonly Code OperatingPoint = Dcm("111081", "CAD Operating Point Description");
    public static readonly Code QualityAssessment = Dcm("111050", "Quality Assessment");
    public static readonly Code Unusable = Dcm("111235", "Unusable - Quality renders image unusable");
    public static readonly Code VisualExplanation = Dcm("130401", "Visual explanation");
    public static readonly Code SubjectClass = Dcm("121024", "Subject Class");
    public static readonly Code Fetus = Dcm("121026", "Fetus");
    public static readonly Code MotherOfFetus = Dcm("121036", "Mother of fetus");
    public static readonly Code FetusId = new("11951-1", "LN", "Fetus ID");

    public static readonly Code QualitativeEvaluations = new("C0034375", "UMLS", "Qualitative Evaluations");
    public static readonly Code FindingsSummary = Dcm("111017", "CAD Processing and Findings Summary");
    public static readonly Code TriagePriority = Private("TRIAGE_PRIORITY", "Triage priority");
    public static readonly Code ResultStatus = Private("RESULT_STATUS", "Status of the result");
    public static readonly Code Withdrawn = Private("WITHDRAWN", "Withdrawn");
    public static readonly Code Comment = Dcm("121106", "Comment");
    public static readonly Code ProcessingEquipment = Dcm("109102", "Processing Equipment");

    /// <summary>Organs of CID 4 that packages name by code value alone.</summary>
    private static readonly Dictionary<string, string> Sites = new()
    {
        ["64033007"] = "Kidney",
        ["10200004"] = "Liver",
        ["28231008"] = "Gallbladder",
        ["15776009"] = "Pancreas",
        ["78961009"] = "Spleen",
        ["45048000"] = "Neck",
        ["29707007"] = "Toe",
        ["56459004"] = "Foot",
        ["39937001"] = "Skin",
        ["71966008"] = "Subcutaneous tissue",
        ["818981001"] = "Abdomen",
    };

    public static Code? Site(string? value) => value is not null && Sites.TryGetValue(value, out var meaning) ? Sct(value, meaning) : null;

    public static readonly Code Laterality = Sct("272741003", "Laterality");

    /// <summary>CID 244, by the terms of (0020,0060); null where the images do not agree on one.</summary>
    public static Code? Side(IEnumerable<string> laterality) => laterality.Distinct().ToList() switch
    {
        ["L"] => Sct("7771000", "Left"),
        ["R"] => Sct("24028007", "Right"),
        ["B"] => Sct("51440002", "Bilateral"),
        _ => null,
    };

    public static Code Family(string family) => Private(family, family switch
    {
        "VIT" => "Vision transformer",
        "ENSEMBLE" => "Ensemble of networks",
        _ => "Convolutional neural network",
    });

    public static Code Priority(string priority) => Private(priority, Priorities.Meaning(priority));

    /// <summary>CID 6047.</summary>
    public static readonly Code NoneSucceeded = Dcm("111245", "No algorithms succeeded; without findings");

    /// <summary>CID 6047.</summary>
    public static Code Summary(bool all, bool found) => (all, found) switch
    {
        (true, false) => Dcm("111241", "All algorithms succeeded; without findings"),
        (true, true) => Dcm("111242", "All algorithms succeeded; with findings"),
        (false, false) => Dcm("111243", "Not all algorithms succeeded; without findings"),
        _ => Dcm("111244", "Not all algorithms succeeded; with findings"),
    };

    public static Code Private(string value, string meaning) => new(value, PrivateScheme, meaning);

    private static Code Dcm(string value, string meaning) => new(value, "DCM", meaning);

    private static Code Sct(string value, string meaning) => new(value, "SCT", meaning);
}
