using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Zakenak.Contracts;
using Zakenak.ServiceDefaults;
using Zakenak.Services.Tests.ServiceDefaults;

namespace Zakenak.Services.Tests.CertAuthority;

/// <summary>The certificate authority of a namespace of a cluster, beside a stand-in for the API server.</summary>
public sealed class ClusterAuthority : IAsyncDisposable
{
    public const string Namespace = "serving";

    private ClusterAuthority(AuthorityHome home, ApiServerStandIn api, RunningAuthority authority) => (Home, Api, Authority) = (home, api, authority);

    public AuthorityHome Home { get; }

    public ApiServerStandIn Api { get; }

    public RunningAuthority Authority { get; }

    public static SpiffeId Id { get; } = SpiffeId.ForService(TestTrustDomain.Name, Namespace, ServiceNames.CertAuthority);

    public string ReviewerTokenFile => TokenFileIn(Home);

    public static async Task<ClusterAuthority> StartAsync(
        string apiServerName = "127.0.0.1", Action<WebApplicationBuilder>? configure = null, params (string Key, string Value)[] settings)
    {
        var home = new AuthorityHome();
        var api = await ApiServerStandIn.StartAsync(apiServerName);
        File.WriteAllText(Path.Combine(home.Root, "ca.crt"), api.CaPem);
        File.WriteAllText(TokenFileIn(home), api.ReviewerToken + "\n");
        try
        {
            return new ClusterAuthority(home, api, await RunningAuthority.StartAsync(home, configure: b =>
            {
                b.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
                {
                    ["Service:Namespace"] = Namespace,
                    ["CertAuthority:EnrollmentKeyFile"] = null,
                    ["CertAuthority:Kubernetes:Url"] = api.Url.GetLeftPart(UriPartial.Authority),
                    ["CertAuthority:Kubernetes:CaFile"] = Path.Combine(home.Root, "ca.crt"),
                    ["CertAuthority:Kubernetes:TokenFile"] = TokenFileIn(home),
                    ["CertAuthority:Kubernetes:Timeout"] = "00:00:30",
                });
                b.Configuration.AddInMemoryCollection(settings.Select(s => KeyValuePair.Create(s.Key, (string?)s.Value)));
                configure?.Invoke(b);
            }));
        }
        catch
        {
            await api.DisposeAsync();
            home.Dispose();
            throw;
        }
    }

    /// <summary>Enrolls once with this token.</summary>
    public async Task<(int Status, string? Code, SvidResponse? Svid)> EnrollAsync(string? token)
    {
        using var handler = WorkloadHttpHandler.CreateAnonymous(Authority.Anchors, Id);
        return await Authority.PostAsync(handler, token, RunningAuthority.Csr());
    }

    public Task<(int Status, string? Code, SvidResponse? Svid)> EnrollAsync(PodToken token) => EnrollAsync(Api.Issue(token));

    public async ValueTask DisposeAsync()
    {
        await Authority.DisposeAsync();
        await Api.DisposeAsync();
        Home.Dispose();
    }

    private static string TokenFileIn(AuthorityHome home) => Path.Combine(home.Root, "api-server.token");
}
