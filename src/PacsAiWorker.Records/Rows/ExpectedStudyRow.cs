using System.Security.Cryptography;
using System.Text;

namespace PacsAiWorker.Records.Rows;

/// <summary>A scheduled procedure step that the modality worklist named. Nothing in it says whose it is.</summary>
public sealed class ExpectedStudyRow
{
    /// <summary><see cref="KeyOf"/> the step.</summary>
    public required string KeyDigest { get; set; }

    /// <summary><see cref="OrderContextRow.DigestOf"/> its accession number; empty where the list gives none.</summary>
    public required string AccessionDigest { get; set; }

    /// <summary>Empty where the list gives none.</summary>
    public required string StudyInstanceUid { get; set; }

    /// <summary>AE title of the cart that it is scheduled for; empty where the list gives none.</summary>
    public required string StationAe { get; set; }
    public DateTime ScheduledAt { get; set; }
    public DateTime FirstListedAt { get; set; }
    public DateTime LastListedAt { get; set; }

    /// <summary>Key of a scheduled step: 32 hex digits of SHA-256, the same each time the list names it.</summary>
    public static string KeyOf(string studyUid, string accessionNumber, string stepId) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"step\n{studyUid.Trim()}\n{accessionNumber.Trim()}\n{stepId.Trim()}")))[..32];
}
