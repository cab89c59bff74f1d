using System.Globalization;
using Microsoft.Extensions.Primitives;
using Zakenak.ServiceDefaults;

namespace Zakenak.Gateway.Edge;

/// <summary>
/// What every answer says to browsers and caches, errors included; whoever answers may say more, or otherwise. Written when the answer begins: what fails
/// before that is answered with headers of its own.
/// </summary>
internal sealed class AnswerHeaders
{
    private readonly LiveOptions<GuardOptions> _options;
    private readonly AddressTable _addresses;
    private readonly bool _isDevelopment;
    private readonly Func<object, Task> _write;
    private (TimeSpan MaxAge, StringValues Text) _hsts;

    public AnswerHeaders(LiveOptions<GuardOptions> options, AddressTable addresses, ServiceContext service)
    {
        (_options, _addresses, _isDevelopment) = (options, addresses, service.IsDevelopment);
        _write = Write;
    }

    public void Promise(HttpContext context) => context.Response.OnStarting(_write, context);

    private Task Write(object state)
    {
        var context = (HttpContext)state;
        var options = _options.Current;
        var headers = context.Response.Headers;
        headers.XContentTypeOptions = "nosniff";
        headers.TryAdd("Referrer-Policy", "no-referrer");
        if (headers.CacheControl.Count == 0)
            headers.CacheControl = "no-store";
        if (context.Request.IsHttps && !_isDevelopment && options.HstsMaxAge > TimeSpan.Zero)
            headers.StrictTransportSecurity = Hsts(options.HstsMaxAge);
        Cors.Answer(context, options);
        if (context.Response.StatusCode == StatusCodes.Status401Unauthorized && context.Connection.RemoteIpAddress is { } address)
            _addresses.Refused(address, options.RefusalsPerMinute);
        return Task.CompletedTask;
    }

    private StringValues Hsts(TimeSpan maxAge)
    {
        var last = _hsts;
        if (last.MaxAge != maxAge)
            _hsts = last = (maxAge, string.Create(CultureInfo.InvariantCulture, $"max-age={(long)maxAge.TotalSeconds}"));
        return last.Text;
    }
}
