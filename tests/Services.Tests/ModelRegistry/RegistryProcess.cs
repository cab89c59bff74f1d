using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Zakenak.Contracts;
using Zakenak.ServiceDefaults;
using Zakenak.Services.Tests.CertAuthority;

namespace Zakenak.Services.Tests.ModelRegistry;

/// <summary>The registry as a process of its own, which can be killed at any moment and started again on what it left; a real authority gives it its SVIDs.</summary>
internal sealed class RegistryProcess : IAsyncDisposable
{
    private readonly RegistryHome _home;
    private readonly RunningAuthority _authority;
    private readonly EnrolledService _operator;
    private readonly int _port = FreePort.Next();
    private Process? _process;

    private RegistryProcess(RegistryHome home, RunningAuthority authority, EnrolledService @operator)
    {
        (_home, _authority, _operator) = (home, authority, @operator);
        Client = new HttpClient(WorkloadHttpHandler.Create(_operator.Identity, ServiceNames.ModelRegistry))
        {
            BaseAddress = new Uri($"https://127.0.0.1:{_port}"),
            Timeout = TimeSpan.FromSeconds(60),
        };
    }

    public HttpClient Client { get; }

    public static async Task<RegistryProcess> CreateAsync(RegistryHome home)
    {
        var authority = await RunningAuthority.StartAsync(new AuthorityHome(), configure: b => b.Logging.ClearProviders());
        var @operator = await EnrolledService.StartAsync(authority.Home, authority.Url, ServiceNames.Operator, configure: b => b.Logging.ClearProviders());
        await @operator.EnrolledAsync();
        return new RegistryProcess(home, authority, @operator);
    }

    /// <summary>Starts it and waits until it answers.</summary>
    /// <param name="maxFileKilobytes">Beyond this no file of its can grow, as on a full disk.</param>
    public async Task StartAsync(int? maxFileKilobytes = null)
    {
        var program = Path.Combine(AppContext.BaseDirectory, "ModelRegistry.dll");
        var start = maxFileKilobytes is { } most
            ? new ProcessStartInfo("/bin/sh", ["-c", $"trap '' XFSZ; ulimit -f {2 * most}; exec dotnet '{program}'"])
            : new ProcessStartInfo("dotnet", [program]);
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        start.Environment["DOTNET_EnableWriteXorExecute"] = "0"; // the runtime's own double mapping would meet the limit
        start.Environment["Listen__TrafficPort"] = _port.ToString(System.Globalization.CultureInfo.InvariantCulture);
        start.Environment["Identity__CertAuthorityUrl"] = _authority.Url.GetLeftPart(UriPartial.Authority);
        start.Environment["Identity__TrustAnchorsFile"] = _authority.Home.AnchorsFile;
        start.Environment["Identity__TokenFile"] = _authority.Home.TokenFile(ServiceNames.ModelRegistry);
        foreach (var (key, value) in _home.Settings)
        {
            start.Environment[key.Replace(":", "__", StringComparison.Ordinal)] = value;
        }

        _process = Process.Start(start)!;
        _process.BeginOutputReadLine();
        var errors = _process.StandardError.ReadToEndAsync();
        var clock = Stopwatch.StartNew();
        while (!await AnswersAsync())
        {
            Assert.False(_process.HasExited, _process.HasExited ? await errors : "");
            Assert.True(clock.Elapsed < TimeSpan.FromSeconds(60), "The registry does not answer.");
            await Task.Delay(20);
        }
    }

    /// <summary>SIGKILL: nothing of it runs after this.</summary>
    public async Task KillAsync()
    {
        _process!.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _process = null;
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            await KillAsync();
        }

        Client.Dispose();
        await _operator.DisposeAsync();
        await _authority.DisposeAsync();
        _authority.Home.Dispose();
    }

    private async Task<bool> AnswersAsync()
    {
        try
        {
            using var answer = await Client.GetAsync("/v1/models");
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
