using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Zakenak.Audit;
using Zakenak.Contracts;
using Zakenak.ServiceDefaults;
using Zakenak.Services.Tests.ServiceDefaults;

namespace Zakenak.Services.Tests.CertAuthority;

/// <summary>Enrollment in a cluster: a service-account token, checked with the API server.</summary>
[Collection(nameof(WorkloadLifeTests))] // the process's exit code
public sealed class ServiceAccountProofTests
{
    [Fact]
    public async Task A_pods_token_gets_the_svid_of_its_service_account_and_gets_it_again()
    {
        await using var cluster = await ClusterAuthority.StartAsync();
        var token = cluster.Api.Issue(PodToken.Of(ServiceNames.Gateway));
        for (var i = 0; i < 2; i++)
        {
            var (status, _, svid) = await cluster.EnrollAsync(token);
            Assert.Equal(200, status);
            Assert.Equal("spiffe://zakenak.local/ns/serving/sa/gateway", svid!.SpiffeId);
        }
    }

    [Fact]
    public async Task Every_other_token_is_refused_with_its_code()
    {
        await using var cluster = await ClusterAuthority.StartAsync();
        var gateway = PodToken.Of(ServiceNames.Gateway);
        (PodToken Token, int Status, string Code)[] bad =
        [
            (gateway with { IsExpired = true }, 401, "token_invalid"),
            (gateway with { PodIsGone = true }, 401, "token_invalid"),
            (gateway with { Audiences = ["https://kubernetes.default.svc"] }, 401, "token_invalid"),
            (gateway with { Pod = null }, 401, "token_not_pod_bound"),
            (gateway with { Username = "kubernetes-admin" }, 401, "token_invalid"),
            (gateway with { Username = "system:node:node-1" }, 401, "token_invalid"),
            (gateway with { Username = "system:serviceaccount:serving:gateway:more" }, 401, "token_invalid"),
            (gateway with { Username = "system:serviceaccount:serving:../sa/gateway" }, 401, "token_invalid"),
            (PodToken.Of(ServiceNames.Gateway, "elsewhere"), 403, "namespace_not_allowed"),
            (PodToken.Of(ServiceNames.Gateway, "dev"), 403, "namespace_not_allowed"),
            (PodToken.Of("default"), 403, "service_not_allowed"),
            (PodToken.Of(ServiceNames.CertAuthority), 403, "service_not_allowed"),
        ];
        foreach (var (token, status, code) in bad)
        {
            Assert.Equal((status, code, null), await cluster.EnrollAsync(token));
        }

        Assert.Equal((401, "token_invalid", null), await cluster.EnrollAsync("eyJh.bm8.b25l"));
        Assert.Equal((401, "token_missing", null), await cluster.EnrollAsync((string?)null));
        cluster.Api.KnowsAudiences = false;
        Assert.Equal((401, "token_audience_wrong", null), await cluster.EnrollAsync(gateway with { Audiences = ["anybody"] }));
    }

    [Fact]
    public async Task What_is_no_jwt_is_not_worth_a_question()
    {
        await using var cluster = await ClusterAuthority.StartAsync();
        foreach (var text in (string[])["", "x", "a.b", "a..c", "a.b.c.d", "a.b c.d", "a.b.c\n", "a.b." + new string('c', 16 * 1024)])
        {
            Assert.Equal((401, "token_invalid", null), await cluster.EnrollAsync(text));
        }

        Assert.Equal(0, cluster.Api.Reviews);
    }

    [Fact]
    public async Task The_hosts_single_use_token_proves_nothing_outside_development()
    {
        await using var cluster = await ClusterAuthority.StartAsync();
        Assert.Equal((401, "token_invalid", null), await cluster.EnrollAsync(cluster.Home.Token(ns: ClusterAuthority.Namespace)));

        var e = await Assert.ThrowsAsync<OptionsValidationException>(
            () => ClusterAuthority.StartAsync(settings: ("CertAuthority:EnrollmentKeyFile", "some.key")));
        Assert.Contains("CertAuthority:EnrollmentKeyFile", e.Message);
    }

