using System.Net.Mime;
using Microsoft.AspNetCore.Http.Features;
using Zakenak.Gateway.Audit;
using Zakenak.Gateway.Identity.WorkloadClients;
using Zakenak.ServiceDefaults;

namespace Zakenak.Gateway.Protocols.Sockets;

/// <summary>A request that came by message, as a request of HTTP: with the key of its connection, so that one revoked since then is refused.</summary>
internal sealed class SocketExchange
{
    /// <summary>What a message is called where requests have a method.</summary>
    public const string Method = "MESSAGE";

    private readonly DefaultHttpContext _context;

    public SocketExchange(HttpContext upgrade, byte[] body, SocketResponse.Head response, CancellationToken cancellation)
    {
        var features = new FeatureCollection();
        features.Set<IHttpRequestFeature>(new HttpRequestFeature
        {
            Method = HttpMethods.Post,
            Scheme = upgrade.Request.Scheme,
            Protocol = HttpProtocol.Http11,
            Path = SocketsSetup.Path,
            Body = new MemoryStream(body, writable: false),
        });
        features.Set<IHttpResponseFeature>(response);
        features.Set<IHttpRequestLifetimeFeature>(new HttpRequestLifetimeFeature { RequestAborted = cancellation });
        features.Set(upgrade.Features.Get<IHttpConnectionFeature>());
        features.Set(upgrade.Features.Get<ClientCertificate>());
        _context = new DefaultHttpContext(features) { RequestServices = upgrade.RequestServices, TraceIdentifier = RequestId };
        _context.Request.Headers.Authorization = upgrade.Request.Headers.Authorization;
        _context.Request.Host = upgrade.Request.Host;
        _context.Request.ContentType = MediaTypeNames.Application.Json;
        _context.Request.ContentLength = body.Length;
    }

    /// <summary>Its own, other than the connection's.</summary>
    public string RequestId { get; } = NewRequestId.Next();

    /// <summary>Answers it, and records it as any request; returns the status.</summary>
    public async Task<int> RunAsync(RequestDelegate chat, SocketResponse response, SocketProtocol protocol, GatewayAudit audit, TimeProvider time)
    {
        var startedAt = time.GetTimestamp();
        var isRecorded = audit.TryBegin(out var hasRoom);
        using var body = new TranslatedBody(_context, response, protocol);
        _context.Features.Set<IHttpResponseBodyFeature>(body);
        try
        {
            await (isRecorded ? chat(_context) : _context.RefuseAsync(GatewayAudit.Unavailable));
            await body.FinishAsync();
            await response.FinishAsync(_context.RequestAborted);
        }
        catch (OperationCanceledException) when (_context.RequestAborted.IsCancellationRequested)
        {
            return StatusCodes.Status499ClientClosedRequest;
        }
        finally
        {
            if (hasRoom)
                audit.Record(new RequestRecord(_context, time, startedAt, Method, SocketsSetup.Path));
        }

        return _context.RequestAborted.IsCancellationRequested ? StatusCodes.Status499ClientClosedRequest : _context.Response.StatusCode;
    }
}
