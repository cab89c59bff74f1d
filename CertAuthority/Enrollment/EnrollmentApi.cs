using System.Text.Json;
using Zakenak.Audit;
using Zakenak.Contracts;
using Zakenak.ServiceDefaults;

namespace Zakenak.CertAuthority;

/// <summary><c>POST /v1/svid</c>.</summary>
internal sealed class EnrollmentApi(EnrollmentGate gate, SpentTokens spent, SvidIssuer issuer, AuditLog audit, IssuingMetrics metrics, ILogger<EnrollmentApi> logger)
{
    private static readonly Refusal _malformed = new(StatusCodes.Status400BadRequest, "request_malformed", "The body must be JSON with a csr and, at first enrollment, a token.");
    private static readonly Refusal _unrecorded = new(StatusCodes.Status503ServiceUnavailable, "audit_unavailable", "Nothing is issued while it cannot be recorded.");

    // Not token_...: with such a code the asker would give up a token that is still good.
    private static readonly Refusal _unspent = new(StatusCodes.Status503ServiceUnavailable, "spending_unavailable", "No token is honoured while its spending cannot be recorded.");

    public async Task AnswerAsync(HttpContext context)
    {
        var cancellationToken = context.RequestAborted;
        var peer = context.GetCaller()?.ToString() ?? "anonymous " + context.Connection.RemoteIpAddress;
        try
        {
            var request = await ReadAsync(context).ConfigureAwait(false);
            var decision = request is null
                ? EnrollmentDecision.Refused(_malformed, null)
                : await gate.DecideAsync(request.Token, context.GetCaller(), cancellationToken).ConfigureAwait(false);
            if (Decide(decision, request, out var issued) is { } refusal)
            {
                await audit.AppendAsync(IssuanceRecords.Refused(decision.Actor ?? peer, decision.Id?.ToString() ?? "", refusal.Code), cancellationToken).ConfigureAwait(false);
                Log.Refused(logger, peer, refusal.Code);
                metrics.Refused(refusal.Code);
                await context.RefuseAsync(refusal).ConfigureAwait(false);
                return;
            }

            await audit.AppendAsync(IssuanceRecords.Issued(issued!, decision.Actor!, decision.Proof), cancellationToken).ConfigureAwait(false);
            Log.Issued(logger, issued!.Id.ToString(), issued.Leaf.SerialNumber, issued.Leaf.NotAfter, decision.Proof);
            metrics.Issued(decision.Proof);
            await context.Response.WriteAsJsonAsync(
                new SvidResponse(
                    issued.Id.ToString(),
                    AuthoritySetup.Encode([issued.Leaf, .. issued.Chain]),
                    AuthoritySetup.Encode(issued.Bundle.Roots),
                    AuthoritySetup.Encode(issued.Bundle.Issuing)),
                cancellationToken).ConfigureAwait(false);
        }
        catch (AuditUnavailableException e)
        {
            Log.AuditUnavailable(logger, e);
            metrics.Refused(_unrecorded.Code);
            await context.RefuseAsync(_unrecorded).ConfigureAwait(false);
        }
    }

    /// <summary>Null and an SVID, or a refusal. The token is checked before the CSR is parsed, and spent, on disk, before anything is signed.</summary>
    private Refusal? Decide(EnrollmentDecision decision, SvidRequest? request, out IssuedSvid? issued)
    {
        issued = null;
        if (decision.Refusal is not null)
        {
            return decision.Refusal;
        }

        if (CsrReader.TryRead(request!.Csr, out var refusal) is not { } key)
        {
            return refusal;
        }

        var spending = decision.Token is { } token ? spent.Spend(token.Id, token.ExpiresAt, key.ExportSubjectPublicKeyInfo()) : TokenSpending.Spent;
        if (spending != TokenSpending.Spent)
        {
            return spending == TokenSpending.SpentBefore ? EnrollmentGate.Spent : _unspent;
        }

        issued = issuer.Issue(decision.Id!, key);
        return null;
    }

    private static async Task<SvidRequest?> ReadAsync(HttpContext context)
    {
        if (!context.Request.HasJsonContentType())
        {
            return null;
        }

        try
        {
            return await context.Request.ReadFromJsonAsync<SvidRequest>(context.RequestAborted).ConfigureAwait(false);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
