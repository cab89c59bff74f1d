using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Zakenak.Services.Tests.CertAuthority;

/// <summary>
/// The three requests of a Kubernetes API server, with its status codes, Status objects and sentences (kubernetes/kubernetes, <c>pkg/registry/authentication/tokenreview</c>,
/// <c>pkg/serviceaccount</c>, <c>apiserver/pkg/endpoints/handlers/responsewriters</c>). Over HTTPS, on a certificate of a CA of its own.
/// </summary>
public sealed class ApiServerStandIn : IAsyncDisposable
{
    private readonly Dictionary<string, PodToken> _tokens = [];
    private readonly Dictionary<string, (JsonObject Object, string Manager)> _maps = [];
    private WebApplication _app = null!;

    /// <summary>PEM of the CA, as in a pod's <c>ca.crt</c>.</summary>
    public string CaPem { get; private set; } = "";

    public Uri Url => new(_app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.Single());

    /// <summary>The token by which the certificate authority may ask; every other one is answered with 401.</summary>
    public string ReviewerToken { get; set; } = "reviewer.token.1";

    /// <summary>Whether a ClusterRoleBinding and a RoleBinding are there.</summary>
    public bool IsAuthorized { get; set; } = true;

    /// <summary>Old API servers, and authenticators that know no audiences, leave <c>status.audiences</c> out.</summary>
    public bool KnowsAudiences { get; set; } = true;

    /// <summary>Answers in the place of everything else where it returns true.</summary>
    public Func<HttpContext, Task<bool>>? Interfere { get; set; }

    public int Reviews => Volatile.Read(ref _reviews);

    /// <summary>What was applied to Secrets, by namespace and name.</summary>
    public System.Collections.Concurrent.ConcurrentDictionary<string, Dictionary<string, byte[]>> Secrets { get; } = [];

    /// <summary>Of reviews.</summary>
    public int MostAtOnce { get; private set; }

    private readonly Lock _counting = new();
    private int _reviews;
    private int _atOnce;

    public static async Task<ApiServerStandIn> StartAsync(string name = "127.0.0.1")
    {
        var server = new ApiServerStandIn();
        var certificate = server.MakeCertificate(name);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration().ConfigureKestrel(k => k.Listen(IPAddress.Loopback, 0, l => l.UseHttps(certificate)));
        server._app = builder.Build();
        server._app.Run(server.AnswerAsync);
        await server._app.StartAsync(TestContext.Current.CancellationToken);
        return server;
    }

    /// <summary>Hands out a token, as a kubelet asks for one.</summary>
    public string Issue(PodToken token)
    {
        var text = "eyJhbGciOiJSUzI1NiJ9." + Convert.ToHexString(RandomNumberGenerator.GetBytes(24)) + ".c2lnbmF0dXJl";
        lock (_tokens)
        {
            _tokens[text] = token;
        }

        return text;
    }

    public string? BundleOf(string ns, string name = "zakenak-trust-bundle")
    {
        lock (_maps)
        {
            return _maps.TryGetValue($"{ns}/{name}", out var map) ? (string?)map.Object["data"]?["bundle.pem"] : null;
        }
    }

    /// <summary>Somebody else owns the field, as after <c>kubectl edit</c>; null deletes the object.</summary>
    public void Edit(string ns, string? bundle, string name = "zakenak-trust-bundle")
    {
        lock (_maps)
        {
            if (bundle is null)
                _maps.Remove($"{ns}/{name}");
            else
                _maps[$"{ns}/{name}"] = (new JsonObject { ["data"] = new JsonObject { ["bundle.pem"] = bundle } }, "kubectl-edit");
        }
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        if (Interfere is { } interfere && await interfere(context))
            return;
        if (context.Request.Headers.Authorization != "Bearer " + ReviewerToken)
            await FailAsync(context, 401, "Unauthorized", "Unauthorized");
        else if (context.Request is { Method: "POST", Path.Value: "/apis/authentication.k8s.io/v1/tokenreviews" })
            await CountAsync(context);
        else if (context.Request is { Method: "PATCH", Path.Value: { } path } && path.Split('/') is ["", "api", "v1", "namespaces", var ns, ("configmaps" or "secrets") and var resource, var name])
            await ApplyAsync(context, ns, resource, name);
        else
            await FailAsync(context, 404, "NotFound", "the server could not find the requested resource");
    }

    private async Task CountAsync(HttpContext context)
    {
        lock (_counting)
        {
            _reviews++;
            MostAtOnce = Math.Max(MostAtOnce, ++_atOnce);
        }

        try
        {
            await ReviewAsync(context);
        }
        finally
        {
            lock (_counting)
                _atOnce--;
        }
    }

