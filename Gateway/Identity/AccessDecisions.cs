using System.Diagnostics;
using System.Diagnostics.Metrics;
using Zakenak.Contracts;
using Zakenak.Gateway.Requests;
using Zakenak.ServiceDefaults;

namespace Zakenak.Gateway.Identity;

/// <summary>Lets requests pass or refuses them, and counts both. The request knows its decision, so that its record tells it.</summary>
internal sealed class AccessDecisions
{
    private static readonly Refusal _noScope = new(StatusCodes.Status403Forbidden, "insufficient_scope",
        $"This identity may not ask for this: it lacks the scope. Scopes are {ScopeNames.All}.");

    private readonly Counter<long> _decisions;

    public AccessDecisions(IMeterFactory meters) =>
        _decisions = meters.Create(RequestMetrics.MeterName).CreateCounter<long>("zakenak_gateway_access_decisions", "{request}", "Requests that were let in or refused by who sent them.");

    /// <summary>Null where the client may ask for this.</summary>
    public AccessFault? Check(Client client, ClientScopes needed)
    {
        if ((client.Scopes & needed) != needed)
            return new AccessFault(client.Kind, AccessReasons.Scope, _noScope, client.KeyId);
        Count(client.Kind, null);
        return null;
    }

    public Task RefuseAsync(HttpContext context, AccessFault fault)
    {
        Count(fault.Kind, fault.Reason);
        context.Inference().AccessFault = fault;
        if (fault is { Kind: IdentityKind.Jwt, Answer.Status: StatusCodes.Status401Unauthorized })
            context.Response.Headers.WWWAuthenticate = "Bearer error=\"invalid_token\""; // RFC 6750, section 3.1
        return context.RefuseAsync(fault.Answer);
    }

    private void Count(IdentityKind kind, string? reason)
    {
        var tags = new TagList { { "zakenak_identity", NameOf(kind) } };
        if (reason is not null)
            tags.Add("error.type", reason);
        _decisions.Add(1, tags);
    }

    private static string NameOf(IdentityKind kind) => kind switch
    {
        IdentityKind.ApiKey => "api_key",
        IdentityKind.Jwt => "jwt",
        IdentityKind.Workload => "workload",
        IdentityKind.ChatSession => "chat_session",
        _ => "none",
    };
}
