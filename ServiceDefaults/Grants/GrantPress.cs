using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Zakenak.Contracts;

namespace Zakenak.ServiceDefaults.Grants;

/// <summary>The key and the memory that signing one grant after the other takes. Not thread-safe: an ECDsa is not for two threads at once.</summary>
internal sealed class GrantPress : IDisposable
{
    private readonly ECDsa _key;
    private readonly ArrayBufferWriter<byte> _claims = new(512);
    private readonly Utf8JsonWriter _json;
    private readonly byte[] _jws = new byte[GrantFormat.MaxLength];

    public GrantPress(Svid svid)
    {
        _key = svid.Certificate.GetECDsaPrivateKey() ?? throw new InvalidOperationException("The SVID's key is not of an elliptic curve.");
        _json = new Utf8JsonWriter(_claims);
    }

    /// <summary>The JWS; null where it would be too long.</summary>
    /// <param name="header">The JWS up to its first dot.</param>
    public string? Sign(ReadOnlySpan<byte> header, Grant grant)
    {
        _claims.ResetWrittenCount();
        _json.Reset(_claims);
        JsonSerializer.Serialize(_json, grant, GrantJson.Default.Grant);
        var claimsStart = header.Length + 1;
        var signed = claimsStart + Base64Url.GetEncodedLength(_claims.WrittenCount);
        if (signed + 1 + GrantFormat.SignatureCharacters > GrantFormat.MaxLength)
        {
            return null;
        }

        header.CopyTo(_jws);
        _jws[header.Length] = (byte)'.';
        Base64Url.EncodeToUtf8(_claims.WrittenSpan, _jws.AsSpan(claimsStart));
        Span<byte> signature = stackalloc byte[GrantFormat.SignatureBytes];
        _key.TrySignData(_jws.AsSpan(0, signed), signature, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation, out _);
        _jws[signed] = (byte)'.';
        Base64Url.EncodeToUtf8(signature, _jws.AsSpan(signed + 1));
        return Encoding.ASCII.GetString(_jws.AsSpan(0, signed + 1 + GrantFormat.SignatureCharacters));
    }

    public void Dispose()
    {
        _json.Dispose();
        _key.Dispose();
    }
}
