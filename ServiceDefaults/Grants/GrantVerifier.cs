using System.Buffers;
using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using Zakenak.Contracts;

namespace Zakenak.ServiceDefaults.Grants;

/// <summary>
/// Checks grants: the certificate's chain and id, or that it is the connection's, then the signature, and only then what was signed. Thread-safe; one for the process. A grant may be
/// used again until it expires: it says what a request may do, and the services behind the gateway take it from authenticated callers only.
/// </summary>
public sealed class GrantVerifier(IWorkloadIdentity identity, TimeProvider time)
{
    /// <summary>Clocks of two machines may differ by this.</summary>
    public static readonly TimeSpan ClockSkew = TimeSpan.FromSeconds(5);

    /// <summary>Longest time from <c>iat</c> to <c>exp</c>.</summary>
    public static readonly TimeSpan MaxLifetime = TimeSpan.FromMinutes(5);

    private readonly GrantSigners _signers = new(identity, time);

    internal int RememberedSigners => _signers.Remembered;

    /// <summary>Checks a compact JWS.</summary>
    /// <param name="jws">As it came; null or empty where none came.</param>
    /// <param name="audience">The service that would act on it, one of <see cref="ServiceNames"/>.</param>
    public GrantResult Verify(string? jws, string audience) => Verify(jws, audience, peer: null);

    /// <summary>As above.</summary>
    /// <param name="peer">The other end of the connection that it came over; null where that proved nothing.</param>
    internal GrantResult Verify(string? jws, string audience, PeerFeature? peer)
    {
        ArgumentException.ThrowIfNullOrEmpty(audience);
        if (string.IsNullOrEmpty(jws))
        {
            return GrantResult.Refused(GrantCodes.Missing, "The request carries no grant.");
        }

        var firstDot = jws.IndexOf('.', StringComparison.Ordinal);
        var lastDot = jws.LastIndexOf('.');
        if (jws.Length > GrantFormat.MaxLength
            || firstDot <= 0
            || lastDot <= firstDot + 1
            || jws.Length - lastDot - 1 != GrantFormat.SignatureCharacters
            || !Ascii.IsValid(jws))
        {
            return Malformed();
        }

        var (signer, refusal) = _signers.Find(jws.AsSpan(0, firstDot), peer);
        if (signer is null)
        {
            return refusal!;
        }

        if (!IsSigned(signer, jws, lastDot))
        {
            return GrantResult.Refused(GrantCodes.SignatureInvalid, "The grant's signature is wrong.");
        }

        return Read(jws.AsSpan(firstDot + 1, lastDot - firstDot - 1)) is { } grant ? Check(grant, signer.Id, audience) : Malformed();
    }

    private GrantResult Check(Grant grant, string signer, string audience)
    {
        if (grant.Issuer != signer)
        {
            return GrantResult.Refused(GrantCodes.Issuer, "The grant names another issuer than its signer.");
        }

        if (!grant.Audience.Contains(audience, StringComparer.Ordinal))
        {
            return GrantResult.Refused(GrantCodes.Audience, "The grant is not for this service.");
        }

        // Both bounds first: then no difference of the two can overflow.
        var latest = DateTimeOffset.MaxValue.ToUnixTimeSeconds();
        if (grant.IssuedAt < 0 || grant.ExpiresAt > latest || grant.ExpiresAt <= grant.IssuedAt || grant.ExpiresAt - grant.IssuedAt > MaxLifetime.TotalSeconds)
        {
            return Malformed();
        }

        var now = time.GetUtcNow();
        return now >= DateTimeOffset.FromUnixTimeSeconds(grant.ExpiresAt) + ClockSkew || now < DateTimeOffset.FromUnixTimeSeconds(grant.IssuedAt) - ClockSkew
            ? GrantResult.Refused(GrantCodes.Expired, "The grant is not valid at this time.")
            : GrantResult.Accepted(grant);
    }

    private static bool IsSigned(GrantSigner signer, string jws, int lastDot)
    {
        Span<byte> signature = stackalloc byte[GrantFormat.SignatureBytes];
        Span<char> canonical = stackalloc char[GrantFormat.SignatureCharacters];
        var text = jws.AsSpan(lastDot + 1);

        // 86 characters hold four bits more than 64 bytes: only the one spelling that an encoder makes is taken.
        if (Base64Url.DecodeFromChars(text, signature, out var consumed, out var written) != OperationStatus.Done
            || consumed != text.Length
            || written != signature.Length
            || !Base64Url.TryEncodeToChars(signature, canonical, out _)
            || !canonical.SequenceEqual(text))
        {
            return false;
        }

        var buffer = ArrayPool<byte>.Shared.Rent(lastDot);
        try
        {
            var length = Encoding.ASCII.GetBytes(jws.AsSpan(0, lastDot), buffer);
            return signer.Signed(buffer.AsSpan(0, length), signature);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static Grant? Read(ReadOnlySpan<char> claims)
    {
        try
        {
            return JsonSerializer.Deserialize(Base64Url.DecodeFromChars(claims), GrantJson.Default.Grant) is { } grant && IsWhole(grant) ? grant : null;
        }
        catch (Exception e) when (e is FormatException or JsonException)
        {
            return null;
        }
    }

    /// <summary>What the serializer cannot say: no list holds a null, nothing that names is empty, no budget is negative.</summary>
    private static bool IsWhole(Grant grant) =>
        grant is { Tenant.Length: > 0, RequestId: null or { Length: > 0 }, KeyId.Length: > 0, Model.Length: > 0, MaxTokens: null or >= 0, MaxCompletionTokens: null or >= 1 }
        && grant.Audience.All(a => a is not null)
        && grant.Features.All(f => f is { View.Length: > 0 } && f.Entities.All(e => e is { Length: > 0 }));

    private static GrantResult Malformed() => GrantResult.Refused(GrantCodes.Malformed, "The grant is not of the expected form.");
}
