using System.Text.Json.Nodes;

namespace Zakenak.ModelTrust.Tests.Signing;

public class ModelStatementTests
{
    public static TheoryData<string> BadNames => new(
        "..", "../a", "a/../b", "/etc/passwd", "C:/a", "a\\b", "", ".", "./a", "a//b", "a/", "a/./b", "a\u0000b", "a\nb", "a\u0085b", "\ufffd", new string('a', 1025));

    [Fact]
    public void A_statement_as_the_specification_has_it_is_accepted() => Assert.Null(BundleForge.CodeOf(BundleForge.Statement("a", "b/c")));

    [Theory]
    [MemberData(nameof(BadNames))]
    public void A_path_that_is_not_canonical_is_refused(string name) =>
        Assert.Equal(RefusalCodes.PathNotAllowed, BundleForge.CodeOf(BundleForge.Statement(["0", name])));

    [Fact]
    public void A_file_listed_twice_is_refused() =>
        Assert.Equal(RefusalCodes.PathNotAllowed, BundleForge.CodeOf(BundleForge.Statement("a", "a")));

    [Fact]
    public void Files_are_in_code_point_order_or_in_that_of_the_reference_implementation()
    {
        Assert.Null(BundleForge.CodeOf(BundleForge.Statement("a.txt", "a/b")));
        Assert.Null(BundleForge.CodeOf(BundleForge.Statement("a/b", "a.txt")));

        // Above the surrogates in UTF-16, below the astral plane in code points.
        Assert.Null(BundleForge.CodeOf(BundleForge.Statement("\uff61", "\U0001F600")));
        Assert.Equal(RefusalCodes.SignatureMalformed, BundleForge.CodeOf(BundleForge.Statement("\U0001F600", "\uff61")));
        Assert.Equal(RefusalCodes.SignatureMalformed, BundleForge.CodeOf(BundleForge.Statement("b", "a")));
    }

    [Fact]
    public void The_subject_must_be_the_digest_of_the_files_listed()
    {
        var statement = BundleForge.Statement("a");
        statement["subject"]![0]!["digest"]!["sha256"] = BundleForge.EmptyDigest;
        Assert.Equal(RefusalCodes.RootDigestMismatch, BundleForge.CodeOf(statement));
    }

    [Theory]
    [InlineData("shards", "sha256", RefusalCodes.SerializationNotSupported)]
    [InlineData("tree", "sha256", RefusalCodes.SerializationNotSupported)]
    [InlineData("files", "blake3", RefusalCodes.HashNotSupported)]
    [InlineData("files", "md5", RefusalCodes.HashNotSupported)]
    public void Methods_and_hashes_that_are_not_known_are_refused_by_name(string method, string hash, string code)
    {
        var statement = BundleForge.Statement("a");
        statement["predicate"]!["serialization"]!["method"] = method;
        statement["predicate"]!["serialization"]!["hash_type"] = hash;
        Assert.Equal(code, BundleForge.CodeOf(statement));
    }

    [Fact]
    public void A_file_with_a_hash_of_its_own_is_refused_by_name()
    {
        var statement = BundleForge.Statement("a");
        statement["predicate"]!["resources"]![0]!["algorithm"] = "blake2b";
        Assert.Equal(RefusalCodes.HashNotSupported, BundleForge.CodeOf(statement));
    }

    [Theory]
    [InlineData("_type", "https://in-toto.io/Statement/v0.1")]
    [InlineData("predicateType", "https://model_signing/Digests/v0.1")]
    [InlineData("predicateType", "https://slsa.dev/provenance/v1")]
    public void Another_kind_of_statement_is_refused_by_name(string member, string value)
    {
        var statement = BundleForge.Statement("a");
        statement[member] = value;
        Assert.Equal(RefusalCodes.StatementNotSupported, BundleForge.CodeOf(statement));
    }

    [Fact]
    public void Another_payload_type_is_refused_even_when_rightly_signed() =>
        Assert.Equal(RefusalCodes.StatementNotSupported, BundleForge.CodeOf(BundleForge.Statement("a").ToJsonString(), "application/json"));

    [Fact]
    public void Members_that_this_version_does_not_know_are_refused_except_on_a_file()
    {
        var statement = BundleForge.Statement("a");
        statement["predicate"]!["resources"]![0]!["uri"] = "https://example.org/a";
        Assert.Null(BundleForge.CodeOf(statement));

        foreach (var path in new[] { "", "predicate", "serialization" })
        {
            statement = BundleForge.Statement("a");
            var target = path switch { "" => statement, "predicate" => statement["predicate"]!, _ => statement["predicate"]!["serialization"]! };
            target["critical"] = true;
            Assert.Equal(RefusalCodes.SignatureMalformed, BundleForge.CodeOf(statement));
        }
    }

    [Fact]
    public void Missing_members_and_members_of_another_kind_are_refused()
    {
        foreach (var bend in new Action<JsonObject>[]
        {
            s => s.Remove("subject"),
            s => s.Remove("predicate"),
            s => s["subject"] = new JsonArray(),
            s => ((JsonArray)s["subject"]!).Add(s["subject"]![0]!.DeepClone()),
            s => s["subject"]![0]!["name"] = "",
            s => s["subject"]![0]!["digest"] = "x",
            s => ((JsonObject)s["subject"]![0]!["digest"]!).Remove("sha256"),
            s => s["predicate"]!["resources"] = new JsonArray(),
            s => s["predicate"]!["resources"] = new JsonArray("a"),
            s => s["predicate"]!["resources"]![0]!["digest"] = BundleForge.EmptyDigest.ToUpperInvariant(),
            s => s["predicate"]!["resources"]![0]!["digest"] = BundleForge.EmptyDigest[..62],
            s => s["predicate"]!["resources"]![0]!["name"] = 1,
            s => ((JsonObject)s["predicate"]!).Remove("serialization"),
            s => ((JsonObject)s["predicate"]!["serialization"]!).Remove("allow_symlinks"),
            s => s["predicate"]!["serialization"]!["allow_symlinks"] = "false",
            s => s["predicate"]!["serialization"]!["shard_size"] = 10,
            s => s["predicate"]!["serialization"]!["ignore_paths"] = "a",
            s => s["predicate"]!["serialization"]!["ignore_paths"] = new JsonArray(1),
        })
        {
            var statement = BundleForge.Statement("a");
            bend(statement);
            Assert.Equal(RefusalCodes.SignatureMalformed, BundleForge.CodeOf(statement));
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{\"_type\":\"a\",\"_type\":\"b\"}")]
    [InlineData("{\"_type\":\"\\ud800\"}")]
    [InlineData("{\"\\ud800\":1}")]
    [InlineData("{} {}")]
    public void Broken_JSON_that_was_rightly_signed_is_refused(string payload)
    {
        var code = BundleForge.CodeOf(payload.Length == 0 ? " " : payload);
        Assert.Equal(RefusalCodes.SignatureMalformed, code);
    }

    [Fact]
    public void Deep_JSON_is_refused() => Assert.Equal(
        RefusalCodes.SignatureMalformed, BundleForge.CodeOf(string.Concat(Enumerable.Repeat("{\"a\":", 100_000)) + "1" + new string('}', 100_000)));
}
