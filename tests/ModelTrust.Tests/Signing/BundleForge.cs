using System.Text;
using System.Text.Json.Nodes;
using Zakenak.ModelTrust.Dsse;
using Zakenak.ModelTrust.Signing;

namespace Zakenak.ModelTrust.Tests.Signing;

/// <summary>Makes bundles that the signer would never make: any statement, rightly signed; any JSON around it.</summary>
internal static class BundleForge
{
    public const string EmptyDigest = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    public static byte[] Sign(SigningKey key, string statement, string payloadType = DsseEnvelope.InTotoPayloadType) =>
        SignatureBundle.Sign(key, payloadType, Encoding.UTF8.GetBytes(statement));

    /// <summary>The code with which a rightly signed statement is refused; null where it is accepted.</summary>
    public static string? CodeOf(string statement, string payloadType = DsseEnvelope.InTotoPayloadType)
    {
        using var key = SigningKey.Create(SigningCurve.P256);
        return SignedModel.Verify(Sign(key, statement, payloadType), AllowedSigners.Only(key.PublicKey)).Refusal?.Code;
    }

    public static string? CodeOf(JsonNode statement) => CodeOf(statement.ToJsonString());

    /// <summary>A statement as it must be, to be bent by the test.</summary>
    public static JsonObject Statement(params string[] names)
    {
        var digests = string.Concat(Enumerable.Repeat(EmptyDigest, names.Length));
        var root = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(Convert.FromHexString(digests)));
        return new JsonObject
        {
            ["_type"] = "https://in-toto.io/Statement/v1",
            ["subject"] = new JsonArray(new JsonObject { ["name"] = "m", ["digest"] = new JsonObject { ["sha256"] = root } }),
            ["predicateType"] = "https://model_signing/signature/v1.0",
            ["predicate"] = new JsonObject
            {
                ["serialization"] = new JsonObject { ["method"] = "files", ["hash_type"] = "sha256", ["allow_symlinks"] = false },
                ["resources"] = new JsonArray([.. names.Select(name => new JsonObject
                {
                    ["name"] = name,
                    ["algorithm"] = "sha256",
                    ["digest"] = EmptyDigest,
                })]),
            },
        };
    }

    public static JsonObject Bundle(SigningKey key) => (JsonObject)JsonNode.Parse(Sign(key, Statement("a").ToJsonString()))!;
}
