using System.Text.Json;
using Zakenak.Contracts;
using Zakenak.Services.Tests.ServiceDefaults;

namespace Zakenak.Services.Tests.FeatureProxy;

public sealed class FeatureProxyTests(FeatureProxyTests.Running running) : IClassFixture<FeatureProxyTests.Running>
{
    private readonly FeatureProxyService _service = running.Service;

    /// <summary>One service for all tests; each leaves it as it was.</summary>
    public sealed class Running : IAsyncLifetime
    {
        internal FeatureProxyService Service { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Service = await FeatureProxyService.StartAsync();

        public ValueTask DisposeAsync() => Service.DisposeAsync();
    }

    [Fact]
    public async Task Features_of_an_own_granted_customer_come_in_the_order_asked()
    {
        var (status, body) = await _service.AskAsync(_service.Mint(), "42", "customer:open_tickets", "customer:tier", "customer:newsletter");
        Assert.Equal(200, status);
        Assert.Equal(
            """{"values":[{"ref":"customer:open_tickets","value":"3"},{"ref":"customer:tier","value":"gold"},{"ref":"customer:newsletter","value":"true"}]}""",
            body.ToJsonString());
    }

    [Fact]
    public async Task A_feature_that_the_customer_does_not_have_is_null()
    {
        var (status, body) = await _service.AskAsync(_service.Mint(), "1001", "customer:since", "customer:newsletter");
        Assert.Equal(200, status);
        Assert.Equal("""{"values":[{"ref":"customer:since","value":null},{"ref":"customer:newsletter","value":null}]}""", body.ToJsonString());
    }

    [Fact]
    public async Task Another_tenants_customer_is_refused_exactly_like_one_that_nobody_has()
    {
        var grants = new[] { _service.Mint(), _service.Mint(new FeatureGrant("customer", ["99", "31337"])), _service.Mint(new FeatureGrant("*", ["*"])) };
        foreach (var grant in grants)
        {
            var (otherStatus, other) = await _service.AskAsync(grant, "99", "customer:tier");
            var (nobodysStatus, nobodys) = await _service.AskAsync(grant, "31337", "customer:tier");
            Assert.Equal((403, 403), (otherStatus, nobodysStatus));
            Assert.Equal("feature_not_granted", (string?)other["code"]);
            other["request_id"] = "";
            nobodys["request_id"] = "";
            Assert.Equal(nobodys.ToJsonString(), other.ToJsonString());
        }
    }

    [Fact]
    public async Task The_tenant_that_has_the_customer_reads_it()
    {
        var (status, body) = await _service.AskAsync(_service.Mint("other", [new FeatureGrant("customer", ["99"])]), "99", "customer:tier");
        Assert.Equal((200, "platinum"), (status, (string?)body["values"]![0]!["value"]));
    }

    [Fact]
    public async Task A_grant_of_every_view_opens_own_customers()
    {
        var (status, _) = await _service.AskAsync(_service.Mint(new FeatureGrant("*", ["*"])), "42", "customer:tier");
        Assert.Equal(200, status);
    }

    [Fact]
    public async Task Views_and_entities_outside_the_grant_are_refused()
    {
        await RefusedAsync(_service.Mint(new FeatureGrant("order", ["*"])), "42", "customer:tier");
        await RefusedAsync(_service.Mint(new FeatureGrant("customer", ["7"])), "42", "customer:tier");
        await RefusedAsync(_service.Mint(new FeatureGrant("customer", [])), "42", "customer:tier");
        await RefusedAsync(_service.Mint("dev", []), "42", "customer:tier");

        async Task RefusedAsync(string grant, string entity, params string[] refs)
        {
            var (status, body) = await _service.AskAsync(grant, entity, refs);
            Assert.Equal((403, "feature_not_granted"), (status, (string?)body["code"]));
        }
    }

