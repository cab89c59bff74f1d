using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Zakenak.ModelTrust.Signing;

/// <summary>An in-toto Statement v1 with the predicate of OpenSSF Model Signing v1.0: which files a model has, and their digests.</summary>
public sealed class ModelStatement
{
    internal const string StatementType = "https://in-toto.io/Statement/v1";
    internal const string PredicateType = "https://model_signing/signature/v1.0";
    internal const string Sha256 = "sha256";

    /// <summary>Of resources that are in the order in which they count, with names that have been checked.</summary>
    internal ModelStatement(string subject, IReadOnlyList<ModelResource> resources, IReadOnlyList<string> ignorePaths, bool allowSymlinks = false)
    {
        Subject = subject;
        Resources = resources;
        IgnorePaths = ignorePaths;
        AllowSymlinks = allowSymlinks;
        RootDigest = ComputeRootDigest(resources);
    }

    /// <summary>What the signer calls the model; <c>name:version</c> for models that Zakenak serves.</summary>
    public string Subject { get; }

    /// <summary>SHA-256 of the resources' digests in their order, lowercase hex. The <b>model digest</b>.</summary>
    public string RootDigest { get; }

    public IReadOnlyList<ModelResource> Resources { get; }

    /// <summary>Paths that the signer left out.</summary>
    public IReadOnlyList<string> IgnorePaths { get; }

    /// <summary>Whether the signer took links for what they point to. Never so in what is signed here: the specification is to drop it.</summary>
    public bool AllowSymlinks { get; }

    /// <summary>A statement to sign; resources in any order, names already checked.</summary>
    internal static ModelStatement Of(string subject, IEnumerable<ModelResource> resources, IReadOnlyList<string> ignorePaths) =>
        new(subject, [.. resources.Order(Comparer<ModelResource>.Create((a, b) => ModelPath.CompareByCodePoint(a.Name, b.Name)))], ignorePaths);

    internal byte[] Write()
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteString("_type", StatementType);
            json.WriteStartArray("subject");
            json.WriteStartObject();
            json.WriteString("name", Subject);
            json.WriteStartObject("digest");
            json.WriteString(Sha256, RootDigest);
            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteEndArray();
            json.WriteString("predicateType", PredicateType);
            json.WriteStartObject("predicate");
            json.WriteStartObject("serialization");
            json.WriteString("method", "files");
            json.WriteString("hash_type", Sha256);
            json.WriteBoolean("allow_symlinks", AllowSymlinks);
            json.WriteStartArray("ignore_paths");
            foreach (var path in IgnorePaths)
            {
                json.WriteStringValue(path);
            }

            json.WriteEndArray();
            json.WriteEndObject();
            json.WriteStartArray("resources");
            foreach (var resource in Resources)
            {
                json.WriteStartObject();
                json.WriteString("name", resource.Name);
                json.WriteString("algorithm", Sha256);
                json.WriteString("digest", resource.Digest);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
            json.WriteEndObject();
        }

        return buffer.ToArray();
    }

    private static string ComputeRootDigest(IEnumerable<ModelResource> resources)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var resource in resources)
        {
            hash.AppendData(Convert.FromHexString(resource.Digest));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
