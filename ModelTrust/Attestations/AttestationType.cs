using System.Text.Json;
using Zakenak.ModelTrust.Signing;

namespace Zakenak.ModelTrust.Attestations;

/// <summary>
/// A kind of attestation as a policy names it: <c>sbom</c>, <c>scan</c>, <c>approval</c>, or the URI of a predicate type, compared exactly.
/// </summary>
public sealed record AttestationType
{
    public const string ApprovalPredicateType = "https://zakenak.local/attestation/approval/v1";

    private const string Spdx = "https://spdx.dev/Document";
    private const string CycloneDx = "https://cyclonedx.org/bom";
    private const string Vulnerabilities = "https://in-toto.io/attestation/vulns";
    private const string CosignVulnerabilities = "https://cosign.sigstore.dev/attestation/vuln/v1";
    private const string CosignCustom = "https://cosign.sigstore.dev/attestation/v1";
    private const int MaxUriLength = 256;

    private AttestationType(string name) => Name = name;

    public static AttestationType Sbom { get; } = new("sbom");

    public static AttestationType Scan { get; } = new("scan");

    public static AttestationType Approval { get; } = new("approval");

    public string Name { get; }

    /// <summary>Null where the text is neither one of the three names nor an absolute URI.</summary>
    public static AttestationType? Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text switch
        {
            "sbom" => Sbom,
            "scan" => Scan,
            "approval" => Approval,
            _ => text.Length <= MaxUriLength && text.Contains(':', StringComparison.Ordinal) && !text.Any(char.IsControl) && Uri.IsWellFormedUriString(text, UriKind.Absolute)
                ? new AttestationType(text)
                : null,
        };
    }

    public override string ToString() => Name;

    /// <summary>Whether an attestation with this predicate type is of this kind. A URI's versions (<c>…/v2.3</c>) are as good as the URI where the kind has a name.</summary>
    public bool Covers(string predicateType) => Name switch
    {
        "sbom" => IsOrIsUnder(predicateType, Spdx) || IsOrIsUnder(predicateType, CycloneDx),
        "scan" => IsOrIsUnder(predicateType, Vulnerabilities) || predicateType == CosignVulnerabilities,
        "approval" => predicateType == ApprovalPredicateType,
        _ => predicateType == Name,
    };

    /// <summary>The predicate type under which a predicate of this kind is signed; null where the predicate is not of this kind.</summary>
    internal string? PredicateTypeOf(JsonElement predicate) => Name switch
    {
        "sbom" => IsSpdx(predicate) ? Spdx : IsCycloneDx(predicate) ? CycloneDx : null,
        "scan" => IsScan(predicate) ? Vulnerabilities + "/v0.2" : null,
        "approval" => IsApproval(predicate) ? ApprovalPredicateType : null,
        _ => Name,
    };

    /// <summary>Null where the predicate has what its type promises; an empty object is no bill of materials.</summary>
    internal static string? Problem(string predicateType, JsonElement predicate) =>
        IsOrIsUnder(predicateType, Spdx) && !IsSpdx(predicate) ? "is no SPDX document: it has neither 'spdxVersion' nor '@graph'"
        : IsOrIsUnder(predicateType, CycloneDx) && !IsCycloneDx(predicate) ? "is no CycloneDX document: its 'bomFormat' is not 'CycloneDX'"
        : Scan.Covers(predicateType) && !IsScan(predicate) ? "is no scan: it has no 'scanner' with a 'result'"
        : predicateType == ApprovalPredicateType && !IsApproval(predicate) ? "is no approval: it has no 'approved_at'"
        : null;

    /// <summary>
    /// When what is attested was so: an SPDX document's <c>creationInfo.created</c> (in SPDX 3 the oldest CreationInfo), a CycloneDX document's
    /// <c>metadata.timestamp</c>, the end of a scan, the moment of an approval, cosign's <c>Timestamp</c>. Null where there is no such date.
    /// </summary>
    internal static DateTimeOffset? DateOf(string predicateType, JsonElement predicate) =>
        IsOrIsUnder(predicateType, Spdx) ? DateOfSpdx(predicate)
        : IsOrIsUnder(predicateType, CycloneDx) ? Date(Member(predicate, "metadata"), "timestamp")
        : Scan.Covers(predicateType) ? Date(Member(predicate, "metadata"), "scanFinishedOn")
        : predicateType == ApprovalPredicateType ? Date(predicate, "approved_at")
        : predicateType == CosignCustom ? Date(predicate, "Timestamp")
        : null;

    private static DateTimeOffset? DateOfSpdx(JsonElement predicate)
    {
        if (predicate.TryGetProperty("spdxVersion", out _))
        {
            return Date(Member(predicate, "creationInfo"), "created");
        }

        var graph = Member(predicate, "@graph");
        return graph.ValueKind == JsonValueKind.Array
            ? graph.EnumerateArray().Where(item => Text(item, "type") == "CreationInfo").Select(item => Date(item, "created")).DefaultIfEmpty(null).Aggregate((a, b) => a < b || a is null ? a : b)
            : null;
    }

    private static bool IsSpdx(JsonElement predicate) =>
        Text(predicate, "spdxVersion") is { Length: > 0 } || Member(predicate, "@graph").ValueKind == JsonValueKind.Array;

    private static bool IsCycloneDx(JsonElement predicate) => Text(predicate, "bomFormat") == "CycloneDX";

    private static bool IsScan(JsonElement predicate) => Member(Member(predicate, "scanner"), "result").ValueKind is not (JsonValueKind.Undefined or JsonValueKind.Null);

    private static bool IsApproval(JsonElement predicate) => Date(predicate, "approved_at") is not null;

    private static bool IsOrIsUnder(string predicateType, string uri) =>
        predicateType == uri || (predicateType.StartsWith(uri, StringComparison.Ordinal) && predicateType[uri.Length] == '/');

    private static JsonElement Member(JsonElement parent, string name) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out var value) ? value : default;

    private static string? Text(JsonElement parent, string name) => JsonShape.TextOf(Member(parent, name));

    private static DateTimeOffset? Date(JsonElement parent, string name) => InTotoStatement.ReadDate(Member(parent, name));
}
