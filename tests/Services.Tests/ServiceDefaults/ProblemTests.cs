using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Zakenak.Contracts;
using Zakenak.ServiceDefaults;

namespace Zakenak.Services.Tests.ServiceDefaults;

public class ProblemTests
{
    private static readonly TestTrustDomain _domain = new();

    private static async Task<(HttpStatusCode Status, string? Type, string Body, string RequestId)> GetAsync(string path, bool openAi = false, string? requestId = null)
    {
        await using var service = await EchoService.StartAsync(
            _domain.CreateIdentity(ServiceNames.ModelServer),
            b =>
            {
                if (openAi)
                {
                    b.Services.AddOpenAiErrors();
                }
            },
            app =>
            {
                app.MapGet("/fails", string () => throw new InvalidOperationException("password=hunter2"));
                app.MapGet("/v1/fails", string () => throw new InvalidOperationException("password=hunter2"));
                app.MapGet("/v1/guarded", () => "ok").RequireCaller(ServiceNames.FeatureProxy);
            });
        using var client = service.CreateClient(_domain.CreateIdentity(ServiceNames.Gateway));
        if (requestId is not null)
        {
            client.DefaultRequestHeaders.TryAddWithoutValidation("x-request-id", requestId);
        }

        using var answer = await client.GetAsync(path);
        return (answer.StatusCode, answer.Content.Headers.ContentType?.MediaType, await answer.Content.ReadAsStringAsync(), answer.Headers.GetValues("x-request-id").Single());
    }

    [Fact]
    public async Task An_exception_becomes_a_problem_without_details()
    {
        var (status, type, body, requestId) = await GetAsync("/fails");
        Assert.Equal(HttpStatusCode.InternalServerError, status);
        Assert.Equal("application/problem+json", type);
        using var problem = JsonDocument.Parse(body);
        Assert.Equal("internal_error", problem.RootElement.GetProperty("code").GetString());
        Assert.Equal(requestId, problem.RootElement.GetProperty("request_id").GetString());
        Assert.DoesNotContain("hunter2", body);
        Assert.DoesNotContain("Exception", body);
    }

    [Theory]
    [InlineData("/v1/fails", HttpStatusCode.InternalServerError, "server_error", "internal_error")]
    [InlineData("/v1/guarded", HttpStatusCode.Forbidden, "invalid_request_error", "caller_not_allowed")]
    [InlineData("/v1/nothing", HttpStatusCode.NotFound, "invalid_request_error", "not_found")]
    public async Task Under_v1_a_service_of_openai_clients_answers_in_their_shape(string path, HttpStatusCode expected, string type, string code)
    {
        var (status, contentType, body, _) = await GetAsync(path, openAi: true);
        Assert.Equal(expected, status);
        Assert.Equal("application/json", contentType);
        using var error = JsonDocument.Parse(body);
        Assert.Equal(type, error.RootElement.GetProperty("error").GetProperty("type").GetString());
        Assert.Equal(code, error.RootElement.GetProperty("error").GetProperty("code").GetString());
        Assert.DoesNotContain("hunter2", body);
    }

    [Fact]
    public async Task An_unknown_path_is_a_problem_too()
    {
        var (status, type, body, _) = await GetAsync("/nothing", openAi: true);
        Assert.Equal(HttpStatusCode.NotFound, status);
        Assert.Equal("application/problem+json", type);
        Assert.Contains("not_found", body);
    }

    [Theory]
    [InlineData("abc-123_x.y", true)]
    [InlineData("a b", false)]
    [InlineData("\"}{", false)]
    [InlineData("0123456789012345678901234567890123456789012345678901234567890123456789", false)]
    public async Task A_sane_request_id_is_kept_and_another_replaced(string given, bool kept)
    {
        var (_, _, _, requestId) = await GetAsync("/open", requestId: given);
        Assert.Equal(kept, requestId == given);
        Assert.True(kept || requestId.StartsWith("req_", StringComparison.Ordinal));
    }
}
