using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Zakenak.Contracts;
using Zakenak.Services.Tests.CertAuthority;

namespace Zakenak.Services.Tests.Pods;

/// <summary>What a pod mounts, in a folder, beside a certificate authority that knows its service account's token.</summary>
internal sealed class Pod : IAsyncDisposable
{
    private readonly string _mounts = Directory.CreateTempSubdirectory("zakenak-pod-").FullName;

    private Pod(ClusterAuthority cluster) => Cluster = cluster;

    public ClusterAuthority Cluster { get; }

    public string this[string path] => Path.Combine(_mounts, path);

    /// <summary>An API key of tenant <c>pods</c>.</summary>
    public string ApiKey { get; private set; } = "";

    public static async Task<Pod> CreateAsync() => new(await ClusterAuthority.StartAsync());

    public PodProcess Start(string service, params (string Key, string Value)[] settings)
    {
        Directory.CreateDirectory(this["identity"]);
        File.WriteAllText(this["identity/token"], Cluster.Api.Issue(PodToken.Of(service)));
        File.Copy(Cluster.Home.AnchorsFile, this["identity/bundle.pem"]);
        var all = new Dictionary<string, string> { ["Identity:TrustAnchorsFile"] = this["identity/bundle.pem"] };
        if (service != ServiceNames.CertAuthority)
        {
            all["Identity:CertAuthorityUrl"] = Cluster.Authority.Url.GetLeftPart(UriPartial.Authority);
            all["Identity:TokenFile"] = this["identity/token"];
        }

        foreach (var (key, value) in settings)
            all[key] = value;
        return PodProcess.Start(service, _mounts, all);
    }

    /// <summary>A file with one key in it.</summary>
    public string WriteApiKeys()
    {
        ApiKey = Zakenak.Gateway.ApiKeys.ApiKey.Create();
        Assert.True(Zakenak.Gateway.ApiKeys.ApiKey.TryGetId(ApiKey, out var id));
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(ApiKey)));
        File.WriteAllText(this["keys.json"], JsonSerializer.Serialize(new { keys = new[] { new { id = id.ToString(), sha256 = hash, tenant = "pods" } } }));
        return this["keys.json"];
    }

    public async ValueTask DisposeAsync()
    {
        await Cluster.DisposeAsync();
        Directory.Delete(_mounts, recursive: true);
    }
}
