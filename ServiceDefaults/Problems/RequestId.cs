using System.Diagnostics;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Zakenak.Contracts;

namespace Zakenak.ServiceDefaults;

/// <summary>One id per request in the answer, every log line and the span: the caller's if it is sane, else our own.</summary>
public static class RequestId
{
    private const int MaxLength = 64;

    /// <summary>The id of this request; also in the answer's <c>x-request-id</c>.</summary>
    public static string GetRequestId(this HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return context.TraceIdentifier;
    }

    internal static void UseRequestId(this IApplicationBuilder app)
    {
        var logger = app.ApplicationServices.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(RequestId).FullName!);
        app.Use(next => async context =>
        {
            var given = context.Request.Headers[HeaderNames.RequestId];
            var own = given is [{ } id] && IsSane(id) ? id : NewRequestId.Next();
            context.TraceIdentifier = own;
            context.Response.Headers[HeaderNames.RequestId] = own;
            Activity.Current?.SetTag("zakenak.request_id", own);
            using (logger.BeginScope(new Scope(own)))
            {
                await next(context).ConfigureAwait(false);
            }
        });
    }

    // It goes into headers and logs: a short token of plain characters or nothing.
    private static bool IsSane(string id) => id.Length is > 0 and <= MaxLength && id.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');

    private sealed class Scope(string id) : IReadOnlyList<KeyValuePair<string, object?>>, IJsonLogState
    {
        private const string Prefix = "request_id:";

        private static readonly JsonEncodedText _name = JsonEncodedText.Encode("request_id");

        public int Count => 1;

        public KeyValuePair<string, object?> this[int index] => index == 0 ? new("request_id", id) : throw new ArgumentOutOfRangeException(nameof(index));

        public IEnumerator<KeyValuePair<string, object?>> GetEnumerator()
        {
            yield return this[0];
        }

        System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();

        public void WriteMessage(Utf8JsonWriter json, JsonEncodedText name)
        {
            Span<char> text = stackalloc char[Prefix.Length + MaxLength];
            Prefix.CopyTo(text);
            id.CopyTo(text[Prefix.Length..]);
            json.WriteString(name, text[..(Prefix.Length + id.Length)]);
        }

        public void WriteValues(Utf8JsonWriter json) => json.WriteString(_name, id);

        public override string ToString() => Prefix + id;
    }
}