    private async Task ReviewAsync(HttpContext context)
    {
        if (!IsAuthorized)
        {
            await FailAsync(context, 403, "Forbidden", "tokenreviews.authentication.k8s.io is forbidden: User \"system:serviceaccount:serving:cert-authority\" cannot create "
                + "resource \"tokenreviews\" in API group \"authentication.k8s.io\" at the cluster scope");
            return;
        }

        var review = (await JsonNode.ParseAsync(context.Request.Body))!.AsObject();
        if (context.Request.ContentType != "application/json" || (string?)review["kind"] != "TokenReview" || (string?)review["apiVersion"] != "authentication.k8s.io/v1")
        {
            await FailAsync(context, 400, "BadRequest", "the object provided is unrecognized (must be of type TokenReview)");
            return;
        }

        var text = (string?)review["spec"]?["token"];
        if (string.IsNullOrEmpty(text))
        {
            await FailAsync(context, 400, "BadRequest", "token is required for TokenReview in authentication");
            return;
        }

        string[] asked = [.. review["spec"]!["audiences"]?.AsArray().Select(a => (string)a!) ?? ["https://kubernetes.default.svc"]];
        PodToken? token;
        lock (_tokens)
        {
            token = _tokens.GetValueOrDefault(text);
        }

        review["metadata"] = new JsonObject { ["creationTimestamp"] = null };
        review["status"] = token is null ? Denied("invalid bearer token")
            : token.IsExpired ? Denied("[invalid bearer token, service account token has expired]")
            : token.PodIsGone ? Denied("[invalid bearer token, service account token has been invalidated]")
            : KnowsAudiences && !asked.Intersect(token.Audiences).Any()
                ? Denied($"[invalid bearer token, token audiences [\"{string.Join("\" \"", token.Audiences)}\"] is invalid for the target audiences [\"{string.Join("\" \"", asked)}\"]]")
            : token.ToStatus(KnowsAudiences ? asked : null);
        await WriteAsync(context, 201, review);
    }

    private static JsonObject Denied(string error) => new() { ["user"] = new JsonObject(), ["error"] = error };

    private async Task ApplyAsync(HttpContext context, string ns, string resource, string name)
    {
        if (!IsAuthorized)
        {
            await FailAsync(context, 403, "Forbidden", $"{resource} \"{name}\" is forbidden: User \"system:serviceaccount:{ns}:cert-authority\" cannot patch resource \"{resource}\" in API group \"\" in the namespace \"{ns}\"");
            return;
        }

        if (context.Request.ContentType != "application/apply-patch+yaml")
        {
            await FailAsync(context, 415, "UnsupportedMediaType", "the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml");
            return;
        }

        if (context.Request.Query["fieldManager"] is not [{ Length: > 0 } manager])
        {
            await FailAsync(context, 422, "Invalid", "PatchOptions.meta.k8s.io \"\" is invalid: fieldManager: Required value: is required for apply patch");
            return;
        }

        var map = (await JsonNode.ParseAsync(context.Request.Body))!.AsObject();
        if ((string?)map["kind"] != (resource == "secrets" ? "Secret" : "ConfigMap") || (string?)map["apiVersion"] != "v1" || (string?)map["metadata"]?["name"] != name || (string?)map["metadata"]?["namespace"] != ns)
        {
            await FailAsync(context, 400, "BadRequest", "the name of the object does not match the name on the URL");
            return;
        }

        if (resource == "secrets")
        {
            Secrets[$"{ns}/{name}"] = map["data"]!.AsObject().ToDictionary(item => item.Key, item => Convert.FromBase64String((string)item.Value!));
            await WriteAsync(context, 200, map);
            return;
        }

        bool exists;
        lock (_maps)
        {
            exists = _maps.TryGetValue($"{ns}/{name}", out var before);
            if (!exists || before.Manager == manager || context.Request.Query["force"] == "true")
                _maps[$"{ns}/{name}"] = (map, manager);
            else
                manager = null;
        }

        if (manager is null)
            await FailAsync(context, 409, "Conflict", "Apply failed with 1 conflict: conflict with \"kubectl-edit\" using v1: .data.bundle.pem");
        else
            await WriteAsync(context, exists ? 200 : 201, map);
    }

    /// <summary>A <c>Status</c> object.</summary>
    public static Task FailAsync(HttpContext context, int code, string reason, string message) => WriteAsync(context, code, new JsonObject
    {
        ["kind"] = "Status",
        ["apiVersion"] = "v1",
        ["metadata"] = new JsonObject(),
        ["status"] = "Failure",
        ["message"] = message,
        ["reason"] = reason,
        ["code"] = code,
    });

    private static Task WriteAsync(HttpContext context, int status, JsonObject body)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(body.ToJsonString());
    }

    private X509Certificate2 MakeCertificate(string name)
    {
        using var caKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var caRequest = new CertificateRequest("CN=kubernetes", caKey, HashAlgorithmName.SHA256);
        caRequest.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using var ca = caRequest.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(30));
        CaPem = ca.ExportCertificatePem() + "\n";
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=kube-apiserver", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        if (IPAddress.TryParse(name, out var address))
            names.AddIpAddress(address);
        else
            names.AddDnsName(name);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], false));
        using var leaf = request.Create(ca, DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(29), RandomNumberGenerator.GetBytes(16));
        return leaf.CopyWithPrivateKey(key);
    }
}
