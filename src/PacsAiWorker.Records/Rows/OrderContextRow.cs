using System.Security.Cryptography;
using System.Text;

namespace PacsAiWorker.Records.Rows;

/// <summary>What the information system told of one order, each with its source and time. The accession number itself stands only in the erasable tables.</summary>
public sealed class OrderContextRow
{
    /// <summary><see cref="DigestOf"/> the accession number.</summary>
    public required string AccessionDigest { get; set; }

    /// <summary>STAT, HIGH, MEDIUM, ROUTINE or LOW; empty: unknown.</summary>
    public string Priority { get; set; } = "";
    public string PrioritySource { get; set; } = "";
    public DateTime? PriorityAt { get; set; }

    /// <summary>Order status (HL7 table 0038), for example IP, CM, CA; empty: unknown.</summary>
    public string Status { get; set; } = "";
    public string StatusSource { get; set; } = "";
    public DateTime? StatusAt { get; set; }

    /// <summary><c>read</c> once a final report was told; empty: not known to be read.</summary>
    public string ReadState { get; set; } = "";
    public string ReadSource { get; set; } = "";
    public DateTime? ReadAt { get; set; }
    public DateTime ChangedAt { get; set; }

    /// <summary>
    /// Key of an order: 32 hex digits of SHA-256. A pseudonym and no more, because accession numbers can be tried out one after the other.
    /// </summary>
    public static string DigestOf(string accessionNumber) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes("order\n" + accessionNumber.Trim())))[..32];
}

/// <summary>Read states of an order.</summary>
public static class ReadStates
{
    public const string Read = "read";
}
