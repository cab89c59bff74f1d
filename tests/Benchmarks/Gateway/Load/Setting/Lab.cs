using System.Globalization;
using System.Security.Cryptography;
using Zakenak.Contracts;
using Zakenak.ServiceDefaults;

namespace Zakenak.Benchmarks.GatewayLoad.Setting;

/// <summary>
/// All that is measured and what it needs, each a process of its own on loopback: certificate authority, an nginx in the place of a model server,
/// a backend of streams, and in front of them the gateway with everything on, bare YARP, and nginx.
/// </summary>
internal sealed class Lab : IAsyncDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("zakenak-gateway-benchmark-");
    private readonly byte[] _enrollmentKey = RandomNumberGenerator.GetBytes(32);
    private readonly List<Child> _children = [];
    private readonly int[] _ports = [.. Enumerable.Range(0, 9).Select(_ => FreePort.Next())];

    public required Proxy Gateway { get; set; }

    public required Proxy BareYarp { get; set; }

    public required Proxy Nginx { get; set; }

    /// <summary>Bare YARP in front of the backend of streams.</summary>
    public required Proxy BareYarpOfStreams { get; set; }

    /// <summary>Mutual TLS, as the gateway asks it.</summary>
    public Uri StreamBackend => Https(_ports[2]);

    /// <summary>For asking it without a proxy.</summary>
    public WorkloadIdentity GatewayIdentity { get; private set; } = null!;

    public IReadOnlyList<string> Keys { get; private set; } = [];

    public string KeysFile => In("keys.txt");

    public string BodiesFile => In("bodies.json");

    private string Anchors => In("anchors.pem");

    /// <summary>Bytes that the gateway has allocated so far.</summary>
    public async Task<double> AllocatedBytesAsync(CancellationToken cancellation)
    {
        using var client = new HttpClient();
        var metrics = await client.GetStringAsync(new Uri(Http(_ports[5]), "/metrics"), cancellation);
        var line = metrics.Split('\n').First(l => l.StartsWith("dotnet_gc_heap_total_allocated_bytes_total", StringComparison.Ordinal));
        return double.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture);
    }

    public static async Task<Lab> StartAsync(CancellationToken cancellation)
    {
        var lab = new Lab { Gateway = null!, BareYarp = null!, Nginx = null!, BareYarpOfStreams = null! };
        try
        {
            await lab.StartAllAsync(cancellation);
            return lab;
        }
        catch
        {
            await lab.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var child in Enumerable.Reverse(_children))
            await child.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    private async Task StartAllAsync(CancellationToken cancellation)
    {
        await File.WriteAllLinesAsync(BodiesFile, FixedAnswer.Requests, cancellation);
        Keys = await TestKeys.WriteAsync(In("keys.json"), KeysFile, cancellation);
        await StartAuthorityAsync(cancellation);
        var server = await EnrollAsync(ServiceNames.ModelServer, cancellation);
        var client = await EnrollAsync(ServiceNames.Gateway, cancellation);
        GatewayIdentity = client.Identity;

        StartNginx("backend", Setting.Nginx.Backend(_ports[1], server, Anchors));
        await StartService("stream-backend", Environment.ProcessPath!, ServiceNames.ModelServer, _ports[3],
            new() { ["Listen__TrafficPort"] = Text(_ports[2]) }, [GatewayLoad.StreamBackend.Verb], cancellation);
        var nginx = StartNginx("nginx", Setting.Nginx.Proxy(_ports[6], _ports[1], client, Anchors));
        Nginx = new Proxy("nginx", Http(_ports[6]), nginx);
        BareYarp = StartBareYarp("bare-yarp", _ports[7], _ports[1], client);
        BareYarpOfStreams = StartBareYarp("bare-yarp-of-streams", _ports[8], _ports[2], client);
        var gateway = await StartService("gateway", Program("Gateway", "Gateway"), ServiceNames.Gateway, _ports[5], new()
        {
            ["Listen__HttpPort"] = Text(_ports[4]),
            ["Listen__HttpsPort"] = "0",
            ["ModelServers__Urls__0"] = Https(_ports[1]).GetLeftPart(UriPartial.Authority),
            ["ModelServers__Urls__1"] = StreamBackend.GetLeftPart(UriPartial.Authority),
            ["ApiKeys__File"] = In("keys.json"),
            ["Audit__Directory"] = In("audit"),

            // As many as one key may be given; all keys together send more.
            ["Limits__RequestsPerMinute"] = "100000",
            ["Limits__TenantRequestsPerMinute"] = "100000",
            ["Limits__TokensPerMinute"] = "1000000000",
            ["Limits__TenantTokensPerMinute"] = "1000000000",

            // All streams are one replica's here.
            ["Resilience__MaxConcurrent"] = "4096",

            // As its container has it.
            ["MALLOC_ARENA_MAX"] = "2",
        }, [], cancellation);
        Gateway = new Proxy("gateway", Http(_ports[4]), gateway);
        using var asker = new Asker(Keys);
        foreach (var proxy in new[] { Nginx, BareYarp, Gateway })
            await proxy.Process.UntilAsync(c => asker.IsAnsweredAsync(proxy.Url, FixedAnswer.Requests[0], c), cancellation);
        foreach (var proxy in new[] { BareYarpOfStreams, Gateway })
            await proxy.Process.UntilAsync(c => asker.IsAnsweredAsync(proxy.Url, FixedAnswer.StreamRequest(1), c), cancellation);
    }

    private async Task StartAuthorityAsync(CancellationToken cancellation)
    {
        var keyFile = In("enrollment.key");
        await File.WriteAllBytesAsync(keyFile, _enrollmentKey, cancellation);
        File.SetUnixFileMode(keyFile, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        var authority = Start("cert-authority", Program("CertAuthority", "CertAuthority"), new()
        {
            ["Service__Namespace"] = ServiceContext.DevelopmentNamespace,
            ["Listen__TrafficPort"] = Text(_ports[0]),
            ["Identity__TrustAnchorsFile"] = Anchors,
            ["CertAuthority__Directory"] = In("authority"),
            ["CertAuthority__EnrollmentKeyFile"] = keyFile,
        }, "--CertAuthority:DnsNames:model-server:0=localhost"); // for the peers, who know servers by such names
        await authority.UntilAsync(_ => Task.FromResult(File.Exists(Anchors)), cancellation);
    }

    private async Task<Credentials> EnrollAsync(string service, CancellationToken cancellation)
    {
        Credentials? credentials = null;
        await _children[0].UntilAsync(async c =>
        {
            try
            {
                credentials = await Credentials.EnrollAsync(service, Https(_ports[0]), Anchors, _folder.FullName, _enrollmentKey, c);
                return true;
            }
            catch (InvalidOperationException)
            {
                return false;
            }
        }, cancellation);
        return credentials!;
    }

    /// <summary>A service of the suite: enrolls for itself.</summary>
    private async Task<Child> StartService(
        string name, string file, string service, int management, Dictionary<string, string> environment, IReadOnlyList<string> arguments, CancellationToken cancellation)
    {
        environment["Service__Namespace"] = ServiceContext.DevelopmentNamespace;
        environment["Listen__ManagementPort"] = Text(management);
        environment["Identity__TrustAnchorsFile"] = Anchors;
        environment["Identity__CertAuthorityUrl"] = Https(_ports[0]).GetLeftPart(UriPartial.Authority);
        environment["Identity__TokenFile"] = Credentials.NewToken(service, _folder.FullName, _enrollmentKey);
        var child = Start(name, file, environment, arguments);
        using var client = new HttpClient();
        await child.UntilAsync(async c => (await client.GetAsync(new Uri(Http(management), "/healthz"), c)).IsSuccessStatusCode, cancellation);
        return child;
    }

    private Child StartNginx(string name, string configuration)
    {
        var folder = _folder.CreateSubdirectory(name).FullName;
        File.WriteAllText(Path.Combine(folder, "nginx.conf"), configuration);
        return Start(name, "nginx", [], "-p", folder, "-c", "nginx.conf", "-e", "stderr", "-g", "daemon off;");
    }

    private Proxy StartBareYarp(string name, int port, int backend, Credentials client) =>
        new("bare YARP", Http(port), Start(name, Program("BareYarp", "bare-yarp"), [],
            Text(port), $"https://localhost:{Text(backend)}", client.CertificateFile, client.KeyFile, Anchors));

    private Child Start(string name, string file, Dictionary<string, string> environment, params IReadOnlyList<string> arguments)
    {
        var child = Child.Start(name, _folder.FullName, file, arguments, environment);
        _children.Add(child);
        return child;
    }

    /// <summary>Built beside this one, in the same configuration.</summary>
    private static string Program(string project, string assembly) =>
        Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", project, new DirectoryInfo(AppContext.BaseDirectory).Name, assembly));

    private string In(string file) => Path.Combine(_folder.FullName, file);

    private static Uri Http(int port) => new($"http://127.0.0.1:{Text(port)}");

    private static Uri Https(int port) => new($"https://127.0.0.1:{Text(port)}");

    private static string Text(int port) => port.ToString(CultureInfo.InvariantCulture);
}
