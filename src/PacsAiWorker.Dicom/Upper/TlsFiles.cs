using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace PacsAiWorker.Dicom.Upper;

/// <summary>A certificate, key or CA file cannot be used. The message names the file and the remedy.</summary>
public sealed class TlsFileException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>
/// PEM files of one TLS side: our certificate with its chain, its key, and the CAs that peers' certificates must lead to. Read again
/// when what a file holds changed; when the new content is broken the old one stays in use and <see cref="Problem"/> says why.
/// </summary>
/// <param name="certificatePath">Our certificate, then its intermediates; empty: none.</param>
/// <param name="keyPath">Its private key without password; empty: it stands in the certificate's file.</param>
/// <param name="trustedPath">CA certificates; empty: those of the system.</param>
public sealed class TlsFiles(string certificatePath, string keyPath, string trustedPath)
{
    private readonly Lock gate = new();
    private (string, string, string) read;
    private Loaded? loaded;

    private sealed record Loaded(X509Certificate2? Own, SslStreamCertificateContext? Context, X509Certificate2Collection? Trusted);

    /// <summary>Why changed files are not in use; null while all is well.</summary>
    public string? Problem
    {
        get;
        private set
        {
            if (field != value)
            {
                field = value;
                ProblemChanged?.Invoke(value);
            }
        }
    }

    /// <summary>Told the new <see cref="Problem"/> each time it changes.</summary>
    public Action<string?>? ProblemChanged { get; init; }

    /// <summary>When our own certificate runs out, UTC; null without one.</summary>
    /// <exception cref="TlsFileException">A file cannot be used.</exception>
    public DateTime? ExpiresUtc => Current().Own?.NotAfter.ToUniversalTime();

    /// <exception cref="TlsFileException">A file cannot be used.</exception>
    public void Check() => Current();

    internal SslStreamCertificateContext? Context => Current().Context;

    /// <summary>How a peer's certificate is judged: chain to our CAs, validity; no revocation lists are fetched.</summary>
    internal X509ChainPolicy ChainPolicy()
    {
        var policy = new X509ChainPolicy { RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true };
        if (Current().Trusted is { } trusted)
        {
            policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            policy.CustomTrustStore.AddRange(trusted);
        }

        return policy;
    }

    private Loaded Current()
    {
        lock (gate)
        {
            var now = (Content(certificatePath), Content(keyPath), Content(trustedPath));
            if (loaded is not null && now == read)
            {
                return loaded;
            }

            try
            {
                loaded = Load();
                Problem = null;
            }
            catch (TlsFileException e) when (loaded is not null)
            {
                Problem = e.Message;
            }

            read = now;
            return loaded;
        }
    }

    /// <summary>
    /// A hash of what stands behind every link on the way. Times and names do not tell: in a Secret volume of Kubernetes the file is a
    /// link through a linked folder, and a renewal replaces only the folder's link. Empty while there is nothing to read.
    /// </summary>
    private static string Content(string path)
    {
        try
        {
            return path.Length == 0 ? "" : Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(path)));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    private Loaded Load()
    {
        X509Certificate2Collection? trusted = trustedPath.Length == 0 ? null : Certificates(trustedPath);
        if (certificatePath.Length == 0)
        {
            return new Loaded(null, null, trusted);
        }

        X509Certificate2Collection chain = Certificates(certificatePath);
        X509Certificate2 own = Own();
        foreach (X509Certificate2 same in chain.Where(c => c.Thumbprint == own.Thumbprint).ToList())
        {
            chain.Remove(same);
        }

        return new Loaded(own, SslStreamCertificateContext.Create(own, chain, offline: true), trusted);
    }

    private X509Certificate2 Own()
    {
        string key = keyPath.Length == 0 ? certificatePath : keyPath;
        Text(key);
        try
        {
            return X509Certificate2.CreateFromPemFile(certificatePath, key);
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            throw new TlsFileException($"{key} holds no private key that fits the certificate in {certificatePath}: give the PEM key made with it, without password ({e.Message})", e);
        }
    }

    private static X509Certificate2Collection Certificates(string path)
    {
        string text = Text(path);
        var certificates = new X509Certificate2Collection();
        try
        {
            certificates.ImportFromPem(text);
        }
        catch (CryptographicException e)
        {
            throw new TlsFileException($"{path} holds a damaged certificate: export it again as PEM ({e.Message})", e);
        }

        return certificates.Count > 0
            ? certificates
            : throw new TlsFileException($"{path} holds no certificate in PEM (-----BEGIN CERTIFICATE-----): convert it, for example with openssl x509 -inform der");
    }

    private static string Text(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new TlsFileException($"{path} cannot be read: put the file there and let this account read it ({e.Message})", e);
        }
    }
}
