using System.Text;
using System.Text.Json.Nodes;
using Zakenak.ModelTrust.Signing;
using Zakenak.ModelTrust.Tests.Gguf;
using Zakenak.ModelTrust.Tests.Signing;

namespace Zakenak.ModelTrust.Tests.Fuzzing;

/// <summary>Inputs that are wrong in one way each. Their files are committed, so that a reader that changes still meets the same bytes.</summary>
internal static class Corpus
{
    /// <summary>Path below the corpus folder, <c>KIND/CODE/DEFECT</c>, and content.</summary>
    public static IEnumerable<(string Path, byte[] Content)> Make(SigningKey key)
    {
        foreach (var (code, defect, bend) in Bundles)
        {
            var bundle = BundleForge.Bundle(key);
            bend(bundle);
            yield return ($"bundles/{code}/{defect}.json", Encoding.UTF8.GetBytes(bundle.ToJsonString()));
        }

        foreach (var (code, defect, bend) in Statements)
        {
            var statement = BundleForge.Statement("a", "b");
            bend(statement);
            yield return ($"bundles/{code}/statement-{defect}.json", BundleForge.Sign(key, statement.ToJsonString()));
        }

        foreach (var (defect, names) in new (string, string[])[]
        {
            ("parent-folder", ["../a"]), ("absolute", ["/etc/passwd"]), ("drive", ["C:/a"]), ("backslash", ["a\\b"]), ("empty-part", ["a//b"]),
            ("dot-part", ["a/./b"]), ("trailing-slash", ["a/"]), ("control-character", ["a\u001bb"]), ("listed-twice", ["a", "a"]),
        })
        {
            yield return ($"bundles/path_not_allowed/name-{defect}.json", BundleForge.Sign(key, BundleForge.Statement(names).ToJsonString()));
        }

        foreach (var (code, defect, content) in Headers)
        {
            yield return ($"gguf/{code}/{defect}.gguf", content());
        }
    }

    private static readonly (string Code, string Defect, Action<JsonObject> Bend)[] Bundles =
    [
        ("signature_malformed", "media-type-of-another-version", b => b["mediaType"] = "application/vnd.dev.sigstore.bundle.v0.4+json"),
        ("signature_malformed", "unknown-member", b => b["extra"] = 1),
        ("signature_malformed", "no-verification-material", b => b.Remove("verificationMaterial")),
        ("signature_malformed", "key-and-certificate", b => b["verificationMaterial"]!["certificate"] = new JsonObject { ["rawBytes"] = "AAAA" }),
        ("signature_malformed", "certificate-that-is-none", b => b["verificationMaterial"] = new JsonObject { ["x509CertificateChain"] = new JsonObject { ["certificates"] = new JsonArray(new JsonObject { ["rawBytes"] = "MAA=" }) } }),
        ("signature_malformed", "no-certificates", b => b["verificationMaterial"] = new JsonObject { ["x509CertificateChain"] = new JsonObject { ["certificates"] = new JsonArray() } }),
        ("signature_malformed", "no-signature", b => b["dsseEnvelope"]!["signatures"] = new JsonArray()),
        ("signature_malformed", "two-signatures", b => ((JsonArray)b["dsseEnvelope"]!["signatures"]!).Add(b["dsseEnvelope"]!["signatures"]![0]!.DeepClone())),
        ("signature_malformed", "base64-with-a-line-break", b => b["dsseEnvelope"]!["payload"] = (string?)b["dsseEnvelope"]!["payload"] + "\n"),
        ("signature_malformed", "base64-url", b => b["dsseEnvelope"]!["signatures"]![0]!["sig"] = "-_-_"),
        ("signing_method_not_supported", "keyless", b => b["verificationMaterial"] = new JsonObject { ["certificate"] = new JsonObject { ["rawBytes"] = "AAAA" }, ["tlogEntries"] = new JsonArray(new JsonObject()) }),
        ("signer_not_allowed", "hint-of-another-key", b => b["verificationMaterial"]!["publicKey"]!["hint"] = new string('0', 64)),
        ("signature_invalid", "another-payload-type", b => b["dsseEnvelope"]!["payloadType"] = "application/json"),
        ("signature_invalid", "signature-that-is-no-DER", b => b["dsseEnvelope"]!["signatures"]![0]!["sig"] = "AAAA"),
        ("signature_invalid", "signature-of-zeros", b => b["dsseEnvelope"]!["signatures"]![0]!["sig"] = Convert.ToBase64String([0x30, 6, 2, 1, 0, 2, 1, 0])),
    ];