    [Fact]
    public async Task One_view_outside_the_grant_refuses_all()
    {
        var (status, body) = await SendAsync("""{"entity":{"customer":"42","order":"A-1"},"refs":["customer:tier","order:status"]}""");
        Assert.Equal((403, "feature_not_granted"), (status, (string?)body["code"]));
    }

    [Fact]
    public async Task A_feature_that_does_not_exist_is_named_to_whoever_may_read_the_view_and_to_nobody_else()
    {
        var (status, body) = await _service.AskAsync(_service.Mint(), "42", "customer:tier", "customer:shoe_size");
        Assert.Equal((400, "feature_unknown"), (status, (string?)body["code"]));
        Assert.Contains("customer:shoe_size", (string?)body["title"], StringComparison.Ordinal);

        // Whether the entity exists does not change the answer.
        (status, body) = await _service.AskAsync(_service.Mint(), "99", "customer:shoe_size");
        Assert.Equal((400, "feature_unknown"), (status, (string?)body["code"]));
        (status, body) = await _service.AskAsync(_service.Mint(new FeatureGrant("order", ["*"])), "42", "customer:shoe_size");
        Assert.Equal((403, "feature_not_granted"), (status, (string?)body["code"]));
    }

    [Fact]
    public async Task Without_a_good_grant_nothing_is_read()
    {
        var (status, body) = await _service.AskAsync(null, "42", "customer:tier");
        Assert.Equal((401, "grant_missing"), (status, (string?)body["code"]));
        (status, body) = await _service.AskAsync(_service.Mint() + "A", "42", "customer:tier");
        Assert.Equal((401, "grant_malformed"), (status, (string?)body["code"]));
        (status, body) = await _service.AskAsync(_service.Mint("dev", [new FeatureGrant("customer", ["*"])], ServiceNames.ModelServer), "42", "customer:tier");
        Assert.Equal((403, "grant_audience"), (status, (string?)body["code"]));
    }

    [Theory]
    [InlineData(ServiceNames.Gateway)]
    [InlineData(ServiceNames.FeatureProxy)]
    [InlineData(ServiceNames.CertAuthority)]
    public async Task Only_the_model_server_may_ask_even_with_a_good_grant(string caller)
    {
        using var client = _service.CreateClient(_service.Domain.CreateIdentity(caller));
        var (status, body) = await FeatureProxyService.SendAsync(client, _service.Mint(), """{"entity":{"customer":"42"},"refs":["customer:tier"]}""");
        Assert.Equal((403, "caller_not_allowed"), (status, (string?)body["code"]));
        (status, body) = await FeatureProxyService.SendAsync(client, null, "");
        Assert.Equal((403, "caller_not_allowed"), (status, (string?)body["code"]));
    }

    [Fact]
    public async Task A_caller_of_another_trust_domain_gets_no_connection()
    {
        using var client = _service.CreateClient(TestTrustDomain.CreateIdentityOfAnotherDomain(_service.Domain, ServiceNames.ModelServer));
        await Assert.ThrowsAsync<HttpRequestException>(() => FeatureProxyService.SendAsync(client, _service.Mint(), "{}"));
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("application/json; charset=utf-16")]
    [InlineData("")]
    public async Task A_wrong_content_type_is_refused(string contentType)
    {
        var (status, body) = await SendAsync("""{"entity":{"customer":"42"},"refs":["customer:tier"]}""", contentType);
        Assert.Equal((415, "unsupported_media_type"), (status, (string?)body["code"]));
    }

