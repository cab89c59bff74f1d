using System.Text.Json.Serialization;

namespace Zakenak.Contracts;

/// <summary><c>POST /v1/svid</c> of the certificate authority. The authority takes only the public key from the CSR.</summary>
/// <param name="Csr">PKCS #10 request, base64 of DER.</param>
/// <param name="Token">Proof of a first enrollment; null at renewal, where the client certificate is the proof.</param>
public sealed record SvidRequest(
    [property: JsonPropertyName("csr")] string Csr,
    [property: JsonPropertyName("token")] string? Token);

/// <summary>An issued X.509-SVID and the trust bundle of the moment.</summary>
/// <param name="SpiffeId">The id that was issued.</param>
/// <param name="Certificates">Leaf first, then the issuing certificates; base64 of DER each.</param>
/// <param name="Bundle">The roots of the trust domain; base64 of DER each.</param>
/// <param name="Issuing">Every issuing certificate that may be met while rotating; base64 of DER each.</param>
public sealed record SvidResponse(
    [property: JsonPropertyName("spiffe_id")] string SpiffeId,
    [property: JsonPropertyName("certificates")] IReadOnlyList<string> Certificates,
    [property: JsonPropertyName("bundle")] IReadOnlyList<string> Bundle,
    [property: JsonPropertyName("issuing")] IReadOnlyList<string> Issuing);

/// <summary><c>GET /v1/bundle</c> of the certificate authority.</summary>
/// <param name="TrustDomain">The trust domain's name.</param>
/// <param name="Bundle">The roots; base64 of DER each.</param>
/// <param name="Issuing">Every issuing certificate that may be met while rotating; base64 of DER each.</param>
public sealed record BundleResponse(
    [property: JsonPropertyName("trust_domain")] string TrustDomain,
    [property: JsonPropertyName("bundle")] IReadOnlyList<string> Bundle,
    [property: JsonPropertyName("issuing")] IReadOnlyList<string> Issuing);
