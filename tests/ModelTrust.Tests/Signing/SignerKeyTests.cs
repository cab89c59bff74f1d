using System.Security.Cryptography;
using Zakenak.ModelTrust.Signing;

namespace Zakenak.ModelTrust.Tests.Signing;

public class SignerKeyTests
{
    /// <summary>Such a key raised what nobody caught; it may come in a bundle, from anybody.</summary>
    [Fact]
    public void A_key_on_a_curve_that_the_system_does_not_know_is_refused()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var encoded = key.ExportSubjectPublicKeyInfo();
        encoded.AsSpan(encoded.AsSpan().IndexOf(new byte[] { 0xCE, 0x3D, 0x03, 0x01, 0x07 }))[1] = 0x13;
        Assert.Equal(RefusalCodes.KeyNotSupported, SignerKey.Parse(PemEncoding.WriteString("PUBLIC KEY", encoded), "k.pub.pem").Refusal?.Code);
    }
}
