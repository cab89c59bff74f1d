using System.Formats.Tar;
using System.IO.Compression;
using System.Net;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Zakenak.AppHost.Tests.Manifests;

/// <summary>A registry on loopback with one image of one empty layer, where no real base can be pulled.</summary>
internal sealed class StandInBase : IDisposable
{
    private const string Manifest = "application/vnd.oci.image.manifest.v1+json";

    private readonly HttpListener _listener = new();
    private readonly Dictionary<string, byte[]> _blobs = [];
    private readonly byte[] _manifest;

    public StandInBase()
    {
        using var raw = new MemoryStream();
        using (var tar = new TarWriter(raw, leaveOpen: true))
            tar.WriteEntry(new PaxTarEntry(TarEntryType.Directory, "etc/"));
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
            gzip.Write(raw.ToArray());

        var layer = Add(packed.ToArray());
        var config = Add(JsonSerializer.SerializeToUtf8Bytes(new
        {
            architecture = "amd64",
            os = "linux",
            config = new { Env = new[] { "PATH=/usr/bin" } },
            rootfs = new { type = "layers", diff_ids = new[] { DigestOf(raw.ToArray()) } },
            history = new[] { new { created = "2026-01-01T00:00:00Z" } },
        }));
        _manifest = JsonSerializer.SerializeToUtf8Bytes(new
        {
            schemaVersion = 2,
            mediaType = Manifest,
            config = new { mediaType = "application/vnd.oci.image.config.v1+json", digest = config, size = _blobs[config].Length },
            layers = new[] { new { mediaType = "application/vnd.oci.image.layer.v1.tar+gzip", digest = layer, size = _blobs[layer].Length } },
        });

        Host = $"localhost:{FreePort.Next()}";
        _listener.Prefixes.Add($"http://{Host}/");
        _listener.Start();
        _ = ServeAsync();
    }

    public string Host { get; }

    public string Image => Host + "/base:1";

    /// <summary>What an image in an OCI archive is started with.</summary>
    public static JsonNode ConfigOf(string archive)
    {
        var files = new Dictionary<string, byte[]>();
        using (var tar = new TarReader(File.OpenRead(archive)))
        {
            while (tar.GetNextEntry(copyData: true) is { } entry)
            {
                using var content = new MemoryStream();
                entry.DataStream?.CopyTo(content);
                files[entry.Name] = content.ToArray();
            }
        }

        var manifest = Blob((string)JsonNode.Parse(files["index.json"])!["manifests"]![0]!["digest"]!);
        return Blob((string)manifest["config"]!["digest"]!)["config"]!;

        JsonNode Blob(string digest) => JsonNode.Parse(files["blobs/" + digest.Replace(':', '/')])!;
    }

    public void Dispose() => _listener.Close();

    private async Task ServeAsync()
    {
        while (_listener.IsListening)
        {
            HttpListenerContext context;
            try
            {
                context = await _listener.GetContextAsync();
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
            {
                return;
            }

            var path = context.Request.Url!.AbsolutePath;
            var answer = path.Contains("/manifests/", StringComparison.Ordinal) ? _manifest : _blobs.GetValueOrDefault(path[(path.LastIndexOf('/') + 1)..]);
            context.Response.StatusCode = answer is not null ? 200 : path is "/v2/" or "/v2" ? 200 : 404;
            context.Response.ContentType = answer == _manifest ? Manifest : "application/octet-stream";
            if (answer is not null)
            {
                context.Response.Headers["Docker-Content-Digest"] = DigestOf(answer);
                context.Response.ContentLength64 = answer.Length;
                if (context.Request.HttpMethod != "HEAD")
                    await context.Response.OutputStream.WriteAsync(answer);
            }

            context.Response.Close();
        }
    }

    private string Add(byte[] blob)
    {
        _blobs[DigestOf(blob)] = blob;
        return DigestOf(blob);
    }

    private static string DigestOf(byte[] blob) => "sha256:" + Convert.ToHexStringLower(SHA256.HashData(blob));
}
