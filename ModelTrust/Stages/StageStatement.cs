using System.Security.Cryptography;
using System.Text.Json;
using Zakenak.ModelTrust.Attestations;
using Zakenak.ModelTrust.Dsse;
using Zakenak.ModelTrust.Signing;

namespace Zakenak.ModelTrust.Stages;

/// <summary>An approver's signed word on a version: its stage, in which order the word counts, and until when.</summary>
public sealed record StageStatement
{
    public const string PredicateType = "https://zakenak.local/attestation/stage/v1";

    public const int MaxReasonLength = 500;

    /// <summary>The largest number that every JSON parser reads as it was written.</summary>
    public const long MaxSequence = (1L << 53) - 1;

    private static readonly DsseDocument Document = new(
        DsseEnvelope.InTotoPayloadType, "The stage statement", RefusalCodes.StatementInvalid, "Get it again from the registry, or have an approver sign a new one.");

    /// <summary>The model's name.</summary>
    public required string Name { get; init; }

    /// <summary><c>v1</c>, <c>v2</c>, …</summary>
    public required string Version { get; init; }

    /// <summary><c>sha256:HEX</c>.</summary>
    public required string ModelDigest { get; init; }

    /// <summary>From 1; of two statements about a version the higher one counts.</summary>
    public required long Sequence { get; init; }

    public required ModelStage Stage { get; init; }

    /// <summary>The version must never be served again, whatever its stage and whatever is signed later.</summary>
    public bool Revoked { get; init; }

    public string Reason { get; init; } = "";

    public required DateTimeOffset IssuedAt { get; init; }

    /// <summary>Nobody serves on this word from here on. A revocation does not end.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>Who signed it; null until it was opened.</summary>
    public Signer? Signer { get; private init; }

    /// <summary>SHA-256 of what was signed, lowercase hex: tells two statements of one sequence apart; null until it was opened.</summary>
    public string? PayloadDigest { get; private init; }

    /// <summary><c>name:version</c>.</summary>
    public string Subject => ModelName.Subject(Name, Version);

    /// <summary>The DSSE envelope with this statement.</summary>
    public Result<byte[]> Sign(SigningKey key)
    {
        ArgumentNullException.ThrowIfNull(key);
        if ((InTotoStatement.CheckSubject(Name, Version, ModelDigest) ?? Problem(this)) is { } refusal)
        {
            return refusal;
        }

        var envelope = DsseEnvelope.Sign(key, DsseEnvelope.InTotoPayloadType, InTotoStatement.Write(Subject, ModelDigest, PredicateType, WritePredicate));

        // Our own output goes through our own verifier before anybody else sees it.
        var check = Open(envelope, AllowedSigners.Only(key.PublicKey));
        return check.IsSuccess ? envelope : check.Refusal;
    }

    /// <summary>Who signed, then what; whether it counts is for <see cref="StageRecord"/> and the policy to say.</summary>
    public static Result<StageStatement> Open(ReadOnlyMemory<byte> envelope, AllowedSigners approvers)
    {
        ArgumentNullException.ThrowIfNull(approvers);
        var opened = DsseEnvelope.Open(envelope, Document, approvers);
        if (!opened.IsSuccess)
        {
            return opened.Refusal;
        }

        var shape = new JsonShape(Document.Name, Document.InvalidCode, Document.Remedy);
        var statement = Read(shape, InTotoStatement.Read(shape, opened.Value.Payload));
        return (shape.Failure ?? Problem(statement)) is { } refusal
            ? refusal
            : statement with { Signer = opened.Value.Signer, PayloadDigest = Convert.ToHexStringLower(SHA256.HashData(opened.Value.Payload.Span)) };
    }

    /// <summary>Null where it is about this version of these bytes.</summary>
    public Refusal? RequireSubject(string name, string version, string modelDigest) =>
        Subject == ModelName.Subject(name, version) && ModelDigest == modelDigest
            ? null
            : new Refusal(
                RefusalCodes.StatementInvalid,
                $"The stage statement is about {Subject} with {ModelDigest}, not about {name}:{version} with {modelDigest}. Have an approver sign one for this version.");

    private static StageStatement Read(JsonShape shape, InTotoStatement statement)
    {
        if (shape.Failure is null && statement.PredicateType != PredicateType)
        {
            shape.Fail($"must have '{PredicateType}' as 'predicateType'");
        }

        if (shape.Failure is null && statement.Subjects.Count != 1)
        {
            shape.Fail($"is about {statement.Subjects.Count} versions; it must be about one");
        }

        var (subject, digest) = shape.Failure is null ? statement.Subjects[0] : ("", "");
        var colon = subject.IndexOf(':', StringComparison.Ordinal);
        var (name, version) = colon < 0 ? ("", "") : (subject[..colon], subject[(colon + 1)..]);
        if (shape.Failure is null && ModelName.Check(name, version) is not null)
        {
            shape.Fail("must have NAME:vN as its subject's name");
        }

        var predicate = statement.Predicate;
        shape.Only(predicate, "sequence", "stage", "revoked", "reason", "issued_at", "expires_at");
        return new StageStatement
        {
            Name = name,
            Version = version,
            ModelDigest = digest,
            Sequence = shape.Member(predicate, "sequence", JsonValueKind.Number) is { ValueKind: JsonValueKind.Number } number && number.TryGetInt64(out var sequence) ? sequence : 0,
            Stage = ReadStage(shape, shape.Text(predicate, "stage")),
            Revoked = shape.Boolean(predicate, "revoked"),
            Reason = shape.Text(predicate, "reason"),
            IssuedAt = ReadDate(shape, predicate, "issued_at"),
            ExpiresAt = ReadDate(shape, predicate, "expires_at"),
        };
    }

    private static ModelStage ReadStage(JsonShape shape, string text)
    {
        switch (text)
        {
            case nameof(ModelStage.Staging):
                return ModelStage.Staging;
            case nameof(ModelStage.Approved):
                return ModelStage.Approved;
            default:
                if (text != nameof(ModelStage.Retired))
                {
                    shape.Fail("must have Staging, Approved or Retired as 'stage'");
                }

                // The one that serves nothing.
                return ModelStage.Retired;
        }
    }

    private static DateTimeOffset ReadDate(JsonShape shape, JsonElement predicate, string name)
    {
        var date = InTotoStatement.ReadDate(shape.Optional(predicate, name));
        if (date is null)
        {
            shape.Fail($"must have a date as '{name}', such as 2026-01-31T12:00:00Z");
        }

        return date ?? default;
    }

    private static Refusal? Problem(StageStatement statement)
    {
        var problem = statement.Sequence is < 1 or > MaxSequence ? "must have a sequence from 1 on"
            : statement.Reason.Length > MaxReasonLength || statement.Reason.Any(char.IsControl) ? $"must have a reason of one line and at most {MaxReasonLength} characters"
            : statement.ExpiresAt <= statement.IssuedAt ? "must expire after it is issued"
            : null;
        return problem is null ? null : new Refusal(RefusalCodes.StatementInvalid, $"{Document.Name} {problem}. {Document.Remedy}");
    }

    private void WritePredicate(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteNumber("sequence", Sequence);
        json.WriteString("stage", Stage.ToString());
        json.WriteBoolean("revoked", Revoked);
        json.WriteString("reason", Reason);
        json.WriteString("issued_at", InTotoStatement.WriteDate(IssuedAt));
        json.WriteString("expires_at", InTotoStatement.WriteDate(ExpiresAt));
        json.WriteEndObject();
    }
}
