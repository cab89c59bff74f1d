using System.Diagnostics;
using Zakenak.ServiceDefaults;
using Zakenak.Services.Tests.Audit;
using Zakenak.Services.Tests.ServiceDefaults;

namespace Zakenak.Services.Tests.Pods;

/// <summary>What a pod is configured with is judged before a port is opened.</summary>
public sealed class MountedSettingsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("""{"Registry":{"Directry":"/x"}}""", "configuration: Registry:Directry: this service has no such setting; --describe lists those that it has.")]
    [InlineData("""{"Trust:PolicyRelodIntervalMs":20}""", "configuration: Trust:PolicyRelodIntervalMs: this service has no such setting")]
    [InlineData("""{"Registry":{"Directory":{"Path":"/x"}}}""", "configuration: Registry:Directory:Path: this service has no such setting")]
    [InlineData("""{"ConnectionStrings":{"zakenak":"Password=hunter2"}}""", "configuration: ConnectionStrings:zakenak: a secret has no place in the settings file.")]
    [InlineData("""{"connectionstrings":{"other":"Password=hunter2"}}""", "configuration: connectionstrings:other: a secret has no place in the settings file.")]
    [InlineData("""{"Registry":{"Directory":"hunter2" """, "start: Service:SettingsFile: ")]
    [InlineData(null, "start: Service:SettingsFile: ")]
    public async Task A_wrong_file_ends_in_one_line_that_names_the_key_and_not_the_value(string? json, string expected)
    {
        var mount = new ConfigMapMount(_folder["etc"]);
        if (json is not null)
            mount.Swap("appsettings.json", json);
        await RefusesAsync(expected, [$"--Service:SettingsFile={mount.PathOf("appsettings.json")}"]);
    }

    [Theory]
    [InlineData("""{"Registry":{"Directry":"/x"}}""", "configuration: Registry:Directry: this service has no such setting")]
    [InlineData("""{"ConnectionStrings":{"zakenak":"Password=hunter2"}}""", "configuration: ConnectionStrings:zakenak: a secret has no place in the settings file.")]
    [InlineData("""{"Service":{"ShutdownTimeoutSeconds":"hunter2"}}""", "configuration: Service:ShutdownTimeoutSeconds: not a value of the expected type")]
    [InlineData("{", "start: Service:SettingsFile: ")]
    public async Task What_stands_beside_the_file_wins_and_is_judged_as_it_is(string overrides, string expected)
    {
        Directory.CreateDirectory(_folder["etc"]);
        await File.WriteAllTextAsync(_folder["etc/appsettings.json"], """{"Service":{"ShutdownTimeoutSeconds":20}}""");
        await File.WriteAllTextAsync(_folder["etc/overrides.json"], overrides);
        await RefusesAsync(expected, [$"--Service:SettingsFile={_folder["etc/appsettings.json"]}"]);
    }

    [Theory]
    [InlineData("ConnectionStrings__zakenak")]
    [InlineData("ConnectionStrings__other")]
    [InlineData("OTEL_EXPORTER_OTLP_HEADERS")]
    public async Task A_secret_that_comes_by_environment_stops_the_start_outside_development(string variable)
    {
        var key = variable.Replace("__", ":", StringComparison.Ordinal);
        await RefusesAsync($"configuration: {key}: a secret may not come by environment", ["--Service:Namespace=serving"], (variable, "Password=hunter2"));
    }

    private static async Task RefusesAsync(string expected, string[] args, params (string Key, string Value)[] environment)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "ModelRegistry.dll"), .. args]) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (key, value) in environment)
            start.Environment[key] = value;
        using var process = Process.Start(start)!;
        var output = await process.StandardOutput.ReadToEndAsync().WaitAsync(TimeSpan.FromSeconds(60));
        var errors = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.Equal(ExitCodes.Misconfigured, process.ExitCode);
        Assert.Contains(errors.Split('\n'), line => line.StartsWith(expected, StringComparison.Ordinal));
        Assert.DoesNotContain("hunter2", errors + output);
    }
}
