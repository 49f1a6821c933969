namespace PacsAiWorker.Records.Rows;

/// <summary>How far a package may go at a site.</summary>
public static class ModelStages
{
    /// <summary>Scored and recorded; nothing leaves. The default.</summary>
    public const string Observe = "observe";

    /// <summary>Structured Reports go to the PACS.</summary>
    public const string Report = "report";

    /// <summary>Reports, and the study may rise on the worklist.</summary>
    public const string Prioritise = "prioritise";

    public static readonly IReadOnlyList<string> All = [Observe, Report, Prioritise];
}
