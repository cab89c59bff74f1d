using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;

namespace Zakenak.AppHost.Tests.EmbeddedHost;

public class EnvironmentTests
{
    [Fact]
    public async Task Values_endpoints_parameters_and_expressions_reach_the_process()
    {
        await using var builder = RunningHost.Builder("--Parameters:color=blue");
        var store = builder.AddShell("store", Shell.Forever).WithHttpsEndpoint(env: "PORT");
        var color = builder.AddParameter("color");
        builder.AddShell("front", $"env; {Shell.Forever}")
            .WithHttpEndpoint(name: "web", env: "WEB_PORT")
            .WithReference(store.GetEndpoint("https"))
            .WithEnvironment("PLAIN", "1")
            .WithEnvironment("COLOR", color)
            .WithEnvironment("STORE", store.GetEndpoint("https"))
            .WithEnvironment("EXPRESSION", $"{store.GetEndpoint("https")}/v1?color={color}&{{x}}");
        await using var host = await RunningHost.StartAsync(builder);

        var url = host.App.GetEndpoint("store", "https").AbsoluteUri.TrimEnd('/');
        await host.LineAsync("front", $"EXPRESSION={url}/v1?color=blue&{{x}}");
        await host.LineAsync("front", "PLAIN=1");
        await host.LineAsync("front", "COLOR=blue");
        await host.LineAsync("front", $"STORE={url}");
        await host.LineAsync("front", $"services__store__https__0={url}");
        await host.LineAsync("front", $"WEB_PORT={host.App.GetEndpoint("front", "web").Port}");
        await host.LineAsync("front", "EMBEDDEDHOST_STDIN_LIFETIME=1");
    }

    [Fact]
    public async Task Callbacks_run_at_each_start()
    {
        await using var builder = RunningHost.Builder();
        var calls = 0;
        builder.AddShell("job", "echo start $TOKEN at $PORT; exit 7")
            .WithHttpEndpoint(env: "PORT")
            .WithEnvironment(context => context.EnvironmentVariables["TOKEN"] = Interlocked.Increment(ref calls).ToString(System.Globalization.CultureInfo.InvariantCulture))
            .WithEnvironment(async _ => await Task.Yield());
        await using var host = await RunningHost.StartAsync(builder);

        // A new token, the same port.
        var port = host.App.GetEndpoint("job", "http").Port;
        await host.LineAsync("job", $"start 1 at {port}");
        await host.LineAsync("job", $"start 2 at {port}");
        await host.LineAsync("job", $"start 3 at {port}");
    }

    [Fact]
    public async Task What_was_meant_for_the_host_is_not_handed_on()
    {
        Environment.SetEnvironmentVariable("Parameters__embedded_host_test", "secret");
        try
        {
            await using var builder = RunningHost.Builder();
            builder.AddShell("front", $"env; echo done; {Shell.Forever}");
            await using var host = await RunningHost.StartAsync(builder);

            await host.LineAsync("front", "done");
            var lines = await host.LinesAsync("front");
            Assert.DoesNotContain(lines, line => line.Contains("secret", StringComparison.Ordinal) || line.StartsWith("EMBEDDEDHOST_WATCH", StringComparison.Ordinal));
        }
        finally
        {
            Environment.SetEnvironmentVariable("Parameters__embedded_host_test", null);
        }
    }

    [Fact]
    public async Task A_parameter_without_a_value_stops_the_start_and_names_its_key()
    {
        await using var builder = RunningHost.Builder();
        builder.AddParameter("nobody-knows");

        var refused = await Assert.ThrowsAsync<MissingParameterValueException>(() => RunningHost.StartAsync(builder));
        Assert.Contains("--Parameters:nobody-knows=", refused.Message, StringComparison.Ordinal);
    }
}
