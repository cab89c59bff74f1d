using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Zakenak.Contracts;
using Zakenak.ServiceDefaults;
using Zakenak.Services.Tests.CertAuthority;

namespace Zakenak.Services.Tests.Pods;

/// <summary>What a pod mounts, in a folder, beside a certificate authority that knows its service account's token.</summary>
internal sealed class Pod : IAsyncDisposable
{
    private readonly string _mounts = Directory.CreateTempSubdirectory("zakenak-pod-").FullName;

    private readonly bool _ownsCluster;

    private Pod(ClusterAuthority cluster, bool ownsCluster) => (Cluster, _ownsCluster) = (cluster, ownsCluster);

    /// <summary>Another pod of the same cluster.</summary>
    public Pod(ClusterAuthority cluster)
        : this(cluster, ownsCluster: false)
    {
    }

    public ClusterAuthority Cluster { get; }

    public string this[string path] => Path.Combine(_mounts, path);

    /// <summary>An API key of tenant <c>pods</c>.</summary>
    public string ApiKey { get; private set; } = "";

    public static async Task<Pod> CreateAsync() => new(await ClusterAuthority.StartAsync(), ownsCluster: true);

    public PodProcess Start(string service, params (string Key, string Value)[] settings) => Start(service, [], settings);

    public PodProcess Start(string service, string[] verb, params (string Key, string Value)[] settings)
    {
        Directory.CreateDirectory(this["identity"]);
        File.WriteAllText(this["identity/token"], Cluster.Api.Issue(PodToken.Of(service)));
        File.Copy(Cluster.Home.AnchorsFile, this["identity/bundle.pem"], overwrite: true);
        var all = new Dictionary<string, string> { ["Identity:TrustAnchorsFile"] = this["identity/bundle.pem"] };
        if (service != ServiceNames.CertAuthority)
        {
            all["Identity:CertAuthorityUrl"] = Cluster.Authority.Url.GetLeftPart(UriPartial.Authority);
            all["Identity:TokenFile"] = this["identity/token"];
        }

        if (service == ServiceNames.Gateway)
        {
            // A busy machine is not to be mistaken for a lost one.
            all["ModelServers:PollTimeout"] = "00:00:30";
            all["Resilience:ConnectTimeout"] = "00:00:30";
        }

        foreach (var (key, value) in settings)
            all[key] = value;
        return PodProcess.Start(service, _mounts, all, verb);
    }

    /// <summary>Another workload of the namespace, in this process.</summary>
    public async Task<WorkloadIdentity> EnrollAsync(string service)
    {
        File.WriteAllText(this[service + ".token"], Cluster.Api.Issue(PodToken.Of(service)));
        var (identity, failure) = await WorkloadEnrollment.EnrollAsync(
            SpiffeId.ForService(ClusterAuthority.Id.TrustDomain, ClusterAuthority.Namespace, service), Cluster.Authority.Url, Cluster.Home.AnchorsFile, this[service + ".token"],
            TimeProvider.System, TestContext.Current.CancellationToken);
        Assert.Null(failure);
        return identity!;
    }

    /// <summary>A file with one key in it.</summary>
    public string WriteApiKeys()
    {
        ApiKey = Zakenak.Contracts.ApiKey.Create();
        Assert.True(Zakenak.Contracts.ApiKey.TryGetId(ApiKey, out var id));
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(ApiKey)));
        File.WriteAllText(this["keys.json"], JsonSerializer.Serialize(new { keys = new[] { new { id = id.ToString(), sha256 = hash, tenant = "pods" } } }));
        return this["keys.json"];
    }

    public async ValueTask DisposeAsync()
    {
        if (_ownsCluster)
            await Cluster.DisposeAsync();
        Directory.Delete(_mounts, recursive: true);
    }
}
