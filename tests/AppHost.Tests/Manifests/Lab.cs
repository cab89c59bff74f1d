using System.Diagnostics;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Zakenak.AppHost.Tests.Manifests;

/// <summary>A folder with the published <c>compose/</c>, prepared by its own script, and the containers that were started in it.</summary>
internal sealed class Lab : IAsyncDisposable
{
    private readonly Dictionary<string, LabContainer> _running = [];
    private readonly JsonObject _compose;
    private readonly string[] _services;

    // A network of this test alone.
    private readonly string _network = $"127.{RandomNumberGenerator.GetInt32(1, 255)}.{RandomNumberGenerator.GetInt32(0, 255)}";

    private Lab(PublishedSuite suite)
    {
        _compose = ComposeFile.Read(suite);
        _services = [.. _compose["services"]!.AsObject().Select(item => item.Key)];
    }

    public string Folder { get; } = Directory.CreateTempSubdirectory("zakenak-lab-").FullName;

    public string ApiKey { get; private set; } = "";

    public static async Task<Lab> PrepareAsync(PublishedSuite suite)
    {
        Assert.SkipUnless(await CanContainAsync(), "Linux namespaces cannot be made here.");
        var lab = new Lab(suite);
        foreach (var (name, text) in suite.Files("compose"))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(lab.Folder, name))!);
            File.WriteAllText(Path.Combine(lab.Folder, name), text);
        }

        File.WriteAllLines(Path.Combine(lab.Folder, "hosts"), lab._services.Select(service => $"{lab.AddressOf(service)} {service}-service"));
        Assert.Equal(0, (await RunAsync("sh", lab.Folder, "prepare.sh")).ExitCode);
        return lab;
    }

    /// <summary>Runs the command line on the machine itself, where the keys are.</summary>
    public async Task CliAsync(params string[] arguments)
    {
        var (code, errors) = await RunAsync("dotnet", Folder, [DescribedService.AssemblyOf("Cli", "zakenak"), .. arguments]);
        Assert.True(code == 0, errors);
    }

    /// <summary><c>docker compose run --rm SERVICE COMMAND</c>.</summary>
    public async Task<(int ExitCode, string Output, string Errors)> RunAsync(string service, params string[] command)
    {
        await using var container = Start(service, command);
        return await container.EndedAsync();
    }

    /// <summary><c>docker compose up -d --wait SERVICE</c>: until its own check says that it is well.</summary>
    public async Task UpAsync(string service, params (string Name, string Value)[] environment)
    {
        var container = Start(service, [], environment);
        _running.Add(service, container);
        var clock = Stopwatch.StartNew();
        string[] check = [.. _compose["services"]![service]!["healthcheck"]!["test"]!.AsArray().Select(word => (string)word!).Skip(3)];
        while (true)
        {
            if (container.HasExited || clock.Elapsed > TimeSpan.FromSeconds(60))
                Assert.Fail($"{service} does not become healthy: {(container.HasExited ? await container.EndedAsync() : "still running")}");

            // The check itself costs a process: not before there is somebody to ask.
            if (await ListensAsync(service) && (await RunAsync(service, check)).ExitCode == 0)
                return;

            await Task.Delay(100);
        }
    }

    /// <summary>A client beside the machine's published port that trusts the lab's root alone.</summary>
    public HttpClient CreateClient()
    {
        var root = X509CertificateLoader.LoadCertificateFromFile(Path.Combine(Folder, "state/trust/bundle.pem"));
        var handler = new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancellationToken) =>
            {
                var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
                await socket.ConnectAsync(AddressOf("gateway"), 8443, cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            },
            SslOptions = { CertificateChainPolicy = new() { TrustMode = X509ChainTrustMode.CustomRootTrust, CustomTrustStore = { root }, RevocationMode = X509RevocationMode.NoCheck } },
        };
        var client = new HttpClient(handler) { BaseAddress = new Uri("https://localhost:8443") };
        client.DefaultRequestHeaders.Authorization = new("Bearer", ApiKey);
        return client;
    }

    /// <summary>As docs/gateway.md says.</summary>
    public void WriteApiKey()
    {
        var id = RandomNumberGenerator.GetHexString(16, lowercase: true);
        ApiKey = $"zk-{id}-{System.Buffers.Text.Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32))}";
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(ApiKey)));
        File.WriteAllText(Path.Combine(Folder, "api-keys/keys.json"), JsonSerializer.Serialize(new { keys = new[] { new { id, sha256 = hash, tenant = "lab" } } }));
    }

    /// <summary><c>docker compose down</c>: what each ended with.</summary>
    public async Task<int[]> DownAsync() => await Task.WhenAll(_running.Values.Select(container => container.StopAsync()));

    /// <summary><c>docker compose stop SERVICE</c>: what it ended with. It may be up again.</summary>
    public async Task<int> StopAsync(string service)
    {
        _running.Remove(service, out var container);
        await using (container)
            return await container!.StopAsync();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var container in _running.Values)
            await container.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
    }

    private LabContainer Start(string service, string[] command, params (string Name, string Value)[] environment)
    {
        var says = _compose["services"]![service]!;
        if (command.Length == 0 && says["command"] is JsonArray words)
            command = [.. words.Select(word => ComposeFile.WithDefaults((string)word!))];

        var (project, assembly) = service switch
        {
            "operator" => ("Cli", "zakenak"),
            "fetch" => ("ModelServer", "ModelServer"),
            _ => (string.Concat(service.Split('-').Select(word => char.ToUpperInvariant(word[0]) + word[1..])), null),
        };
        return LabContainer.Start(Folder, _compose, service, DescribedService.AssemblyOf(project, assembly), command, [("Listen__Address", AddressOf(service)), .. environment]);
    }

    private string AddressOf(string service) => $"{_network}.{1 + Array.IndexOf(_services, service)}";

    private async Task<bool> ListensAsync(string service)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(AddressOf(service), 9090);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static async Task<bool> CanContainAsync()
    {
        try
        {
            return OperatingSystem.IsLinux() && (await RunAsync("unshare", Path.GetTempPath(), "--user", "--map-root-user", "--mount", "true")).ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    private static async Task<(int ExitCode, string Errors)> RunAsync(string program, string folder, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, errors + await output);
    }
}
