using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Zakenak.Engine;
using Zakenak.ModelServer.Loading;
using static Zakenak.Services.Tests.ModelServer.TestModelServer;

namespace Zakenak.Services.Tests.ModelServer.Watching;

public class CutAnswerTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_answer_under_way_ends_with_the_code_when_the_model_is_withdrawn(bool stream)
    {
        using var step = new SemaphoreSlim(0);
        var backend = new FakeBackend();
        await using var server = await StartAsync(backend, ("Batching:PrefixCache", "false"));
        var model = server.Services.GetRequiredService<ServedModel>().Current!;
        backend.BeforeDecode = () => step.Wait(Patience) ? null : DecodeStatus.Failed;
        step.Release(2);
        var asking = server.SendAsync(Body("a last word", ("stream", stream)));
        await server.UntilAsync(() => step.CurrentCount == 0);

        model.Withdrawal.Cut("revoked");
        step.Release(100);

        using var response = await asking;
        var body = await response.Content.ReadAsStringAsync();
        Assert.Equal(stream ? HttpStatusCode.OK : HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Contains("\"code\":\"revoked\"", body, StringComparison.Ordinal);
        Assert.DoesNotContain("\"finish_reason\":\"stop\"", body, StringComparison.Ordinal);
        await server.UntilAsync(() => backend.UsedCells == 0);
    }
}