    private static readonly (string Code, string Defect, Action<JsonObject> Bend)[] Statements =
    [
        ("statement_not_supported", "of-another-version", s => s["_type"] = "https://in-toto.io/Statement/v0.1"),
        ("statement_not_supported", "provenance", s => s["predicateType"] = "https://slsa.dev/provenance/v1"),
        ("serialization_not_supported", "shards", s => s["predicate"]!["serialization"]!["method"] = "shards"),
        ("hash_not_supported", "blake3", s => s["predicate"]!["serialization"]!["hash_type"] = "blake3"),
        ("hash_not_supported", "file-with-blake2b", s => s["predicate"]!["resources"]![0]!["algorithm"] = "blake2b"),
        ("root_digest_mismatch", "root-of-other-files", s => s["subject"]![0]!["digest"]!["sha256"] = BundleForge.EmptyDigest),
        ("signature_malformed", "out-of-order", s => { var list = (JsonArray)s["predicate"]!["resources"]!; var first = list[0]; list.RemoveAt(0); list.Add(first); }),
        ("signature_malformed", "no-file", s => s["predicate"]!["resources"] = new JsonArray()),
        ("signature_malformed", "two-subjects", s => ((JsonArray)s["subject"]!).Add(s["subject"]![0]!.DeepClone())),
        ("signature_malformed", "digest-in-capitals", s => s["predicate"]!["resources"]![0]!["digest"] = BundleForge.EmptyDigest.ToUpperInvariant()),
        ("signature_malformed", "critical-member", s => s["predicate"]!["critical"] = true),
        ("signature_malformed", "symlink-policy-missing", s => ((JsonObject)s["predicate"]!["serialization"]!).Remove("allow_symlinks")),
        ("signature_malformed", "shard-size-with-files", s => s["predicate"]!["serialization"]!["shard_size"] = 10),
    ];

