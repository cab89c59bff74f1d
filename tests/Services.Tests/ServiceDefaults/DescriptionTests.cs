using System.Diagnostics;
using System.Text.Json;
using Zakenak.Contracts;
using Zakenak.ServiceDefaults;

namespace Zakenak.Services.Tests.ServiceDefaults;

/// <summary>What each service says of the pod that it needs, in its own words.</summary>
public class DescriptionTests
{
    public static TheoryData<string> Services => new(ServicePrograms.All.Keys);

    [Theory]
    [MemberData(nameof(Services))]
    public void Every_service_tells_ports_probes_and_settings_without_being_configured(string name)
    {
        var description = ServiceDescription.Of([], ServicePrograms.All[name].Create);
        Assert.Equal(name, description.Service);
        Assert.Equal(name == ServiceNames.Gateway ? ["management", "edge", "admin"] : ["management", "traffic"], description.Ports.Select(p => p.Name));
        Assert.All(description.Ports, p => Assert.Contains(description.Settings, s => s.Key == p.Key && s.Type == "integer"));
        Assert.Equal("File", Setting("Identity:TrustAnchorsFile").Mount.ToString());
        Assert.Contains(description.Settings, s => s is { Key: "Management:Callers:0", Type: "text" });
        Assert.All(description.Settings, s => Assert.True(s.Summary is null || !s.Summary.Contains('<'), s.Summary));
        Assert.Contains("IP address", Setting("Listen:Address").Summary);
        Assert.True(Setting("Service:Namespace").IsRequired);

        ServiceSetting Setting(string key) => Assert.Single(description.Settings, s => s.Key == key);
    }

    [Fact]
    public void Ports_are_those_of_the_configuration()
    {
        var description = ServiceDescription.Of(["--Listen:ManagementPort=9090", "--Admin:Port=8444"], Zakenak.Gateway.Program.Create);
        Assert.Equal([("management", 9090, "optional"), ("edge", 8443, "none"), ("admin", 8444, "required")], description.Ports.Select(p => (p.Name, p.Port, p.ClientCertificate)));
    }

    [Fact]
    public async Task A_process_prints_it_and_ends()
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "ModelRegistry.dll"), "--describe"]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var text = await process.StandardOutput.ReadToEndAsync().WaitAsync(TimeSpan.FromSeconds(60));
        await process.WaitForExitAsync();
        Assert.Equal((0, ""), (process.ExitCode, await process.StandardError.ReadToEndAsync()));
        using var json = JsonDocument.Parse(text);
        Assert.Equal("/healthz", json.RootElement.GetProperty("probes").GetProperty("ready").GetString());
        Assert.Equal(["ConnectionStrings:zakenak", "OTEL_EXPORTER_OTLP_HEADERS"], json.RootElement.GetProperty("secrets").EnumerateArray().Select(s => s.GetString()));
        Assert.Equal("writableFolder", json.RootElement.GetProperty("settings").EnumerateArray().Single(s => s.GetProperty("key").GetString() == "Registry:Directory").GetProperty("mount").GetString());
    }
}
