using System.Diagnostics;
using System.Text.Json;
using Zakenak.ServiceDefaults;
using Zakenak.Services.Tests.CertAuthority;

namespace Zakenak.Services.Tests.ServiceDefaults;

/// <summary>A service as a process of its own: exit codes, standard streams, signals. The certificate authority needs no other.</summary>
public sealed class ServiceProcessTests : IDisposable
{
    private readonly AuthorityHome _home = new();

    public void Dispose() => _home.Dispose();

    private Process Start(bool stdinLifetime, params (string Key, string Value)[] settings)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "CertAuthority.dll")])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["CertAuthority__Directory"] = _home.Directory;
        start.Environment["CertAuthority__EnrollmentKeyFile"] = _home.EnrollmentKeyFile;
        start.Environment["Identity__TrustAnchorsFile"] = _home.AnchorsFile;
        start.Environment["EMBEDDEDHOST_STDIN_LIFETIME"] = stdinLifetime ? "1" : "";
        foreach (var (key, value) in settings)
        {
            start.Environment[key] = value;
        }

        return Process.Start(start)!;
    }

    [Fact]
    public async Task The_end_of_standard_input_stops_it_and_an_interrupt_does_not()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("POSIX signals");
            return;
        }

        using var process = Start(stdinLifetime: true);
        List<string> lines = [];
        while (await process.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(60)) is { } line)
        {
            lines.Add(line);
            if (line.Contains("Enrolled as", StringComparison.Ordinal))
            {
                break;
            }
        }

        using (var kill = Process.Start("kill", ["-INT", process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]))
        {
            await kill.WaitForExitAsync();
        }

        await Task.Delay(300); // an interrupt that stopped it would have by then
        Assert.False(process.HasExited);
        process.StandardInput.Close();
        lines.AddRange((await process.StandardOutput.ReadToEndAsync().WaitAsync(TimeSpan.FromSeconds(60))).Split('\n', StringSplitOptions.RemoveEmptyEntries));
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(60));

        Assert.Equal(0, process.ExitCode);
        Assert.Equal("", await process.StandardError.ReadToEndAsync());
        Assert.Contains(lines, l => l.Contains("Standard input ended", StringComparison.Ordinal));
        var secrets = (string[])[Convert.ToBase64String(await File.ReadAllBytesAsync(_home.EnrollmentKeyFile)), "PRIVATE"];
        Assert.All(lines, line =>
        {
            using var json = JsonDocument.Parse(line);
            Assert.EndsWith("Z", json.RootElement.GetProperty("Timestamp").GetString());
            Assert.DoesNotContain(secrets, s => line.Contains(s, StringComparison.Ordinal));
        });
    }

    [Theory]
    [InlineData("Listen__ManagementPort", "70000", "configuration: Listen:ManagementPort: ")]
    [InlineData("Listen__Address", "0.0.0.0", "configuration: Listen:Address: ")]
    [InlineData("CertAuthority__EnrollmentKeyFile", "/nowhere", "start: CertAuthority:EnrollmentKeyFile: ")]
    public async Task Wrong_configuration_ends_in_one_line_that_names_the_key_and_code_78(string key, string value, string expected)
    {
        using var process = Start(stdinLifetime: false, (key, value));
        var output = await process.StandardOutput.ReadToEndAsync().WaitAsync(TimeSpan.FromSeconds(60));
        var error = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.Equal(ExitCodes.Misconfigured, process.ExitCode);
        Assert.StartsWith(expected, error);
        Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.DoesNotContain("   at ", output);
    }

    [Fact]
    public async Task Killed_with_sigkill_while_it_makes_its_keys_it_starts_again()
    {
        for (var i = 0; i < 3; i++)
        {
            using var killed = Start(stdinLifetime: true);
            var root = Path.Combine(_home.Directory, i == 0 ? "." : i == 1 ? "root" : "issuing-0001");
            await Eventually.IsTrueAsync(() => Directory.Exists(root), $"{root} appears");
            killed.Kill();
            await killed.WaitForExitAsync();
        }

        await using var authority = await RunningAuthority.StartAsync(_home);
        Assert.Equal(200, (await authority.PostAsync(_home.Token(), RunningAuthority.Csr())).Status);
    }
}
