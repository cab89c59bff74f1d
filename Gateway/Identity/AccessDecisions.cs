using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;
using Zakenak.Contracts;
using Zakenak.Gateway.Requests;
using Zakenak.ServiceDefaults;

namespace Zakenak.Gateway.Identity;

/// <summary>Lets requests pass or refuses them, and counts both. The request knows its decision, so that its record tells it.</summary>
internal sealed class AccessDecisions
{
    private static readonly Refusal _noScope = new(StatusCodes.Status403Forbidden, "insufficient_scope",
        $"This identity may not ask for this: it lacks the scope. Scopes are {ScopeNames.All}.");

    /// <summary>By kind of identity, and why it was refused; "" where it was let in. Counted here and asked for: an instrument that is told of each request costs more than the count.</summary>
    private readonly ConcurrentDictionary<(IdentityKind Kind, string Reason), StrongBox<long>> _decisions = new();

    public AccessDecisions(IMeterFactory meters) =>
        meters.Create(RequestMetrics.MeterName).CreateObservableCounter("zakenak_gateway_access_decisions", Measure, "{request}", "Requests that were let in or refused by who sent them.");

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

    private void Count(IdentityKind kind, string? reason) =>
        Interlocked.Increment(ref _decisions.GetOrAdd((kind, reason ?? ""), static _ => new StrongBox<long>()).Value);

    private IEnumerable<Measurement<long>> Measure()
    {
        foreach (var ((kind, reason), count) in _decisions)
        {
            var tags = new TagList { { "zakenak_identity", NameOf(kind) } };
            if (reason.Length > 0)
                tags.Add("error.type", reason);
            yield return new Measurement<long>(Interlocked.Read(ref count.Value), tags);
        }
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
