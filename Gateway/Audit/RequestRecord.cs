using Zakenak.Audit;
using Zakenak.Gateway.Admin;
using Zakenak.Gateway.Identity;
using Zakenak.Gateway.Requests;
using Zakenak.Gateway.Routing;
using Zakenak.ServiceDefaults;

namespace Zakenak.Gateway.Audit;

/// <summary>What is kept of one request, whatever became of it. Nothing of what was asked or answered, and nothing that the client chose the words of.</summary>
internal sealed class RequestRecord : IAuditEntry
{
    /// <summary>Who sent it, where that was never proved.</summary>
    public const string Anonymous = "anonymous";

    /// <summary>In place of a method that is not from the standard, or was not read.</summary>
    public const string OtherMethod = "other";

    /// <summary>In place of the pattern of an address that has none, or was not read.</summary>
    public const string NoRoute = "none";

    private const string ActionName = "request.answered";

    private readonly DateTimeOffset _time;
    private readonly string _route;
    private readonly string _method;
    private readonly int _status;
    private readonly long _durationUs;
    private readonly long? _ttftUs;
    private readonly long? _bytesIn;
    private readonly string? _operation;
    private readonly AccessFault? _accessFault;
    private readonly string? _tenant;
    private readonly ModelVersion? _model;
    private readonly string? _replica;
    private readonly TokenUsage? _usage;
    private readonly string? _finish;
    private readonly long? _bytesOut;

    /// <param name="startedAt">Timestamp of <paramref name="time"/>.</param>
    /// <param name="route">The pattern of its address: the address itself is the client's words.</param>
    public RequestRecord(HttpContext context, TimeProvider time, long startedAt, string method, string? route)
    {
        var request = context.Features.Get<InferenceRequest>();
        (_time, _durationUs) = (time.GetUtcNow(), Microseconds(time.GetElapsedTime(startedAt)));
        (_method, _route) = (method, route ?? NoRoute);
        Subject = context.GetRequestId();
        Code = context.Features.Get<Refusal>()?.Code;
        _status = context.RequestAborted.IsCancellationRequested ? StatusCodes.Status499ClientClosedRequest : context.Response.StatusCode;
        _bytesIn = request?.Body?.Length ?? context.Request.ContentLength;
        Actor = context.Features.Get<AdminAction>()?.Caller ?? Anonymous;
        if (request is not null)
        {
            Code = request.Code ?? Code;
            Actor = request.Client?.Actor ?? Anonymous;
            _accessFault = request.AccessFault;
            _tenant = request.Client?.Tenant;
            _operation = request.Api?.Operation;
            _model = request.Route?.Model;
            _replica = request.Server?.Origin;
            _usage = request.Usage;
            _finish = request.Finish;
            _bytesOut = request.AnswerBytes > 0 ? request.AnswerBytes : null;
            _ttftUs = request.FirstTokenAt is { } first ? Microseconds(time.GetElapsedTime(request.StartedAt, first)) : null;
        }
    }

    /// <summary>A message that never became a request: all that is known of it is who sent it, by the connection.</summary>
    public RequestRecord(HttpContext connection, Refusal refusal, TimeProvider time, string method, string route)
    {
        var client = connection.Features.Get<InferenceRequest>()?.Client;
        (_time, _method, _route, _status, Code) = (time.GetUtcNow(), method, route, refusal.Status, refusal.Code);
        (Subject, Actor, _tenant) = (connection.GetRequestId(), client?.Actor ?? Anonymous, client?.Tenant);
    }

    public string Actor { get; }

    public string Action => ActionName;

    /// <summary>The request's id.</summary>
    public string Subject { get; }

    public string? Code { get; }

    /// <summary>A stream that broke off has a good status and a code.</summary>
    public AuditOutcome Outcome => _status switch
    {
        < 400 => Code is null ? AuditOutcome.Done : AuditOutcome.Failed,
        StatusCodes.Status499ClientClosedRequest => AuditOutcome.Failed,
        < 500 or StatusCodes.Status503ServiceUnavailable => AuditOutcome.Refused,
        _ => AuditOutcome.Failed,
    };

    DateTimeOffset? IAuditEntry.Time => _time;

    public void WriteDetails(AuditDetails details)
    {
        details.Write("shown"u8, _accessFault?.Name);
        details.Write("access"u8, _accessFault?.Reason);
        details.Write("tenant"u8, _tenant);
        details.Write("method"u8, _method);
        details.Write("route"u8, _route);
        details.Write("operation"u8, _operation);
        details.Write("model"u8, _model?.Name);
        details.Write("version"u8, _model?.Version);
        details.Write("digest"u8, _model?.Digest);
        details.Write("replica"u8, _replica);
        details.Write("status"u8, _status);
        details.Write("finish"u8, _finish);
        details.Write("tokens_in"u8, _usage?.Input);
        details.Write("tokens_cached"u8, _usage?.Cached);
        details.Write("tokens_out"u8, _usage?.Output);
        details.Write("bytes_in"u8, _bytesIn);
        details.Write("bytes_out"u8, _bytesOut);
        details.Write("duration_us"u8, _durationUs);
        details.Write("ttft_us"u8, _ttftUs);
    }

    private static long Microseconds(TimeSpan span) => (long)span.TotalMicroseconds;
}
