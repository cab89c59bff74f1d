using System.Security.Cryptography;

namespace Zakenak.ModelTrust.Signing;

/// <summary>The curves of the algorithm registry of OpenSSF Model Signing; each has its own hash.</summary>
public enum SigningCurve
{
    P256,
    P384,
    P521,
}

internal static class SigningCurves
{
    public static ECCurve ToNamedCurve(this SigningCurve curve) => curve switch
    {
        SigningCurve.P256 => ECCurve.NamedCurves.nistP256,
        SigningCurve.P384 => ECCurve.NamedCurves.nistP384,
        _ => ECCurve.NamedCurves.nistP521,
    };

    public static HashAlgorithmName ToHashAlgorithm(this SigningCurve curve) => curve switch
    {
        SigningCurve.P256 => HashAlgorithmName.SHA256,
        SigningCurve.P384 => HashAlgorithmName.SHA384,
        _ => HashAlgorithmName.SHA512,
    };

    /// <summary>The curve of a key, or null where it is none of the three or is written out as explicit parameters.</summary>
    public static SigningCurve? Of(ECDsa key)
    {
        var curve = key.ExportParameters(includePrivateParameters: false).Curve;
        return !curve.IsNamed ? null : curve.Oid.Value switch
        {
            "1.2.840.10045.3.1.7" => SigningCurve.P256,
            "1.3.132.0.34" => SigningCurve.P384,
            "1.3.132.0.35" => SigningCurve.P521,
            _ => null,
        };
    }
}
