using System.Text.Json;
using Zakenak.ModelTrust.Dsse;

namespace Zakenak.ModelTrust.Signing;

/// <summary>Reads a statement and refuses whatever is not as the specification has it.</summary>
internal static class ModelStatementReader
{
    private const int DigestLength = 64;

    /// <summary>Reads the payload of a bundle whose signature has been verified.</summary>
    public static Result<ModelStatement> Read(string payloadType, ReadOnlyMemory<byte> payload)
    {
        var shape = new JsonShape("The signed statement");
        if (payloadType != DsseEnvelope.InTotoPayloadType)
        {
            shape.Fail($"is not of type {DsseEnvelope.InTotoPayloadType}", RefusalCodes.StatementNotSupported);
        }

        var root = shape.Parse(payload);
        shape.Only(root, "_type", "subject", "predicateType", "predicate");
        RequireConstant(shape, root, "_type", ModelStatement.StatementType);
        RequireConstant(shape, root, "predicateType", ModelStatement.PredicateType);

        var predicate = shape.Member(root, "predicate", JsonValueKind.Object);
        shape.Only(predicate, "resources", "serialization");
        var (ignorePaths, allowSymlinks) = ReadSerialization(shape, shape.Member(predicate, "serialization", JsonValueKind.Object));
        var resources = ReadResources(shape, shape.Member(predicate, "resources", JsonValueKind.Array));
        var (subject, digest) = ReadSubject(shape, shape.Member(root, "subject", JsonValueKind.Array));
        if (shape.Failure is { } failure)
        {
            return failure;
        }

        var statement = new ModelStatement(subject, resources, ignorePaths, allowSymlinks);
        return statement.RootDigest == digest
            ? statement
            : new Refusal(
                RefusalCodes.RootDigestMismatch,
                $"The statement says that its files come to {digest}, but they come to {statement.RootDigest}. Have the model signed again, by a tool that follows the specification.");
    }

    private static void RequireConstant(JsonShape shape, JsonElement parent, string name, string expected)
    {
        var text = shape.Text(parent, name);
        if (shape.Failure is null && text != expected)
        {
            shape.Fail($"must have '{expected}' as '{name}'", RefusalCodes.StatementNotSupported);
        }
    }

    private static (string Name, string Digest) ReadSubject(JsonShape shape, JsonElement subjects)
    {
        if (shape.Failure is null && subjects.GetArrayLength() != 1)
        {
            shape.Fail($"has {subjects.GetArrayLength()} subjects; a model's has exactly one");
        }

        var subject = shape.Failure is null ? subjects[0] : default;
        var name = shape.Text(subject, "name");
        var digest = shape.Text(shape.Member(subject, "digest", JsonValueKind.Object), ModelStatement.Sha256);
        if (name.Length == 0 || !IsDigest(digest))
        {
            shape.Fail("must have a subject with a name and a sha256 digest in lowercase hex");
        }

        return (name, digest);
    }

    private static (List<string> IgnorePaths, bool AllowSymlinks) ReadSerialization(JsonShape shape, JsonElement serialization)
    {
        shape.Only(serialization, "method", "hash_type", "allow_symlinks", "ignore_paths", "shard_size");
        var method = shape.Text(serialization, "method");
        if (shape.Failure is null && method != "files")
        {
            shape.Fail($"has the serialization method '{Short(method)}'; this version knows 'files'", RefusalCodes.SerializationNotSupported);
        }

        var hash = shape.Text(serialization, "hash_type");
        if (shape.Failure is null && hash != ModelStatement.Sha256)
        {
            shape.Fail($"is hashed by '{Short(hash)}'; this version knows 'sha256'", RefusalCodes.HashNotSupported);
        }

        if (shape.Optional(serialization, "shard_size").ValueKind != JsonValueKind.Undefined)
        {
            shape.Fail("has a shard size, which the method 'files' must not have");
        }

        var allowSymlinks = shape.Boolean(serialization, "allow_symlinks");
        var ignored = shape.Optional(serialization, "ignore_paths");
        if (ignored.ValueKind is not (JsonValueKind.Undefined or JsonValueKind.Array))
        {
            shape.Fail("must have a list as 'ignore_paths'");
        }

        List<string> paths = [];
        foreach (var path in shape.Failure is null && ignored.ValueKind == JsonValueKind.Array ? ignored.EnumerateArray() : default)
        {
            paths.Add(shape.Item(path, "ignore_paths"));
        }

        return (paths, allowSymlinks);
    }

    private static List<ModelResource> ReadResources(JsonShape shape, JsonElement array)
    {
        List<ModelResource> resources = [];
        foreach (var item in shape.Failure is null ? array.EnumerateArray() : default)
        {
            // Members beyond these three are allowed by the specification and say nothing to us.
            var name = shape.Text(item, "name");
            var algorithm = shape.Text(item, "algorithm");
            var digest = shape.Text(item, "digest");
            if (shape.Failure is null && algorithm != ModelStatement.Sha256)
            {
                shape.Fail($"has a file hashed by '{Short(algorithm)}'; this version knows 'sha256'", RefusalCodes.HashNotSupported);
            }

            if (shape.Failure is null && !IsDigest(digest))
            {
                shape.Fail("has a digest that is not 64 lowercase hex digits");
            }

            if (shape.Failure is not null)
            {
                return resources;
            }

            resources.Add(new ModelResource(name, digest));
        }

        if (resources.Count == 0)
        {
            shape.Fail("lists no file");
        }

        CheckNames(shape, resources);
        return resources;
    }

    private static void CheckNames(JsonShape shape, List<ModelResource> resources)
    {
        foreach (var resource in resources)
        {
            // "." is how the reference implementation before 1.1 named the file of a model that is one file.
            var legacySingleFile = resources.Count == 1 && resource.Name == ".";
            if (!legacySingleFile && ModelPath.Problem(resource.Name) is { } problem)
            {
                shape.Fail($"lists the file '{Short(resource.Name)}', whose name {problem}", RefusalCodes.PathNotAllowed);
                return;
            }
        }

        if (resources.DistinctBy(resource => resource.Name).Count() != resources.Count)
        {
            shape.Fail("lists a file twice", RefusalCodes.PathNotAllowed);
        }
        else if (!IsSorted(resources, ModelPath.CompareByCodePoint) && !IsSorted(resources, ModelPath.CompareByPart))
        {
            shape.Fail("lists its files out of order");
        }
    }

    private static bool IsSorted(List<ModelResource> resources, Comparison<string> order) =>
        resources.Zip(resources.Skip(1)).All(pair => order(pair.First.Name, pair.Second.Name) < 0);

    private static bool IsDigest(string text) => text.Length == DigestLength && text.All(char.IsAsciiHexDigitLower);

    private static string Short(string text) => text.Length <= 64 ? text : text[..64] + "…";
}