    [Fact]
    public async Task A_content_type_with_charset_utf_8_is_taken()
    {
        var (status, _) = await SendAsync("""{"entity":{"customer":"42"},"refs":["customer:tier"]}""", "application/json; charset=UTF-8");
        Assert.Equal(200, status);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{\"entity\":{\"customer\":\"42\"},\"refs\":[\"customer:tier\"]")]
    [InlineData("{\"entity\":{\"customer\":\"42\"}}")]
    [InlineData("{\"refs\":[\"customer:tier\"]}")]
    [InlineData("{\"entity\":null,\"refs\":[\"customer:tier\"]}")]
    [InlineData("{\"entity\":{\"customer\":42},\"refs\":[\"customer:tier\"]}")]
    [InlineData("{\"entity\":{\"customer\":\"7\",\"customer\":\"42\"},\"refs\":[\"customer:tier\"]}")]
    [InlineData("{\"entity\":{\"customer\":\"42\"},\"refs\":[\"customer:tier\"],\"refs\":[\"customer:plan\"]}")]
    [InlineData("{\"entity\":{\"customer\":\"42\"},\"refs\":[\"customer:tier\"],\"tenant\":\"other\"}")]
    [InlineData("{\"entity\":{\"customer\":{\"id\":{\"x\":[[[[]]]]}}},\"refs\":[\"customer:tier\"]}")]
    [InlineData("{\"entity\":{\"customer\":\"42\"},\"refs\":[\"customer:tier\"]} trailing")]
    public async Task What_is_not_the_JSON_expected_is_malformed(string json)
    {
        var (status, body) = await SendAsync(json);
        Assert.Equal((400, "request_malformed"), (status, (string?)body["code"]));
    }

    [Theory]
    [InlineData("customer", "refs_invalid")]
    [InlineData("customer:", "refs_invalid")]
    [InlineData(":tier", "refs_invalid")]
    [InlineData("customer:tier:x", "refs_invalid")]
    [InlineData("customer:*", "refs_invalid")]
    [InlineData("*:tier", "refs_invalid")]
    [InlineData("Customer:tier", "refs_invalid")]
    [InlineData("customer:tier\\n", "refs_invalid")]
    [InlineData("order:status", "entity_missing")]
    public async Task A_ref_that_is_none_is_refused(string text, string code)
    {
        var (status, body) = await SendAsync($"{{\"entity\":{{\"customer\":\"42\"}},\"refs\":[\"{text}\"]}}");
        Assert.Equal((400, code), (status, (string?)body["code"]));
    }

    [Fact]
    public async Task A_null_ref_is_refused()
    {
        var (status, body) = await SendAsync("{\"entity\":{\"customer\":\"42\"},\"refs\":[null]}");
        Assert.Equal((400, "refs_invalid"), (status, (string?)body["code"]));
    }

    [Theory]
    [InlineData("\"*\"")]
    [InlineData("\"\"")]
    [InlineData("null")]
    [InlineData("\"4 2\"")]
    [InlineData("\"../42\"")]
    [InlineData("\"42\\u0000\"")]
    public async Task An_entity_id_that_is_none_is_refused(string id)
    {
        var (status, body) = await SendAsync($"{{\"entity\":{{\"customer\":{id}}},\"refs\":[\"customer:tier\"]}}");
        Assert.Equal((400, "entity_invalid"), (status, (string?)body["code"]));
    }

    [Fact]
    public async Task Counts_and_lengths_are_bounded()
    {
        Assert.Equal(200, (await AskAsync(64)).Status);
        Assert.Equal((400, "refs_invalid"), await AskAsync(65));
        Assert.Equal((400, "refs_invalid"), await AskAsync(0));

        var many = new FeatureRequest(Enumerable.Range(0, 17).ToDictionary(i => $"v{i}", _ => "1"), ["v0:x"]);
        var (status, body) = await SendAsync(JsonSerializer.Serialize(many));
        Assert.Equal((400, "entity_invalid"), (status, (string?)body["code"]));
        (status, body) = await _service.AskAsync(_service.Mint(), new string('a', 129), "customer:tier");
        Assert.Equal((400, "entity_invalid"), (status, (string?)body["code"]));
        (status, body) = await _service.AskAsync(_service.Mint(), "42", "customer:" + new string('a', 65));
        Assert.Equal((400, "refs_invalid"), (status, (string?)body["code"]));

        async Task<(int Status, string? Code)> AskAsync(int count)
        {
            var (s, b) = await _service.AskAsync(_service.Mint(), "42", [.. Enumerable.Repeat("customer:tier", count)]);
            return (s, (string?)b["code"]);
        }
    }