    [Fact]
    public async Task Where_a_key_signs_tokens_no_api_server_is_configured()
    {
        using var home = new AuthorityHome();
        var e = await Assert.ThrowsAsync<OptionsValidationException>(() => RunningAuthority.StartAsync(
            home, configure: b => b.Configuration.AddInMemoryCollection([new("CertAuthority:Kubernetes:Namespaces:0", "serving")])));
        Assert.Contains("CertAuthority:Kubernetes", e.Message);
    }

    [Fact]
    public async Task A_person_needs_no_pod_where_that_is_allowed_and_a_service_always_does()
    {
        await using var cluster = await ClusterAuthority.StartAsync(settings: ("CertAuthority:Kubernetes:AllowUnboundOperator", "true"));
        var person = PodToken.Of(ServiceNames.Operator) with { Pod = null };
        Assert.Equal("spiffe://zakenak.local/ns/serving/sa/operator", (await cluster.EnrollAsync(person)).Svid!.SpiffeId);
        Assert.Equal((401, "token_not_pod_bound", null), await cluster.EnrollAsync(PodToken.Of(ServiceNames.Gateway) with { Pod = null }));

        await using var strict = await ClusterAuthority.StartAsync();
        Assert.Equal((401, "token_not_pod_bound", null), await strict.EnrollAsync(person));
    }

    [Theory]
    [InlineData("CertAuthority:Kubernetes:Url", "http://127.0.0.1:1", "Url")]
    [InlineData("CertAuthority:Kubernetes:Namespaces:0", "dev", "Namespaces")]
    [InlineData("CertAuthority:Kubernetes:Namespaces:0", "a:b", "Namespaces")]
    [InlineData("CertAuthority:Kubernetes:MaxConcurrency", "0", "MaxConcurrency")]
    [InlineData("CertAuthority:Kubernetes:Timeout", "01:00:00", "Timeout")]
    public async Task A_wrong_setting_stops_the_start(string key, string value, string named)
    {
        var e = await Assert.ThrowsAsync<OptionsValidationException>(() => ClusterAuthority.StartAsync(settings: (key, value)));
        Assert.Contains("CertAuthority:Kubernetes:" + named, e.Message);
    }

    [Fact]
    public async Task Further_namespaces_enroll_where_they_are_named()
    {
        await using var cluster = await ClusterAuthority.StartAsync(settings: ("CertAuthority:Kubernetes:Namespaces:0", "team-a"));
        Assert.Equal("spiffe://zakenak.local/ns/team-a/sa/gateway", (await cluster.EnrollAsync(PodToken.Of(ServiceNames.Gateway, "team-a"))).Svid!.SpiffeId);
        Assert.Equal((403, "namespace_not_allowed", null), await cluster.EnrollAsync(PodToken.Of(ServiceNames.Gateway)));
    }

    [Fact]
    public async Task An_api_server_that_gives_no_usable_answer_means_no_certificate_and_a_reason_in_the_log()
    {
        using var logs = new RecordedLog();
        await using var cluster = await ClusterAuthority.StartAsync(configure: b => b.Logging.AddProvider(logs));
        var token = cluster.Api.Issue(PodToken.Of(ServiceNames.Gateway));

        cluster.Api.IsAuthorized = false;
        Assert.Equal((503, "review_refused", null), await cluster.EnrollAsync(token));
        Assert.Contains("(403): a role binding is missing", await logs.WaitForAsync("Could not review"));
        cluster.Api.IsAuthorized = true;

        cluster.Api.ReviewerToken = "rotated.reviewer.token";
        Assert.Equal((503, "review_refused", null), await cluster.EnrollAsync(token));
        await logs.WaitForAsync("own token (401)");
        await File.WriteAllTextAsync(cluster.ReviewerTokenFile, cluster.Api.ReviewerToken);
        Assert.Equal(200, (await cluster.EnrollAsync(token)).Status); // read anew

        (Func<HttpContext, Task> Answer, string Code)[] wrong =
        [
            (c => c.Response.WriteAsync("{"), "review_malformed"),
            (c => c.Response.WriteAsync("[]"), "review_malformed"),
            (c => c.Response.WriteAsync("null"), "review_malformed"),
            (c => c.Response.WriteAsync("{\"kind\":\"Status\",\"status\":\"Success\"}"), "review_malformed"),
            (c => c.Response.WriteAsync("{\"kind\":\"TokenReview\",\"status\":{\"authenticated\":\"true\"}}"), "review_malformed"),
            (c => c.Response.WriteAsync(new string(' ', 300 * 1024)), "review_malformed"),
            (c => ApiServerStandIn.FailAsync(c, 500, "InternalError", "Internal error occurred: etcdserver: request timed out"), "review_unavailable"),
            (c => { c.Response.Redirect("https://127.0.0.1:1/"); return Task.CompletedTask; }, "review_unavailable"),
            (c => { c.Abort(); return Task.CompletedTask; }, "review_unavailable"),
        ];
        foreach (var (answer, code) in wrong)
        {
            cluster.Api.Interfere = async c =>
            {
                await answer(c);
                return true;
            };
            Assert.Equal((503, code, null), await cluster.EnrollAsync(token));
        }

        cluster.Api.Interfere = null;
        Assert.Equal(200, (await cluster.EnrollAsync(token)).Status);
        File.Delete(cluster.ReviewerTokenFile);
        Assert.Equal((503, "review_unavailable", null), await cluster.EnrollAsync(token));
    }

