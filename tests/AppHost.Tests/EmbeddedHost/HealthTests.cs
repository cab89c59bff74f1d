using Aspire.Hosting;
using global::EmbeddedHost.Health;

namespace Zakenak.AppHost.Tests.EmbeddedHost;

public class HealthTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("still  loading\r\n", "still loading")]
    [InlineData("{\"status\":\"Unhealthy\"}", "{\"status\":\"Unhealthy\"}")]
    [InlineData("{\"status\":\"Unhealthy\",\"checks\":{\"identity\":{\"status\":\"Healthy\",\"reason\":\"fine\"},\"model\":{\"status\":\"Unhealthy\",\"reason\":\"digest differs\"}}}", "model: digest differs")]
    [InlineData("{\"Status\":\"Unhealthy\",\"Entries\":{\"disk\":{\"Status\":\"Degraded\",\"Description\":\"\"},\"db\":{\"status\":\"Unhealthy\",\"exception\":\"refused\"}}}", "disk: Degraded; db: refused")]
    [InlineData("{\"broken", "{\"broken")]
    public void The_body_of_an_unhealthy_answer_becomes_one_sentence(string body, string sentence) =>
        Assert.Equal(sentence, UnhealthyBody.Summarize(body));

    [Fact]
    public async Task What_is_asked_twice_is_refused_as_Aspire_does()
    {
        await using var builder = RunningHost.Builder();
        var web = builder.AddWeb("web").WithHttpEndpoint(env: "PORT").WithHttpHealthCheck("/");

        var refused = Assert.Throws<DistributedApplicationException>(() => web.WithHttpHealthCheck("/", 200, "http"));
        Assert.Equal("Resource 'web' already has a health check of '/' at its endpoint 'http'.", refused.Message);
    }

    [Fact]
    public void A_long_body_is_cut() => Assert.Equal(401, UnhealthyBody.Summarize(new string('x', 5000)).Length);
}
