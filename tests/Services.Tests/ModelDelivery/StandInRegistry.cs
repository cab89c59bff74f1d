using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;
using Zakenak.Contracts;
using Zakenak.ModelDelivery;

namespace Zakenak.Services.Tests.ModelDelivery;

/// <summary>A registry that stores what it gets and believes everything, so that a test can make it lie, break off and forget; the real one does none of that on demand.</summary>
internal sealed class StandInRegistry : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentDictionary<string, Upload> _uploads = new();
    private int _requests;

    private StandInRegistry(WebApplication app)
    {
        _app = app;
        app.MapGet("/v1/models/{name}/versions/{version}", (string name, string version) =>
            Versions.TryGetValue($"{name}:{version}", out var document) ? Results.Json(document) : Problem(404, "version_not_found"));
        app.MapPut("/v1/models/{name}/versions/{version}", Put);
        app.MapGet("/v1/blobs/{digest}", Get);
        app.MapPost("/v1/uploads", Begin);
        app.MapMethods("/v1/uploads/{id}", ["HEAD"], (string id, HttpResponse response) =>
        {
            if (!_uploads.TryGetValue(id, out var upload))
            {
                return Results.NotFound();
            }

            response.Headers["upload-offset"] = upload.Bytes.Length.ToString(CultureInfo.InvariantCulture);
            return Results.Ok();
        });
        app.MapPatch("/v1/uploads/{id}", Append);
    }

    public ConcurrentDictionary<string, byte[]> Blobs { get; } = new();

    public ConcurrentDictionary<string, VersionDocument> Versions { get; } = new();

    /// <summary>Blob reads and uploads that are cut after these many bytes, one each; then all goes well.</summary>
    public ConcurrentQueue<int> Cuts { get; } = new();

    /// <summary>Blob reads answered with this status first, one each.</summary>
    public ConcurrentQueue<int> Failures { get; } = new();

    /// <summary>Waited for before a blob is sent beyond its first piece.</summary>
    public TaskCompletionSource? Gate { get; set; }

    /// <summary>Bytes of blobs sent and taken.</summary>
    public long BytesSent;

    public long BytesTaken;

    public int BlobRequests => Volatile.Read(ref _requests);

    public Uri Url => new(_app.Urls.First());

    public static async Task<StandInRegistry> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        var registry = new StandInRegistry(app);
        await app.StartAsync(TestContext.Current.CancellationToken);
        return registry;
    }

    public RegistryClient CreateClient() => new(new HttpClient { BaseAddress = Url });

    public void Forget() => _uploads.Clear();

    public async ValueTask DisposeAsync()
    {
        Gate?.TrySetResult();
        await _app.DisposeAsync();
    }

    private static IResult Problem(int status, string code) =>
        Results.Json(new { status, title = "As the test wants it.", code }, contentType: "application/problem+json", statusCode: status);

    private async Task<IResult> Put(string name, string version, PushVersionRequest request)
    {
        await Task.Yield();
        if (request.Files.Any(file => !Blobs.ContainsKey(file.Digest)))
        {
            return Problem(409, "blob_missing");
        }

        using var payload = JsonDocument.Parse(request.Signatures[0]);
        using var statement = JsonDocument.Parse(payload.RootElement.GetProperty("dsseEnvelope").GetProperty("payload").GetBytesFromBase64());
        var digest = "sha256:" + statement.RootElement.GetProperty("subject")[0].GetProperty("digest").GetProperty("sha256").GetString();
        var isNew = Versions.TryAdd($"{name}:{version}", new VersionDocument
        {
            Name = name,
            Version = version,
            Digest = digest,
            Stage = "Draft",
            Revoked = false,
            Files = request.Files,
            Signatures = request.Signatures,
            Attestations = [],
            History = [],
        });
        return isNew ? Results.Created() : Results.Ok();
    }

    private async Task Get(string digest, HttpContext context)
    {
        Interlocked.Increment(ref _requests);
        if (Failures.TryDequeue(out var status))
        {
            context.Response.StatusCode = status;
            return;
        }

        if (!Blobs.TryGetValue(digest, out var blob))
        {
            await Problem(404, "blob_not_found").ExecuteAsync(context);
            return;
        }

        var range = context.Request.GetTypedHeaders().Range!.Ranges.Single();
        var (from, to) = ((int)range.From!.Value, (int)Math.Min(range.To!.Value, blob.Length - 1));
        if (Gate is { } gate && from > 0)
        {
            await gate.Task;
        }

        context.Response.StatusCode = 206;
        context.Response.Headers.ContentRange = $"bytes {from}-{to}/{blob.Length}";
        context.Response.ContentLength = to - from + 1;
        var cut = Cuts.TryDequeue(out var after);
        var count = cut ? Math.Min(after, to - from) : to - from + 1;
        await context.Response.Body.WriteAsync(blob.AsMemory(from, count));
        Interlocked.Add(ref BytesSent, count);
        if (cut)
        {
            await context.Response.Body.FlushAsync();
            context.Abort();
        }
    }

    private IResult Begin(UploadRequest request)
    {
        if (Blobs.ContainsKey(request.Digest))
        {
            return Results.Json(new UploadState(null, request.Bytes));
        }

        var id = Convert.ToHexStringLower(SHA256.HashData(System.Text.Encoding.ASCII.GetBytes(request.Digest)))[..16];
        var upload = _uploads.GetOrAdd(id, _ => new Upload(request));
        return Results.Json(new UploadState("/v1/uploads/" + id, upload.Bytes.Length), statusCode: 201);
    }

    private async Task Append(string id, HttpContext context)
    {
        if (!_uploads.TryGetValue(id, out var upload))
        {
            await Problem(404, "upload_not_found").ExecuteAsync(context);
            return;
        }

        Assert.Equal("application/offset+octet-stream", context.Request.ContentType);

        // One after the other: the end of a connection is heard of later than the next one's beginning.
        await upload.Turn.WaitAsync();
        try
        {
            await AppendAsync(id, upload, context);
        }
        finally
        {
            upload.Turn.Release();
        }
    }

    private async Task AppendAsync(string id, Upload upload, HttpContext context)
    {
        var offset = long.Parse(context.Request.Headers["upload-offset"].ToString(), CultureInfo.InvariantCulture);
        if (offset != upload.Bytes.Length)
        {
            context.Response.Headers["upload-offset"] = upload.Bytes.Length.ToString(CultureInfo.InvariantCulture);
            await Problem(409, "offset_mismatch").ExecuteAsync(context);
            return;
        }

        var cut = Cuts.TryDequeue(out var after) ? after : int.MaxValue;
        var buffer = new byte[64 * 1024];
        int read;
        while ((read = await context.Request.Body.ReadAsync(buffer)) > 0)
        {
            var kept = Math.Min(read, cut);
            upload.Bytes.Write(buffer, 0, kept);
            Interlocked.Add(ref BytesTaken, kept);
            if ((cut -= kept) == 0)
            {
                context.Abort();
                return;
            }
        }

        if (upload.Bytes.Length < upload.Request.Bytes)
        {
            context.Response.Headers["upload-offset"] = upload.Bytes.Length.ToString(CultureInfo.InvariantCulture);
            context.Response.StatusCode = 204;
            return;
        }

        _uploads.TryRemove(id, out _);
        var blob = upload.Bytes.ToArray();
        if ("sha256:" + Convert.ToHexStringLower(SHA256.HashData(blob)) != upload.Request.Digest)
        {
            await Problem(422, "digest_mismatch").ExecuteAsync(context);
            return;
        }

        Blobs[upload.Request.Digest] = blob;
        context.Response.StatusCode = 201;
    }

    private sealed record Upload(UploadRequest Request)
    {
        public MemoryStream Bytes { get; } = new();

        public SemaphoreSlim Turn { get; } = new(1);
    }
}
