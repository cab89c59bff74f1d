using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;
using Zakenak.Gateway.Refusals;
using Zakenak.ServiceDefaults;

namespace Zakenak.Gateway.Edge;

/// <summary>Turns away what no endpoint should see, and says whose address the request comes from.</summary>
internal sealed class RequestGuard(LiveOptions<GuardOptions> options, AddressTable addresses, EdgeMetrics metrics)
{
    private static readonly Refusal _unknownMethod = new(StatusCodes.Status501NotImplemented, "method_not_implemented", "There is no such method here.");

    private static readonly Refusal _refusedMethod = new(StatusCodes.Status405MethodNotAllowed, "method_not_allowed", "This method is not for this server.");

    private static readonly Refusal _twoLengths = new(StatusCodes.Status400BadRequest, "conflicting_lengths", "A body has one length: Content-Length or Transfer-Encoding, never both.");

    /// <summary>Null where the request may go on.</summary>
    public Refusal? Check(HttpContext context)
    {
        var current = options.Current;
        var request = context.Request;
        if (context.Connection.RemoteIpAddress is { } peer && current.Trusts(peer))
            context.Connection.RemoteIpAddress = ForwardedAddress.Find(peer, Header(request, current.ForwardedBy), current);

        if (MethodFault(context) is { } method)
            return Refused(EdgeRefusal.Method, method);
        if (HasTwoLengths(request.Headers))
        {
            // What follows on this connection may be meant to be read by us alone (RFC 9112, section 6.3).
            context.Response.Headers.Connection = "close";
            return Refused(EdgeRefusal.Framing, _twoLengths);
        }

        if (context.Connection.RemoteIpAddress is not { } address)
            return null;
        var (seconds, forRefusals) = addresses.Enter(address, current.RequestsPerMinute, current.RefusalsPerMinute);
        return seconds <= 0 ? null
            : forRefusals ? Refused(EdgeRefusal.AddressRefusals, Limited("Too many requests of this address had no valid key.", "too_many_refusals", seconds))
            : Refused(EdgeRefusal.AddressRequests, Limited("This address sends more requests than it may.", "address_rate_limit_exceeded", seconds));
    }

    /// <summary>Kestrel goes by Transfer-Encoding and keeps the other under this name.</summary>
    private static bool HasTwoLengths(IHeaderDictionary headers) =>
        headers.TransferEncoding.Count > 0 && (headers.ContentLength is not null || headers.ContainsKey("X-Content-Length"));

    private static StringValues Header(HttpRequest request, ForwardedBy by) =>
        by == ForwardedBy.Forwarded ? request.Headers["Forwarded"] : request.Headers["X-Forwarded-For"];

    private static Refusal Limited(string message, string code, double seconds) =>
        ApiRefusals.RateLimited(message, TimeSpan.FromSeconds(seconds)) with { Code = code };

    private static Refusal? MethodFault(HttpContext context)
    {
        var method = context.Request.Method;
        if (HttpMethods.IsPost(method) || HttpMethods.IsGet(method) || HttpMethods.IsOptions(method) || HttpMethods.IsHead(method)
            || HttpMethods.IsPut(method) || HttpMethods.IsDelete(method) || HttpMethods.IsPatch(method))
            return null;

        // WebSocket over HTTP/2 begins with CONNECT and says so (RFC 8441); any other CONNECT asks for a tunnel.
        if (HttpMethods.IsConnect(method))
            return context.Features.Get<IHttpExtendedConnectFeature>() is { IsExtendedConnect: true } ? null : _refusedMethod;
        return HttpMethods.IsTrace(method) ? _refusedMethod : _unknownMethod;
    }

    private Refusal Refused(EdgeRefusal reason, Refusal refusal)
    {
        metrics.Refused(reason);
        return refusal;
    }
}
