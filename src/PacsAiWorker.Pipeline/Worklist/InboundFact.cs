namespace PacsAiWorker.Pipeline.Worklist;

/// <summary>A patient as a message names one.</summary>
/// <param name="Ids">Identifiers with their issuer (PID-3), the medical record number first; never empty.</param>
/// <param name="Name">As DICOM writes names; null, as the rest, where the message is silent.</param>
/// <param name="BirthDate">YYYYMMDD.</param>
/// <param name="Sex">M, F or O.</param>
public sealed record ToldPatient(IReadOnlyList<ToldId> Ids, string? Name, string? BirthDate, string? Sex);

/// <summary>An identifier and who gave it out; the issuer is empty where the message is silent.</summary>
/// <param name="Type">Of identifier (HL7 table 0203), for example MR.</param>
public sealed record ToldId(string Value, string Issuer, string Type = "");

/// <summary>One thing that the information system told.</summary>
public abstract record InboundFact
{
    private InboundFact()
    {
    }

    /// <summary>A patient's data changed (ADT^A08).</summary>
    public sealed record PatientUpdated(ToldPatient Patient) : InboundFact;

    /// <summary>Identifiers were given up for the patient's (ADT^A40).</summary>
    public sealed record PatientsMerged(ToldPatient Patient, IReadOnlyList<ToldId> GivenUp) : InboundFact;

    /// <summary>An order, new or changed (ORM^O01, OMI^O23).</summary>
    /// <param name="Priority">STAT … LOW; empty where the message is silent, or names none that we know.</param>
    /// <param name="Status">ORC-5, or CA for a cancellation; empty where the message is silent.</param>
    /// <param name="PatientIds">Of the patient it is for; empty where the message is silent.</param>
    public sealed record OrderTold(string Accession, string Priority, string Status, IReadOnlyList<ToldId> PatientIds) : InboundFact;

    /// <summary>A final report came (ORU^R01): the study is read.</summary>
    public sealed record StudyRead(string Accession, IReadOnlyList<ToldId> PatientIds) : InboundFact;
}

/// <summary>What a message says.</summary>
/// <param name="Source">Its type, for example <c>ADT^A40</c>.</param>
/// <param name="At">MSH-7, UTC; the time of receipt where it is missing or lies ahead.</param>
/// <param name="Facts">None for a message that is understood and tells nothing new, such as a preliminary report.</param>
public sealed record InboundNews(string Source, DateTime At, IReadOnlyList<InboundFact> Facts);