    [Fact]
    public async Task A_body_over_the_limit_is_refused_by_its_length_and_while_it_arrives()
    {
        var (status, body) = await SendAsync(new string(' ', 16 * 1024 + 1));
        Assert.Equal((413, "body_too_large"), (status, (string?)body["code"]));

        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/features") { Content = new ByteArrayContent(new byte[200_000]) };
        request.Headers.TransferEncodingChunked = true;
        request.Headers.TryAddWithoutValidation(HeaderNames.Grant, _service.Mint());
        request.Content.Headers.ContentType = new("application/json");
        try
        {
            using var answer = await _service.ModelServer.SendAsync(request, TestContext.Current.CancellationToken);
            Assert.InRange((int)answer.StatusCode, 400, 413);
        }
        catch (HttpRequestException)
        {
            // The server closed the connection under the rest of the body.
        }

        Assert.Equal(200, (await _service.AskAsync(_service.Mint(), "42", "customer:tier")).Status);
    }

    [Fact]
    public async Task Each_request_leaves_one_line_without_entities_values_or_the_grant()
    {
        await using var service = await FeatureProxyService.StartAsync();
        var grant = service.Mint("other", [new FeatureGrant("customer", ["*"])]);
        await service.AskAsync(grant, "99", "customer:tier");
        await service.AskAsync(grant, "entity-never-logged", "customer:tier");
        var lines = service.Logs.Lines.Where(l => l.Contains("request_id=", StringComparison.Ordinal)).ToList();
        Assert.Equal(2, lines.Count);
        Assert.Contains("request_id=req_of_the_gateway tenant=other status=200 code=ok refs=1", lines[0], StringComparison.Ordinal);
        Assert.Contains("status=403 code=feature_not_granted", lines[1], StringComparison.Ordinal);
        Assert.All(service.Logs.Lines, line =>
        {
            Assert.DoesNotContain("platinum", line, StringComparison.Ordinal);
            Assert.DoesNotContain("entity-never-logged", line, StringComparison.Ordinal);
            Assert.DoesNotContain(grant.Split('.')[2], line, StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task It_is_healthy_and_says_how_many_rows_it_has()
    {
        using var client = new HttpClient();
        var health = await client.GetStringAsync(new Uri(_service.ManagementUrl, "/healthz"), TestContext.Current.CancellationToken);
        Assert.Contains("5 rows", health, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Its_metrics_count_answers_by_outcome_and_the_values_handed_out()
    {
        // Other tests of this process may add to them.
        await using var service = await FeatureProxyService.StartAsync();
        await service.AskAsync(service.Mint(), "42", "customer:tier", "customer:plan");
        await service.AskAsync(service.Mint(), "99", "customer:tier");
        using var client = new HttpClient();
        var metrics = await client.GetStringAsync(new Uri(service.ManagementUrl, "/metrics"), TestContext.Current.CancellationToken);
        Assert.Matches("zakenak_feature_request_duration_seconds_count\\{code=\"ok\"[^}]*\\} [1-9]", metrics);
        Assert.Matches("zakenak_feature_request_duration_seconds_count\\{code=\"feature_not_granted\"[^}]*\\} [1-9]", metrics);
        Assert.Matches("zakenak_feature_values_total(\\{[^}]*\\})? ([2-9]|[1-9][0-9])", metrics);
    }

    private Task<(int Status, System.Text.Json.Nodes.JsonNode Body)> SendAsync(string json, string contentType = "application/json") =>
        FeatureProxyService.SendAsync(_service.ModelServer, _service.Mint(), json, contentType);
}