    [Fact]
    public async Task An_api_server_that_hangs_is_not_waited_for_longer_than_is_configured()
    {
        using var logs = new RecordedLog();
        await using var cluster = await ClusterAuthority.StartAsync(configure: b => b.Logging.AddProvider(logs), settings: ("CertAuthority:Kubernetes:Timeout", "00:00:01"));
        cluster.Api.Interfere = async c =>
        {
            await Task.Delay(Timeout.Infinite, c.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return true;
        };
        Assert.Equal((503, "review_unavailable", null), await cluster.EnrollAsync(PodToken.Of(ServiceNames.Gateway)));
        await logs.WaitForAsync("did not answer within 1 s");
    }

    [Fact]
    public async Task An_api_server_that_asks_to_come_back_later_is_passed_on()
    {
        await using var cluster = await ClusterAuthority.StartAsync();
        cluster.Api.Interfere = async c =>
        {
            c.Response.StatusCode = 429; // as its priority and fairness answers: plain text
            c.Response.Headers.RetryAfter = "7";
            await c.Response.WriteAsync("Too many requests, please try again later.");
            return true;
        };
        using var handler = WorkloadHttpHandler.CreateAnonymous(cluster.Authority.Anchors, ClusterAuthority.Id);
        using var client = new HttpClient(handler) { BaseAddress = cluster.Authority.Url };
        using var answer = await client.PostAsync("/v1/svid", new StringContent($$"""{"csr":"x","token":"{{cluster.Api.Issue(PodToken.Of(ServiceNames.Gateway))}}"}""", Encoding.UTF8, "application/json"));
        Assert.Equal((503, 7.0), ((int)answer.StatusCode, answer.Headers.RetryAfter?.Delta?.TotalSeconds));
    }

    [Fact]
    public async Task A_token_is_shown_to_nobody_but_the_api_server()
    {
        // Of the right CA, under another name; and under the right name, of another CA.
        await using (var misnamed = await ClusterAuthority.StartAsync("elsewhere.example"))
        {
            Assert.Equal((503, "review_unavailable", null), await misnamed.EnrollAsync(PodToken.Of(ServiceNames.Gateway)));
            Assert.Equal(0, misnamed.Api.Reviews);
        }

        await using var impostor = await ApiServerStandIn.StartAsync();
        using var logs = new RecordedLog();
        await using var cluster = await ClusterAuthority.StartAsync(
            configure: b => b.Logging.AddProvider(logs), settings: ("CertAuthority:Kubernetes:Url", impostor.Url.GetLeftPart(UriPartial.Authority)));
        Assert.Equal((503, "review_unavailable", null), await cluster.EnrollAsync(PodToken.Of(ServiceNames.Gateway)));
        Assert.Equal(0, impostor.Reviews);
        await logs.WaitForAsync("by a root of CertAuthority:Kubernetes:CaFile");
    }

    [Fact]
    public async Task Only_so_many_tokens_are_reviewed_at_once()
    {
        await using var cluster = await ClusterAuthority.StartAsync(settings: ("CertAuthority:Kubernetes:MaxConcurrency", "2"));
        var token = cluster.Api.Issue(PodToken.Of(ServiceNames.Gateway));
        var before = cluster.Api.Reviews;
        var answers = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => cluster.EnrollAsync(token)));
        Assert.All(answers, a => Assert.Equal(200, a.Status));
        Assert.Equal(12, cluster.Api.Reviews - before);
        Assert.InRange(cluster.Api.MostAtOnce, 1, 2);
    }

    [Fact]
    public async Task The_audit_log_names_account_and_pod_and_neither_it_nor_the_log_has_a_token()
    {
        using var logs = new RecordedLog();
        await using var cluster = await ClusterAuthority.StartAsync(configure: b => b.Logging.AddProvider(logs).SetMinimumLevel(LogLevel.Trace));
        string[] tokens = [cluster.Api.Issue(PodToken.Of(ServiceNames.Gateway)), cluster.Api.Issue(PodToken.Of(ServiceNames.Gateway, "elsewhere")), cluster.Api.Issue(PodToken.Of("x") with { IsExpired = true })];
        foreach (var token in tokens)
        {
            await cluster.EnrollAsync(token);
        }

        cluster.Api.Interfere = async c =>
        {
            using var reader = new StreamReader(c.Request.Body);
            await ApiServerStandIn.FailAsync(c, 400, "BadRequest", "cannot decode " + await reader.ReadToEndAsync());
            return true;
        };
        await cluster.EnrollAsync(tokens[0]);
        await cluster.Authority.Services.GetRequiredService<AuditLog>().DisposeAsync();
        var audit = string.Concat(Directory.GetFiles(Path.Combine(cluster.Home.Directory, "audit"), "*.jsonl").Select(File.ReadAllText));
        Assert.Contains("system:serviceaccount:serving:gateway pod gateway-7d4b9c-x2x7k/5f0c3a52-6d5e-4c0e-9f59-7d1f6f0d2a11", audit);
        Assert.Contains("service-account", audit);
        Assert.Contains("namespace_not_allowed", audit);
        Assert.Contains("token_invalid", audit);
        Assert.Contains("review_unavailable", audit);
        foreach (var secret in tokens.Select(t => t.Split('.')[1]).Append(cluster.Api.ReviewerToken))
        {
            Assert.DoesNotContain(secret, audit);
            Assert.DoesNotContain(logs.Lines, l => l.Contains(secret, StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task A_service_whose_token_is_refused_waits_for_the_kubelets_next_one_and_enrolls_again_after_its_svid_expired()
    {
        var clock = new ForwardClock();
        await using var cluster = await ClusterAuthority.StartAsync();
        var tokenFile = Path.Combine(cluster.Home.Root, "projected.token");
        var expired = PodToken.Of(ServiceNames.ModelServer);
        await File.WriteAllTextAsync(tokenFile, cluster.Api.Issue(expired with { IsExpired = true }));
        await using var service = await EnrolledService.StartAsync(cluster.Home, cluster.Authority.Url, ServiceNames.ModelServer, tokenFile,
            b =>
            {
                b.Configuration.AddInMemoryCollection([new("Service:Namespace", ClusterAuthority.Namespace)]);
                b.Services.AddSingleton<TimeProvider>(clock);
            });
        await Eventually.IsTrueAsync(() => cluster.Api.Reviews > 1, "it asks again");
        Assert.False(service.Stopping.IsCancellationRequested);
        Assert.False(service.Identity.IsEnrolled);

        await File.WriteAllTextAsync(tokenFile, cluster.Api.Issue(expired));
        var first = await service.EnrolledAsync();
        Assert.True(File.Exists(tokenFile));
        var reviews = cluster.Api.Reviews;
        await clock.PutForwardAsync(TimeSpan.FromMinutes(37));
        await Eventually.IsTrueAsync(() => service.Identity.Current != first, "it renews");
        Assert.Equal(reviews, cluster.Api.Reviews); // by certificate
    }
}
