using System.Text.Json;
using Zakenak.Contracts;
using Zakenak.ModelDelivery;
using Zakenak.ModelTrust;
using Zakenak.ModelTrust.Signing;
using Zakenak.ModelTrust.Stages;

namespace Zakenak.Cli.Models;

/// <summary>An approver's new word on a version: read the current statement, sign the next, hand it in, and see that this very one is what the registry shows.</summary>
internal sealed class StageChange(RegistryClient registry, SigningKey key, AllowedSigners? approvers, TimeProvider time)
{
    public required ModelVersion Version { get; init; }

    public required ModelStage Stage { get; init; }

    public bool Revoked { get; init; }

    public string Reason { get; init; } = "";

    public required TimeSpan Lifetime { get; init; }

    /// <summary>Whether a statement that says the same and holds for a good while yet is left as it is.</summary>
    public bool KeepIfSame { get; init; }

    /// <param name="document">What the registry has now.</param>
    /// <param name="modelDigest">What was proved; the statement is about this.</param>
    public async Task<Result<ChangedStage>> RunAsync(VersionDocument document, string modelDigest, CancellationToken cancellationToken)
    {
        if (document.Digest != modelDigest)
        {
            return new Refusal(RefusalCodes.DigestMismatch, $"The registry says that {Version} is {document.Digest}, but its signature is for {modelDigest}. Have it pushed again.");
        }

        var current = Current(document);
        if (!current.IsSuccess)
        {
            return current.Refusal;
        }

        var before = current.Value.Statement;
        if (before is { Revoked: true } && !Revoked)
        {
            return new Refusal(RefusalCodes.Revoked, $"{Version} is revoked, and no later statement takes that back. Sign and push the next version.");
        }

        var now = DateTimeOffset.FromUnixTimeSeconds(time.GetUtcNow().ToUnixTimeSeconds());
        if (KeepIfSame && before is not null && Says(before, modelDigest, now))
        {
            return new ChangedStage(before, IsNew: false);
        }

        var next = new StageStatement
        {
            Name = Version.Name,
            Version = Version.Version,
            ModelDigest = modelDigest,
            Sequence = (before?.Sequence ?? 0) + 1,
            Stage = Stage,
            Revoked = Revoked,
            Reason = Reason,
            IssuedAt = now,
            ExpiresAt = now + Lifetime,
        };
        var envelope = next.Sign(key);
        if (!envelope.IsSuccess)
        {
            return envelope.Refusal;
        }

        if (await registry.SetStageAsync(Version.Name, Version.Version, envelope.Value, cancellationToken) is { } refused)
        {
            return refused;
        }

        var shown = await registry.GetStageAsync(Version.Name, Version.Version, cancellationToken);
        if (!shown.IsSuccess)
        {
            return shown.Refusal;
        }

        var opened = StageStatement.Open(shown.Value, AllowedSigners.Only(key.PublicKey));
        return opened is { IsSuccess: true, Value: var there } && there.Sequence == next.Sequence && there.RequireSubject(Version.Name, Version.Version, modelDigest) is null
            ? new ChangedStage(there, IsNew: true)
            : new Refusal(RefusalCodes.RegistryMalformed, $"The registry took the statement about {Version} and shows another one. Look at `zakenak model show {Version}`, and tell who runs the registry.");
    }

    private bool Says(StageStatement before, string modelDigest, DateTimeOffset now) =>
        before.Stage == Stage && before.Revoked == Revoked && before.ExpiresAt - now > Lifetime / 3 && before.RequireSubject(Version.Name, Version.Version, modelDigest) is null;

    /// <summary>The sequence is an approver's word too: the registry's would let it use up all numbers.</summary>
    private Result<CurrentStage> Current(VersionDocument document)
    {
        if (document.StageStatement is not { ValueKind: JsonValueKind.Object } envelope)
        {
            return new CurrentStage(null);
        }

        var known = AllowedSigners.Of([key.PublicKey, .. approvers?.Keys ?? []], []);
        var opened = StageStatement.Open(JsonSerializer.SerializeToUtf8Bytes(envelope), known);
        return opened.IsSuccess ? new CurrentStage(opened.Value) : opened.Refusal;
    }

    private sealed record CurrentStage(StageStatement? Statement);
}

/// <param name="IsNew">False where the registry had a statement that says the same.</param>
internal sealed record ChangedStage(StageStatement Statement, bool IsNew);
