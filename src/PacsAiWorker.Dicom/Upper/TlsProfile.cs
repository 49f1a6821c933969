using System.Net.Security;
using System.Runtime.Versioning;
using System.Security.Authentication;

namespace PacsAiWorker.Dicom.Upper;

/// <summary>
/// A TLS secure transport connection profile of PS3.15 annex B: protocol versions and cipher suites. Versions below TLS 1.2 are never
/// offered or taken (RFC 8996).
/// </summary>
public sealed record TlsProfile(string Name, string Section, IReadOnlyList<TlsCipherSuite> CipherSuites)
{
    private static readonly TlsCipherSuite[] Tls13 =
    [
        TlsCipherSuite.TLS_AES_256_GCM_SHA384, TlsCipherSuite.TLS_CHACHA20_POLY1305_SHA256, TlsCipherSuite.TLS_AES_128_GCM_SHA256,
    ];

    /// <summary>BCP 195 with RFC 8996 and RFC 9325: the four suites RFC 9325 section 4.2 recommends for TLS 1.2.</summary>
    public static readonly TlsProfile Bcp195 = new("bcp195", "PS3.15 B.12",
    [
        .. Tls13,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
    ]);

    /// <summary>Those of <see cref="Bcp195"/> with 256-bit keys only: a subset, for sites that ask for it.</summary>
    public static readonly TlsProfile Bcp195With256 = new("bcp195-256", "PS3.15 B.12, AES-256 and ChaCha20 only",
    [
        TlsCipherSuite.TLS_AES_256_GCM_SHA384, TlsCipherSuite.TLS_CHACHA20_POLY1305_SHA256,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, TlsCipherSuite.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
    ]);

    public const SslProtocols Versions = SslProtocols.Tls12 | SslProtocols.Tls13;

    public static IReadOnlyList<TlsProfile> All { get; } = [Bcp195, Bcp195With256];

    /// <summary>The profile of this name, or null.</summary>
    public static TlsProfile? Find(string name) => All.FirstOrDefault(p => p.Name == name);

    /// <summary>Null where the system's own policy rules: .NET restricts suites with OpenSSL only.</summary>
    internal CipherSuitesPolicy? Policy => OperatingSystem.IsLinux() ? OnLinux() : null;

    [SupportedOSPlatform("linux")]
    private CipherSuitesPolicy OnLinux() => new(CipherSuites);
}