    private static readonly (string Code, string Defect, Func<byte[]> Content)[] Headers =
    [
        ("gguf_malformed", "other-magic", () => With(4, f => f[0] = (byte)'X')),
        ("gguf_malformed", "cut-in-the-header", () => GgufFile.Small().ToArray()[..100]),
        ("gguf_malformed", "cut-in-the-data", () => GgufFile.Small().ToArray()[..^40]),
        ("gguf_not_supported", "version-1", () => new GgufFile { Version = 1 }.ToArray()),
        ("gguf_not_supported", "big-endian", () => new GgufFile { Version = 0x03000000 }.ToArray()),
        .. new ulong[] { uint.MaxValue, 1UL << 32, (1UL << 32) + 1, long.MaxValue, 1UL << 63, ulong.MaxValue }.SelectMany(n => new (string, string, Func<byte[]>)[]
        {
            ("gguf_malformed", $"tensor-count-{n:x}", () => new GgufFile { TensorCount = n }.ToArray()),
            ("gguf_malformed", $"key-count-{n:x}", () => new GgufFile { KeyCount = n }.ToArray()),
            ("gguf_malformed", $"key-length-{n:x}", () => With(24, f => BitConverter.TryWriteBytes(f.AsSpan(24), n))),
            ("gguf_malformed", $"text-length-{n:x}", () => Key(8, GgufFile.Bytes(n))),
            ("gguf_malformed", $"array-length-{n:x}", () => Key(9, [.. GgufFile.Bytes(4u), .. GgufFile.Bytes(n)])),
            ("gguf_malformed", $"array-text-length-{n:x}", () => Key(9, [.. GgufFile.Bytes(8u), .. GgufFile.Bytes(1UL), .. GgufFile.Bytes(n)])),
            ("gguf_malformed", $"tensor-offset-{n:x}", () => Tensor([8], 0, n)),
            ("gguf_malformed", $"tensor-dimension-{n:x}", () => Tensor([n], 0, 0)),
            ("gguf_malformed", $"tensor-dimensions-{n:x}-squared", () => Tensor([n, n, n, n], 0, 0)),
        }),
        ("gguf_malformed", "tensor-without-dimensions", () => Tensor([], 0, 0)),
        ("gguf_malformed", "tensor-with-five-dimensions", () => Tensor([1, 1, 1, 1, 1], 0, 0)),
        ("gguf_malformed", "tensor-of-no-elements", () => Tensor([0], 0, 0)),
        ("gguf_malformed", "tensor-off-the-alignment", () => Tensor([4], 0, 16)),
        ("gguf_malformed", "tensor-past-the-end", () => Tensor([1000], 0, 0)),
        ("gguf_malformed", "rows-that-are-no-multiple-of-the-block", () => Tensor([33], 8, 0)),
        ("gguf_not_supported", "tensor-type-that-was-taken-out", () => Tensor([32], 4, 0)),
        ("gguf_not_supported", "tensor-type-ffffffff", () => Tensor([32], uint.MaxValue, 0)),
        ("gguf_malformed", "tensors-on-the-same-bytes", () => Small(f => f.Tensors[1] = ("output.weight", [8], 0, 0))),
        ("gguf_malformed", "tensor-twice", () => Small(f => f.Tensors[1] = f.Tensors[0])),
        ("gguf_malformed", "tensor-name-of-64-bytes", () => Small(f => f.Tensors[0] = (new string('a', 64), [8], 0, 0))),
        ("gguf_malformed", "key-twice", () => Small(f => f.Metadata.Add(f.Metadata[0]))),
        ("gguf_malformed", "key-without-a-name", () => Small(f => f.Metadata.Add(("", 7, [1])))),
        ("gguf_malformed", "key-with-a-line-break", () => Small(f => f.Metadata.Add(("a\nb", 7, [1])))),
        ("gguf_malformed", "alignment-0", () => Small(f => f.Metadata.Add(("general.alignment", 4, GgufFile.Bytes(0u))))),
        ("gguf_malformed", "alignment-48", () => Small(f => f.Metadata.Add(("general.alignment", 4, GgufFile.Bytes(48u))))),
        ("gguf_malformed", "alignment-2-to-the-31", () => Small(f => f.Metadata.Add(("general.alignment", 4, GgufFile.Bytes(1u << 31))))),
        ("gguf_malformed", "alignment-that-is-text", () => Small(f => f.Add("general.alignment", "32"))),
        ("gguf_malformed", "truth-value-2", () => Key(7, [2])),
        ("gguf_malformed", "value-type-13", () => Key(13, [0, 0, 0, 0])),
        ("gguf_malformed", "text-that-is-not-UTF8", () => Key(8, [.. GgufFile.Bytes(2UL), 0xC3, 0x28])),
        ("gguf_malformed", "array-of-an-unknown-type", () => Key(9, [.. GgufFile.Bytes(99u), .. GgufFile.Bytes(1UL)])),
        ("gguf_malformed", "arrays-five-deep", () => Key(9, [.. Enumerable.Range(0, 5).SelectMany(_ => (byte[])[.. GgufFile.Bytes(9u), .. GgufFile.Bytes(1UL)]), .. GgufFile.Bytes(0u), .. GgufFile.Bytes(0UL)])),
    ];

    private static byte[] With(int least, Action<byte[]> bend)
    {
        var content = GgufFile.Small().ToArray();
        Assert.True(content.Length > least);
        bend(content);
        return content;
    }

    private static byte[] Small(Action<GgufFile> bend)
    {
        var file = GgufFile.Small();
        bend(file);
        return file.ToArray();
    }

    private static byte[] Key(uint type, byte[] value) => Small(file => file.Metadata.Insert(0, ("a.key", type, value)));

    private static byte[] Tensor(ulong[] dimensions, uint type, ulong offset) => Small(file =>
    {
        file.Tensors.Clear();
        file.Tensors.Add(("a.weight", dimensions, type, offset));
    });
}
