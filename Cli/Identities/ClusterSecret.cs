using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Text.Json.Nodes;
using Zakenak.ModelTrust;
using Zakenak.ServiceDefaults;
using Refusal = Zakenak.ModelTrust.Refusal;

namespace Zakenak.Cli.Identities;

/// <summary>A Secret of the cluster that this process's account may change, and that is there: what it holds is replaced, by server-side apply.</summary>
/// <param name="apiServer"><c>https://HOST:PORT</c>.</param>
/// <param name="account">Folder of the account's <c>token</c> and of <c>ca.crt</c>, the roots by which the API server must prove itself.</param>
internal sealed class ClusterSecret(Uri apiServer, string account)
{
    /// <summary>Where a pod has it.</summary>
    public const string DefaultAccount = "/var/run/secrets/kubernetes.io/serviceaccount";

    private const string FieldManager = "zakenak-identity";
    private const int MaxAnswerBytes = 256 * 1024;

    private static readonly TimeSpan _timeout = TimeSpan.FromSeconds(15);

    /// <summary>Null when it is done.</summary>
    /// <param name="files">By name.</param>
    public async Task<Refusal?> WriteAsync(string ns, string name, IReadOnlyDictionary<string, byte[]> files, CancellationToken cancellationToken)
    {
        if (TrustAnchors.TryLoad(Path.Combine(account, "ca.crt"), out var reason) is not { } roots)
            return Failed($"no roots of the API server: {reason}");

        var data = new JsonObject(files.Select(file => KeyValuePair.Create(file.Key, (JsonNode?)Convert.ToBase64String(file.Value))));
        var secret = new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "Secret",
            ["metadata"] = new JsonObject { ["name"] = name, ["namespace"] = ns },
            ["data"] = data,
        };

        // JSON is YAML. Forced: whoever made the Secret made it for this.
        using var request = new HttpRequestMessage(HttpMethod.Patch, new Uri(apiServer, $"/api/v1/namespaces/{ns}/secrets/{name}?fieldManager={FieldManager}&force=true"))
        {
            Content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(secret)) { Headers = { ContentType = new MediaTypeHeaderValue("application/apply-patch+yaml") } },
        };
        try
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", (await File.ReadAllTextAsync(Path.Combine(account, "token"), cancellationToken)).Trim());
            using var client = Client(roots);
            using var answer = await client.SendAsync(request, cancellationToken);
            return answer.IsSuccessStatusCode ? null : Failed(answer.StatusCode switch
            {
                HttpStatusCode.Unauthorized => "the API server does not accept the account's token (401)",
                HttpStatusCode.Forbidden => "the account may not change it, or it is not there yet: kubectl create secret generic makes it (403)",
                _ => $"the API server answered with status {(int)answer.StatusCode}",
            });
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException)
        {
            return Failed($"the account's token cannot be used ({e.GetType().Name})");
        }
        catch (Exception e) when (e is HttpRequestException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return Failed($"the API server at {apiServer} does not answer ({(e.InnerException ?? e).Message})");
        }

        Refusal Failed(string why) => new(RefusalCodes.WriteFailed, $"The Secret {ns}/{name} was not written: {why}.");
    }

    private static HttpClient Client(IReadOnlyList<X509Certificate2> roots)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true };
        policy.CustomTrustStore.AddRange(roots.ToArray());
        policy.ApplicationPolicy.Add(new(TrustBundle.ServerUsage));
        return new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false, // a redirect would carry our token and a key elsewhere
            UseCookies = false,
            UseProxy = false,
            SslOptions = { CertificateChainPolicy = policy },
        })
        {
            Timeout = _timeout,
            MaxResponseContentBufferSize = MaxAnswerBytes,
        };
    }
}
