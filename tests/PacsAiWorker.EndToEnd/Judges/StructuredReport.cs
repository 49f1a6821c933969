namespace PacsAiWorker.EndToEnd.Judges;

/// <summary>What read_sr.py (pydicom) finds in a report.</summary>
internal sealed record StructuredReport(
    string File, string Sop, string SopClass, string Study, string Patient, string Preliminary, string Verification, string Completion,
    IReadOnlyList<ReportGroup> Images, IReadOnlyList<ReportGroup> Whole, IReadOnlyList<string> Evidence, IReadOnlyList<string> EvidenceStudies,
    IReadOnlyList<string> Comments, IReadOnlyList<string> Words, IReadOnlyList<string> Predecessors);

/// <summary>One measurement group: of an image, or of the study.</summary>
internal sealed record ReportGroup(
    string Tracking, ReportCode? Finding, IReadOnlyList<string> Images, IReadOnlyList<ReportProbability> Probabilities, string Model, string? Identity, IReadOnlyList<double> Thresholds);

internal sealed record ReportCode(string Value, string Scheme, string Meaning);

/// <param name="Code">Code value of the class that the probability is of.</param>
/// <param name="Text">As printed in the report.</param>
internal sealed record ReportProbability(string? Code, double Value, string Text)
{
    /// <summary>Equal as far as the printed digits go.</summary>
    public bool Prints(double expected)
    {
        var mantissa = Text.Split('e', 'E')[0];
        var exponent = Text.Length > mantissa.Length ? int.Parse(Text[(mantissa.Length + 1)..], null) : 0;
        var decimals = mantissa.Contains('.', StringComparison.Ordinal) ? mantissa.Length - mantissa.IndexOf('.', StringComparison.Ordinal) - 1 : 0;
        return Math.Abs(Value - expected) <= Math.Pow(10, exponent - decimals);
    }
}
