using System.Text.Json;
using Zakenak.Contracts;
using Zakenak.ModelTrust.Attestations;
using Zakenak.ModelTrust.Policy;
using Refusal = Zakenak.ServiceDefaults.Refusal;

namespace Zakenak.ModelRegistry;

/// <summary><c>POST /v1/models/{name}/versions/{version}/attestations</c>: a signed fact about a version, kept where its signer is one whom the policy knows.</summary>
internal sealed class AttestEndpoint(VersionChanges changes, VersionRequests requests)
{
    private const int MaxAttestations = 64;

    // The version's document holds them all, and every consumer reads it whole.
    private const int MaxAttestationCharacters = 32 * 1024 * 1024;

    private static readonly Refusal _tooMany = new(
        StatusCodes.Status409Conflict, "too_many_attestations", $"A version has at most {MaxAttestations} attestations, {MaxAttestationCharacters >> 20} MiB together. Push the next version.");

    public async Task AttestAsync(HttpContext context)
    {
        if (await requests.AuthorizeAsync(context, RegistryAction.Attest).ConfigureAwait(false) is not { } request)
        {
            return;
        }

        var envelope = await RegistryBody.ReadBytesAsync(context).ConfigureAwait(false);

        // By anybody whom the policy knows; whether it is the one that a consumer wants, the consumer's own policy says.
        var opened = Attestation.Open(envelope, request.Rule.Known);
        if (!opened.IsSuccess)
        {
            await requests.RefuseAsync(context, request, RegistryAction.Attest, opened.Refusal.ToProblem()).ConfigureAwait(false);
            return;
        }

        var document = JsonElement.Parse(envelope);
        var result = await changes.ApplyAsync(
            request.Caller, RegistryAction.Attest, request.Key, current => Decide(request, current, opened.Value, document), context.RequestAborted).ConfigureAwait(false);
        await VersionRequests.AnswerAsync(context, result, StatusCodes.Status201Created).ConfigureAwait(false);
    }

    private Decision Decide(VersionRequest request, VersionDocument? current, Attestation attestation, JsonElement document)
    {
        if (current is null)
        {
            return RegistryRefusals.VersionNotFound;
        }

        if (attestation.RequireSubject(current.Name, current.Version, current.Digest) is { } other)
        {
            return other.ToProblem();
        }

        return current.Attestations.Any(a => JsonElement.DeepEquals(a, document)) ? current
            : current.Attestations.Count >= MaxAttestations || current.Attestations.Append(document).Sum(a => a.GetRawText().Length) > MaxAttestationCharacters ? _tooMany
            : new ProposedChange(
                current with { Attestations = [.. current.Attestations, document] },
                changes.EntryOf(request.Caller, "attested", current.Stage, null, attestation.Signer.KeyId));
    }
}
