namespace PacsAiWorker.Dicom.Dimse;

/// <summary>SOP classes of services without objects to keep (PS3.6 table A-1).</summary>
public static class ServiceClasses
{
    /// <summary>Study Root Query/Retrieve Information Model - FIND.</summary>
    public const string StudyRootFind = "1.2.840.10008.5.1.4.1.2.2.1";

    /// <summary>Modality Performed Procedure Step.</summary>
    public const string Mpps = "1.2.840.10008.3.1.2.3.3";
}
