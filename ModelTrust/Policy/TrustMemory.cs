using System.Text.Json;
using Zakenak.ModelTrust.Signing;
using Zakenak.ModelTrust.Stages;

namespace Zakenak.ModelTrust.Policy;

/// <summary>
/// What one consumer has seen, in a file of its own: the highest version of the policy, and of every model version the highest stage statement.
/// By it nobody can bring back yesterday's word. A file that can't be read is refused, never begun anew.
/// </summary>
public sealed class TrustMemory
{
    private const int MaxBytes = 16 * 1024 * 1024;
    private const string Remedy = "Restore it from a backup; if you delete it, this consumer can't tell old statements from new ones until it has seen the newest.";

    private readonly Lock _lock = new();
    private readonly string _path;
    private readonly Dictionary<string, StageRecord> _versions = new(StringComparer.Ordinal);
    private long _policyVersion;
    private string _policyDigest = "";

    private TrustMemory(string path) => _path = path;

    /// <summary>Reads the file, or begins without one. One process at a time may use it.</summary>
    public static Result<TrustMemory> Open(string path)
    {
        var memory = new TrustMemory(path);
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read);
            if (stream.Length > MaxBytes)
            {
                return new Refusal(RefusalCodes.MemoryMalformed, $"{path} is larger than any memory. {Remedy}");
            }

            var content = new byte[stream.Length];
            stream.ReadExactly(content);
            return memory.Read(content) is { } refusal ? refusal : memory;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return memory;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new Refusal(RefusalCodes.MemoryMalformed, $"{path} can't be read: {e.Message}. {Remedy}");
        }
    }

    /// <summary>What was seen of a version; null where nothing was.</summary>
    public StageRecord? Recall(string name, string version)
    {
        lock (_lock)
        {
            return _versions.GetValueOrDefault(ModelName.Subject(name, version));
        }
    }

    /// <summary>Remembers a statement that was opened; on disk when this returns null. A replay is refused, and nothing changes.</summary>
    public Refusal? Admit(StageStatement statement)
    {
        ArgumentNullException.ThrowIfNull(statement);
        lock (_lock)
        {
            var seen = _versions.GetValueOrDefault(statement.Subject);
            var admitted = StageRecord.Admit(seen, statement);
            if (!admitted.IsSuccess)
            {
                return admitted.Refusal;
            }

            return admitted.Value == seen ? null : Write(statement.Subject, admitted.Value, _policyVersion, _policyDigest);
        }
    }

    /// <summary>Remembers the evidence's stage statement where an approver signed it for this very version; any other the decision will refuse.</summary>
    public Refusal? Admit(ModelRule rule, VersionEvidence evidence)
    {
        ArgumentNullException.ThrowIfNull(rule);
        ArgumentNullException.ThrowIfNull(evidence);
        return evidence.StageEnvelope is { } envelope && StageStatement.Open(envelope, rule.Approvers).Value is { } statement
            && statement.RequireSubject(evidence.Name, evidence.Version, evidence.ModelDigest) is null
            ? Admit(statement)
            : null;
    }

    /// <summary>Remembers a policy that was loaded; on disk when this returns null. An older one is refused, and nothing changes.</summary>
    public Refusal? Admit(ModelPolicy policy)
    {
        ArgumentNullException.ThrowIfNull(policy);
        lock (_lock)
        {
            if (policy.Version < _policyVersion || (policy.Version == _policyVersion && policy.Digest != _policyDigest))
            {
                return new Refusal(
                    RefusalCodes.PolicyOutdated,
                    policy.Version == _policyVersion
                        ? $"Another policy of version {policy.Version} was seen before. Give the changed one the next version and have it signed again."
                        : $"The policy has version {policy.Version}, but {_policyVersion} was seen before. Get the newest policy.");
            }

            return policy.Version == _policyVersion ? null : Write(null, null, policy.Version, policy.Digest);
        }
    }

    private Refusal? Read(byte[] content)
    {
        var shape = new JsonShape(_path, RefusalCodes.MemoryMalformed, Remedy);
        var root = shape.Parse(content);
        shape.Only(root, "policy", "versions");
        var policy = shape.Member(root, "policy", JsonValueKind.Object);
        _policyVersion = Number(shape, policy, "version");
        _policyDigest = shape.Text(policy, "digest");
        var versions = shape.Member(root, "versions", JsonValueKind.Object);
        foreach (var version in shape.Failure is null ? versions.EnumerateObject() : default)
        {
            _versions[version.Name] = new StageRecord(
                Number(shape, version.Value, "sequence"), shape.Boolean(version.Value, "revoked"), shape.Text(version.Value, "payload_digest"));
        }

        return shape.Failure;
    }

    private static long Number(JsonShape shape, JsonElement parent, string name)
    {
        if (shape.Member(parent, name, JsonValueKind.Number) is { ValueKind: JsonValueKind.Number } value && value.TryGetInt64(out var number) && number >= 0)
        {
            return number;
        }

        shape.Fail($"must have a whole number as '{name}'");
        return 0;
    }

    /// <summary>The file first: what is not on disk is not known.</summary>
    private Refusal? Write(string? subject, StageRecord? record, long policyVersion, string policyDigest)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteStartObject("policy");
            json.WriteNumber("version", policyVersion);
            json.WriteString("digest", policyDigest);
            json.WriteEndObject();
            json.WriteStartObject("versions");
            foreach (var (name, seen) in _versions.Where(pair => pair.Key != subject).Concat(subject is null ? [] : [new(subject, record!)]).OrderBy(pair => pair.Key, StringComparer.Ordinal))
            {
                json.WriteStartObject(name);
                json.WriteNumber("sequence", seen.Sequence);
                json.WriteBoolean("revoked", seen.Revoked);
                json.WriteString("payload_digest", seen.PayloadDigest);
                json.WriteEndObject();
            }

            json.WriteEndObject();
            json.WriteEndObject();
        }

        if (AtomicFile.Write(_path, buffer.ToArray(), AtomicFile.Secret) is { } refusal)
        {
            return refusal;
        }

        if (subject is not null)
        {
            _versions[subject] = record!;
        }

        (_policyVersion, _policyDigest) = (policyVersion, policyDigest);
        return null;
    }
}
