using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Zakenak.Contracts;
using Zakenak.ServiceDefaults;
using Zakenak.Services.Tests.ServiceDefaults;

namespace Zakenak.Services.Tests.CertAuthority;

/// <summary>The real certificate authority in this process, in a folder of its own that outlives it until the folder is disposed.</summary>
public sealed class RunningAuthority : IAsyncDisposable
{
    private readonly WebApplication _app;

    private RunningAuthority(WebApplication app, AuthorityHome home) => (_app, Home) = (app, home);

    public AuthorityHome Home { get; }

    public IServiceProvider Services => _app.Services;

    public Uri Url => Services.GetRequiredService<Listeners>().TrafficUrl;

    public Uri ManagementUrl => Services.GetRequiredService<Listeners>().ManagementUrl;

    public TrustBundle Anchors => new(TestTrustDomain.Name, TrustAnchors.TryLoad(Home.AnchorsFile, out _)!, []);

    public static SpiffeId Id { get; } = SpiffeId.ForService(TestTrustDomain.Name, "dev", ServiceNames.CertAuthority);

    public static async Task<RunningAuthority> StartAsync(AuthorityHome home, string svidLifetime = "01:00:00", int port = 0, Action<WebApplicationBuilder>? configure = null)
    {
        var app = Create(home, svidLifetime, port, configure);
        await app.StartAsync(TestContext.Current.CancellationToken);
        return new RunningAuthority(app, home);
    }

    public static WebApplication Create(AuthorityHome home, string svidLifetime = "01:00:00", int port = 0, Action<WebApplicationBuilder>? configure = null) =>
        Zakenak.CertAuthority.Program.Create([], b =>
        {
            b.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
            {
                ["Listen:TrafficPort"] = port.ToString(System.Globalization.CultureInfo.InvariantCulture),
                ["Identity:TrustAnchorsFile"] = home.AnchorsFile,
                ["CertAuthority:Directory"] = home.Directory,
                ["CertAuthority:EnrollmentKeyFile"] = home.EnrollmentKeyFile,
                ["CertAuthority:SvidLifetime"] = svidLifetime,
                ["CertAuthority:DnsNames:gateway:0"] = "localhost",
                ["CertAuthority:IpAddresses:gateway:0"] = "127.0.0.1",
            });
            configure?.Invoke(b);
        });

    /// <summary>Sends one request as a process that has no certificate yet.</summary>
    public async Task<(int Status, string? Code, SvidResponse? Svid)> PostAsync(string? token, string csr)
    {
        using var handler = WorkloadHttpHandler.CreateAnonymous(Anchors, Id);
        return await PostAsync(handler, token, csr);
    }

    /// <summary>Sends one request over a given handler.</summary>
    public async Task<(int Status, string? Code, SvidResponse? Svid)> PostAsync(SocketsHttpHandler handler, string? token, string csr)
    {
        using var client = new HttpClient(handler, disposeHandler: false) { BaseAddress = Url };
        using var answer = await client.PostAsJsonAsync("/v1/svid", new SvidRequest(csr, token));
        if (answer.IsSuccessStatusCode)
        {
            return ((int)answer.StatusCode, null, await answer.Content.ReadFromJsonAsync<SvidResponse>());
        }

        using var problem = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        return ((int)answer.StatusCode, problem.RootElement.GetProperty("code").GetString(), null);
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    public static string Csr(ECDsa key, CertificateRequest? request = null) =>
        Convert.ToBase64String((request ?? new CertificateRequest("CN=asker", key, HashAlgorithmName.SHA256)).CreateSigningRequest());

    public static string Csr()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return Csr(key);
    }
}
