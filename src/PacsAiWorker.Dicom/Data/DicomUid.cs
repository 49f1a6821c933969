using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;

namespace PacsAiWorker.Dicom.Data;

/// <summary>
/// UIDs made from UUIDs: "2.25." and the UUID as a decimal number (PS3.5 annex B.2). The same name gives the same UID for ever,
/// which is what makes a re-built object identical.
/// </summary>
public static class DicomUid
{
    /// <summary>UUIDv5 of <c>urn:pacsaiworker:uid:v1</c> in the URL namespace.</summary>
    public static readonly Guid Namespace = new("59786aeb-122c-501b-a767-6c6a4655a4f7");

    /// <summary>Longest UID (PS3.5 section 9.1).</summary>
    public const int MaxLength = 64;

    /// <summary>2.25.&lt;UUIDv5 of the parts joined with '|'&gt;, at most 44 characters.</summary>
    public static string FromName(params string[] parts) => FromUuid(Uuid5(string.Join('|', parts)));

    /// <summary>UUID version 5 of a name in <see cref="Namespace"/> (RFC 9562 section 5.5).</summary>
    [SuppressMessage("Security", "CA5350", Justification = "UUID version 5 is defined by SHA-1; it protects nothing here.")]
    public static Guid Uuid5(string name)
    {
        int length = Encoding.UTF8.GetByteCount(name);
        byte[] input = new byte[16 + length];
        Namespace.TryWriteBytes(input, bigEndian: true, out _);
        Encoding.UTF8.GetBytes(name, input.AsSpan(16));

        Span<byte> hash = stackalloc byte[SHA1.HashSizeInBytes];
        SHA1.HashData(input, hash);
        hash[6] = (byte)((hash[6] & 0x0F) | 0x50);
        hash[8] = (byte)((hash[8] & 0x3F) | 0x80);
        return new Guid(hash[..16], bigEndian: true);
    }

    /// <summary>A UID nobody has used: 2.25.&lt;random UUID&gt;.</summary>
    public static string NewRandom() => FromUuid(Guid.NewGuid());

    public static string FromUuid(Guid uuid)
    {
        Span<byte> bytes = stackalloc byte[16];
        uuid.TryWriteBytes(bytes, bigEndian: true, out _);
        return "2.25." + new BigInteger(bytes, isUnsigned: true, isBigEndian: true).ToString(System.Globalization.CultureInfo.InvariantCulture);
    }

    /// <summary>At most 64 characters, components of digits without leading zeros, separated by dots (PS3.5 section 9.1).</summary>
    public static bool IsValid([NotNullWhen(true)] string? uid)
    {
        if (string.IsNullOrEmpty(uid) || uid.Length > MaxLength)
        {
            return false;
        }

        foreach (Range range in uid.AsSpan().Split('.'))
        {
            ReadOnlySpan<char> component = uid.AsSpan(range);
            if (component.IsEmpty || (component[0] == '0' && component.Length > 1) || component.ContainsAnyExceptInRange('0', '9'))
            {
                return false;
            }
        }

        return true;
    }
}
