using System.Security.Cryptography;
using System.Text;

namespace PacsAiWorker.Pipeline;

/// <summary>
/// Whether the images of one study speak of one patient and order (safety: never a second patient in the PACS from us). An image that is
/// silent about an attribute agrees with all; two that name different values do not.
/// </summary>
public static class Identities
{
    private const int DigestCharacters = 16;

    /// <param name="salt">The study: equal patients of different studies do not show.</param>
    public static string Digest(string salt, IEnumerable<string?> values) => string.Join(':', values.Select(v => string.IsNullOrWhiteSpace(v)
        ? ""
        : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{salt}\n{v.Trim()}")))[..DigestCharacters]));

    /// <summary>True when two of the digests name different values of one attribute.</summary>
    public static bool Conflict(IEnumerable<string> digests)
    {
        var fields = digests.Distinct().Select(d => d.Split(':')).ToList();
        return fields.Count > 0 && Enumerable.Range(0, fields.Max(f => f.Length))
            .Any(i => fields.Where(f => i < f.Length && f[i].Length > 0).Select(f => f[i]).Distinct().Count() > 1);
    }
}
