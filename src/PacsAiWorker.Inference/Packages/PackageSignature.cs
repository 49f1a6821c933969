using System.Security.Cryptography;
using System.Text;

namespace PacsAiWorker.Inference.Packages;

/// <summary>Whose packages a site lets score.</summary>
/// <param name="TrustedKeys">Folder of public keys, PEM, one a file; null: none.</param>
/// <param name="Required">Whether a package that none of them signed is refused.</param>
public sealed record SignatureRule(string? TrustedKeys = null, bool Required = false);

/// <summary>
/// The signature of a package: <c>package.sig</c>, base64, over the 64 digits of its identity in ASCII, with SHA-256: RSA (PKCS #1 v1.5) or
/// ECDSA (ASN.1 form), as <c>openssl dgst -sha256 -sign</c> writes it. The file itself is not part of the identity.
/// </summary>
public static class PackageSignature
{
    /// <summary>Name of the file in the package.</summary>
    public const string FileName = "package.sig";

    /// <summary>The text of <see cref="FileName"/> for an identity.</summary>
    /// <param name="identity">64 lower-case hex digits.</param>
    /// <param name="privateKey">PEM, not encrypted.</param>
    /// <exception cref="PackageException">It is no such key.</exception>
    public static string Sign(string identity, string privateKey)
    {
        var data = Encoding.ASCII.GetBytes(identity);
        try
        {
            using var key = Key(privateKey);
            return Convert.ToBase64String(key is ECDsa ec
                ? ec.SignData(data, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence)
                : ((RSA)key).SignData(data, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)) + "\n";
        }
        catch (Exception error) when (error is CryptographicException or ArgumentException)
        {
            throw new PackageException($"this is no private key that can sign ({error.Message}); give an RSA or EC key in PEM, not encrypted.", error);
        }
    }

    /// <summary>Judges a package's signature.</summary>
    /// <param name="signature">Content of <see cref="FileName"/>; null when there is none.</param>
    /// <param name="identity">64 lower-case hex digits.</param>
    /// <param name="rule">Whose signatures count, and whether one must be there.</param>
    /// <param name="name">Of the package, for the message.</param>
    /// <returns>Who signed it, in words.</returns>
    /// <exception cref="PackageException">A signature is demanded and none of the trusted keys made it.</exception>
    internal static string Check(byte[]? signature, string identity, SignatureRule rule, string name)
    {
        var signer = signature is null ? null : Keys(rule).FirstOrDefault(k => Holds(signature, identity, k));
        return signer is not null ? $"signed by {Path.GetFileNameWithoutExtension(signer)}"
            : !rule.Required ? signature is null ? "not signed" : "signed by nobody known here"
            : throw new PackageException($"{name} is {(signature is null ? "not signed" : "signed by none of the trusted keys, or was changed since")} and Models:RequireSignature is set; "
                + $"have it signed (`model sign`) with a key whose public part stands in Models:TrustedKeys ({rule.TrustedKeys ?? "which is not set"}).");
    }

    private static string[] Keys(SignatureRule rule)
    {
        try
        {
            var files = rule.TrustedKeys is { } folder && Directory.Exists(folder) ? Directory.GetFiles(folder, "*.pem") : [];
            Array.Sort(files, StringComparer.Ordinal);
            return files;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new PackageException($"Models:TrustedKeys {rule.TrustedKeys} cannot be read: {error.Message}; let the service read it.", error);
        }
    }

    private static bool Holds(byte[] signature, string identity, string keyFile)
    {
        var data = Encoding.ASCII.GetBytes(identity);
        try
        {
            var made = Convert.FromBase64String(Encoding.ASCII.GetString(signature).Trim());
            using var key = Key(File.ReadAllText(keyFile));
            return key is ECDsa ec
                ? ec.VerifyData(data, made, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence)
                : ((RSA)key).VerifyData(data, made, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        }
        catch (Exception error) when (error is CryptographicException or ArgumentException or FormatException or IOException or UnauthorizedAccessException)
        {
            // A file that is no key, or a signature of another kind: not this one.
            return false;
        }
    }

    private static AsymmetricAlgorithm Key(string pem)
    {
        var ec = ECDsa.Create();
        try
        {
            ec.ImportFromPem(pem);
            return ec;
        }
        catch (Exception error) when (error is CryptographicException or ArgumentException)
        {
            ec.Dispose();
            var rsa = RSA.Create();
            try
            {
                rsa.ImportFromPem(pem);
                return rsa;
            }
            catch
            {
                rsa.Dispose();
                throw;
            }
        }
    }
}
