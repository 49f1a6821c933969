using System.Security.Cryptography;
using System.Text;
using PacsAiWorker.Inference.Packages;

namespace PacsAiWorker.Tests.Inference.Packages;

public sealed class PackageSignatureTests : IDisposable
{
    private static readonly string Identity = new('7', 64);

    private readonly string _keys = Directory.CreateTempSubdirectory("pacsai-").FullName;

    public void Dispose() => Directory.Delete(_keys, recursive: true);

    private SignatureRule Must => new(_keys, Required: true);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_signature_of_a_trusted_key_names_its_key(bool rsa)
    {
        var signature = Sign(Identity, "hospital", rsa);
        Assert.Equal("signed by hospital", PackageSignature.Check(signature, Identity, Must, "kidney"));
    }

    [Fact]
    public void A_package_that_was_changed_after_it_was_signed_is_refused()
    {
        var signature = Sign(Identity, "hospital", rsa: false);
        Assert.Contains("was changed since", Refusal(signature, new string('8', 64)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_stranger_s_signature_is_none()
    {
        var signature = Sign(Identity, "stranger", rsa: false);
        File.Delete(Path.Combine(_keys, "stranger.pem"));
        Sign(Identity, "hospital", rsa: true);
        Assert.Contains("signed by none of the trusted keys", Refusal(signature, Identity), StringComparison.Ordinal);
        Assert.Equal("signed by nobody known here", PackageSignature.Check(signature, Identity, new SignatureRule(_keys), "kidney"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("not base64 at all")]
    [InlineData("AAAA")]
    public void Nonsense_is_no_signature_and_no_crash(string text)
    {
        Sign(Identity, "hospital", rsa: true);
        File.WriteAllText(Path.Combine(_keys, "readme.pem"), "no key");
        Assert.Contains("signed by none", Refusal(Encoding.ASCII.GetBytes(text), Identity), StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_signature_a_package_is_refused_only_where_one_is_demanded()
    {
        Assert.Contains("kidney is not signed and Models:RequireSignature is set", Refusal(null, Identity), StringComparison.Ordinal);
        Assert.Equal("not signed", PackageSignature.Check(null, Identity, new SignatureRule(), "kidney"));
    }

    [Fact]
    public void What_is_no_private_key_says_so() =>
        Assert.Contains("give an RSA or EC key in PEM", Assert.Throws<PackageException>(() => PackageSignature.Sign(Identity, "no key")).Message, StringComparison.Ordinal);

    private string Refusal(byte[]? signature, string identity) => Assert.Throws<PackageException>(() => PackageSignature.Check(signature, identity, Must, "kidney")).Message;

    /// <summary>Signs, and puts the public key among the trusted ones.</summary>
    private byte[] Sign(string identity, string signer, bool rsa)
    {
        using AsymmetricAlgorithm key = rsa ? RSA.Create(2048) : ECDsa.Create(ECCurve.NamedCurves.nistP256);
        File.WriteAllText(Path.Combine(_keys, signer + ".pem"), key.ExportSubjectPublicKeyInfoPem());
        return Encoding.ASCII.GetBytes(PackageSignature.Sign(identity, key.ExportPkcs8PrivateKeyPem()));
    }
}
