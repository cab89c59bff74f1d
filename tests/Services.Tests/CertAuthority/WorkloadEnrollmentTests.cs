using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Zakenak.Contracts;
using Zakenak.ServiceDefaults;
using Zakenak.Services.Tests.ServiceDefaults;

namespace Zakenak.Services.Tests.CertAuthority;

/// <summary>Who enrolls once, without renewal.</summary>
public sealed class WorkloadEnrollmentTests : IDisposable
{
    private readonly AuthorityHome _home = new();

    public void Dispose() => _home.Dispose();

    [Theory]
    [InlineData(2, true)]
    [InlineData(3, false)]
    public async Task An_answer_that_gets_lost_is_asked_for_again_with_the_same_key_though_not_for_ever(int lost, bool enrolls)
    {
        var network = new LossyNetwork(lost);
        await using var authority = await RunningAuthority.StartAsync(_home, configure: b => b.Services.AddSingleton<IStartupFilter>(network));

        var (identity, failure) = await WorkloadEnrollment.EnrollAsync(
            SpiffeId.ForService(TestTrustDomain.Name, "dev", ServiceNames.Operator), authority.Url, _home.AnchorsFile, _home.TokenFile(ServiceNames.Operator),
            TimeProvider.System, TestContext.Current.CancellationToken);

        Assert.Equal((enrolls, enrolls), (identity is not null, failure is null));
        Assert.Equal(3, network.Asked);
        if (!enrolls)
            Assert.Contains("the connection broke", failure, StringComparison.Ordinal);
    }

    /// <summary>The authority has spent the token and answered, but the connection breaks.</summary>
    private sealed class LossyNetwork(int lost) : IStartupFilter
    {
        private int _asked;

        public int Asked => _asked;

        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            app.Use(async (context, rest) =>
            {
                if (context.Request.Path != "/v1/svid" || Interlocked.Increment(ref _asked) > lost)
                {
                    await rest(context);
                    return;
                }

                context.Response.Body = Stream.Null;
                await rest(context);
                Assert.Equal(200, context.Response.StatusCode);
                context.Abort();
            });
            next(app);
        };
    }
}
