using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Zakenak.ModelTrust.Signing;

namespace Zakenak.ModelTrust.Attestations;

/// <summary>An in-toto statement about one version: the frame around a predicate.</summary>
internal sealed class InTotoStatement
{
    private const string Type = "https://in-toto.io/Statement/v1";

    // What cosign still writes.
    private const string TypeBefore = "https://in-toto.io/Statement/v0.1";
    private const int MaxSubjects = 64;
    private const int DigestLength = 64;
    private const string DigestPrefix = "sha256:";

    /// <summary>The versions that it speaks of: <c>name:version</c> and model digest, <c>sha256:HEX</c>.</summary>
    public required IReadOnlyList<(string Name, string ModelDigest)> Subjects { get; init; }

    public required string PredicateType { get; init; }

    public required JsonElement Predicate { get; init; }

    public bool IsAbout(string subject, string modelDigest) => Subjects.Contains((subject, modelDigest));

    /// <summary>Reads the payload of an envelope that has been verified; what is wrong is remembered by <paramref name="shape"/>.</summary>
    public static InTotoStatement Read(JsonShape shape, ReadOnlyMemory<byte> payload)
    {
        var root = shape.Parse(payload);
        shape.Only(root, "_type", "subject", "predicateType", "predicate");
        if (shape.Text(root, "_type") is var type && shape.Failure is null && type is not (Type or TypeBefore))
        {
            shape.Fail($"must have '{Type}' as '_type'");
        }

        return new InTotoStatement
        {
            Subjects = ReadSubjects(shape, shape.Member(root, "subject", JsonValueKind.Array)),
            PredicateType = shape.Text(root, "predicateType"),
            Predicate = shape.Member(root, "predicate", JsonValueKind.Object),
        };
    }

    public static byte[] Write(string subject, string modelDigest, string predicateType, Action<Utf8JsonWriter> writePredicate)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteString("_type", Type);
            json.WriteStartArray("subject");
            json.WriteStartObject();
            json.WriteString("name", subject);
            json.WriteStartObject("digest");
            json.WriteString("sha256", modelDigest[DigestPrefix.Length..]);
            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteEndArray();
            json.WriteString("predicateType", predicateType);
            json.WritePropertyName("predicate");
            writePredicate(json);
            json.WriteEndObject();
        }

        return buffer.ToArray();
    }

    /// <summary>Null where both can stand in a statement.</summary>
    public static Refusal? CheckSubject(string name, string version, string modelDigest) =>
        ModelName.Check(name, version) ?? (IsModelDigest(modelDigest)
            ? null
            : new Refusal(RefusalCodes.DigestMalformed, $"'{modelDigest[..Math.Min(modelDigest.Length, 80)]}' is no model digest. Give it as sha256: and 64 lowercase hex digits, as `zakenak model verify` says it."));

    public static bool IsModelDigest(string text) => text.StartsWith(DigestPrefix, StringComparison.Ordinal) && IsHexDigest(text[DigestPrefix.Length..]);

    /// <summary>RFC 3339 with its offset; null where it is anything else, and a date alone is.</summary>
    public static DateTimeOffset? ReadDate(JsonElement value)
    {
        const int ShortestLength = 20;
        const int TimeMark = 10;
        const int OffsetLength = 6;
        if (JsonShape.TextOf(value) is not { Length: >= ShortestLength } text || text[TimeMark] != 'T' || !value.TryGetDateTimeOffset(out var date))
        {
            return null;
        }

        return text[^1] == 'Z' || text[^OffsetLength] is '+' or '-' ? date : null;
    }

    public static string WriteDate(DateTimeOffset date) => date.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", CultureInfo.InvariantCulture);

    private static List<(string Name, string ModelDigest)> ReadSubjects(JsonShape shape, JsonElement array)
    {
        List<(string Name, string ModelDigest)> subjects = [];
        if (shape.Failure is null && array.GetArrayLength() is 0 or > MaxSubjects)
        {
            shape.Fail($"has {array.GetArrayLength()} subjects; 1 to {MaxSubjects} are allowed");
        }

        foreach (var item in shape.Failure is null ? array.EnumerateArray() : default)
        {
            // A subject may have digests of other kinds beside the one that names a model.
            var name = shape.Text(item, "name");
            var digest = shape.Text(shape.Member(item, "digest", JsonValueKind.Object), "sha256");
            if (shape.Failure is null && !IsHexDigest(digest))
            {
                shape.Fail("must have a sha256 digest of 64 lowercase hex digits in every subject");
            }

            subjects.Add((name, DigestPrefix + digest));
        }

        return subjects;
    }

    private static bool IsHexDigest(string text) => text.Length == DigestLength && text.All(char.IsAsciiHexDigitLower);
}
