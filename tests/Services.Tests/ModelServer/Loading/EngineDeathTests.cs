using System.Net;
using Zakenak.Engine;
using Zakenak.ServiceDefaults;
using Zakenak.Services.Tests.CertAuthority;
using Zakenak.Services.Tests.ModelServer.Completions;
using static Zakenak.Services.Tests.ModelServer.TestModelServer;

namespace Zakenak.Services.Tests.ModelServer.Loading;

[Collection(nameof(WorkloadLifeTests))] // the process's exit code
public class EngineDeathTests
{
    [Fact]
    public async Task A_server_whose_engine_dies_is_unready_and_stops_with_its_own_exit_code()
    {
        var before = Environment.ExitCode;
        var backend = new FakeBackend();
        var server = await StartAsync(backend);
        try
        {
            var stopping = new TaskCompletionSource<string>();
            server.Lifetime.ApplicationStopping.Register(() => stopping.TrySetResult(server.HealthAsync().GetAwaiter().GetResult().Body));
            backend.BeforeDecode = () => DecodeStatus.Failed;

            await CallerTests.RefusedAsync(server.SendAsync(Body("hi")), HttpStatusCode.ServiceUnavailable, "engine_failed");

            Assert.Contains("engine_died", await stopping.Task.WaitAsync(Patience), StringComparison.Ordinal);
            Assert.Equal(ExitCodes.EngineDied, Environment.ExitCode);
            Assert.Contains(server.Logs.Lines, line => line.StartsWith("Critical", StringComparison.Ordinal) && line.Contains("(decode_failed)", StringComparison.Ordinal));
        }
        finally
        {
            await server.DisposeAsync();
            Environment.ExitCode = before;
        }

        Assert.True(backend.Disposed);
        Assert.Equal(0, backend.LiveSamplers);
    }
}
