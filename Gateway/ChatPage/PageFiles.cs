using System.Collections.Frozen;
using System.Security.Cryptography;
using Microsoft.Net.Http.Headers;

namespace Zakenak.Gateway.ChatPage;

/// <summary>The page's files, embedded in the assembly: no build step, nothing from elsewhere.</summary>
internal sealed class PageFiles
{
    private const string Prefix = "Page/";

    private static readonly FrozenDictionary<string, string> _types = new Dictionary<string, string>
    {
        [".html"] = "text/html; charset=utf-8",
        [".css"] = "text/css; charset=utf-8",
        [".js"] = "text/javascript; charset=utf-8",
        [".svg"] = "image/svg+xml",
    }.ToFrozenDictionary();

    private readonly FrozenDictionary<string, (byte[] Bytes, string Type, EntityTagHeaderValue Tag)> _files = Load();

    /// <summary>Answers with a file, or 304 where the browser has it already, or 404.</summary>
    public Task SendAsync(HttpContext context, string name, int status = StatusCodes.Status200OK)
    {
        var response = context.Response;
        if (!_files.TryGetValue(name, out var file))
        {
            response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        }

        PageHeaders.Write(response.Headers);

        // A page depends on the session, so that a copy of it must never be shown again; its parts only change with the assembly.
        response.Headers.CacheControl = name.EndsWith(".html", StringComparison.Ordinal) ? "no-store" : "no-cache";
        response.Headers.ETag = file.Tag.ToString();
        if (context.Request.GetTypedHeaders().IfNoneMatch.Any(t => t.Compare(file.Tag, useStrongComparison: false)) && status == StatusCodes.Status200OK)
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return Task.CompletedTask;
        }

        response.StatusCode = status;
        response.ContentType = file.Type;
        response.ContentLength = file.Bytes.Length;
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : response.Body.WriteAsync(file.Bytes, context.RequestAborted).AsTask();
    }

    private static FrozenDictionary<string, (byte[], string, EntityTagHeaderValue)> Load()
    {
        var assembly = typeof(PageFiles).Assembly;
        return assembly.GetManifestResourceNames().Where(n => n.StartsWith(Prefix, StringComparison.Ordinal)).ToFrozenDictionary(
            n => n[Prefix.Length..],
            n =>
            {
                using var stream = assembly.GetManifestResourceStream(n)!;
                var bytes = new byte[stream.Length];
                stream.ReadExactly(bytes);
                var tag = new EntityTagHeaderValue($"\"{Convert.ToHexStringLower(SHA256.HashData(bytes).AsSpan(0, 8))}\"");
                return (bytes, _types[Path.GetExtension(n)], tag);
            });
    }
}
