using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Zakenak.Engine;
using Zakenak.ModelServer.Fetching;
using Zakenak.ModelServer.Loading;
using Zakenak.ModelServer.Trust;
using Zakenak.ModelTrust.Signing;
using Zakenak.ModelTrust.Stages;
using Zakenak.RandomModel;
using Zakenak.ServiceDefaults;
using Zakenak.Services.Tests.ModelServer.Completions;
using static Zakenak.Services.Tests.ModelServer.TestModelServer;

namespace Zakenak.Services.Tests.ModelServer.Loading;

public class ModelLoadingTests
{
    [Fact]
    public async Task A_signed_model_answers_and_goes_on_to_when_its_file_is_overwritten_in_place()
    {
        await using var model = await SignedTinyModel.CreateAsync();
        await using var server = await StartAsync((FakeSource?)null, model.Settings);
        var before = await AskAsync(server, "What is a signature?");

        // In place: the same file, not a new one of the same name. All of it, weights included.
        var length = new FileInfo(model.Gguf).Length;
        await using (var file = new FileStream(model.Gguf, FileMode.Open, FileAccess.Write))
        {
            var noise = new byte[length];
            new Random(1).NextBytes(noise);
            await file.WriteAsync(noise);
        }

        Assert.Equal(before, await AskAsync(server, "What is a signature?"));
        var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(i => AskAsync(server, $"Question {i}")));
        Assert.All(answers, answer => Assert.NotEmpty(answer));
        Assert.True((await server.HealthAsync()).Healthy);

        // A restart reads the file anew and refuses it.
        await using var restarted = await StartUnreadyAsync(null, model.Settings);
        await NeverReadyAsync(restarted, "digest_mismatch");
    }

    public static TheoryData<string, string> Defects => new()
    {
        { "one_flipped_byte", "digest_mismatch" },
        { "truncated", "digest_mismatch" },
        { "truncated_and_signed", "gguf_malformed" },
        { "no_signature", "signature_missing" },
        { "another_name_in_the_signature", "subject_mismatch" },
        { "another_version_in_the_signature", "subject_mismatch" },
        { "a_signer_nobody_allowed", "signer_not_allowed" },
        { "a_policy_that_does_not_allow_the_signer", "signer_not_allowed" },
        { "no_policy", "policy_missing" },
        { "a_policy_that_was_changed", "policy_invalid" },
        { "an_unlisted_file", "unlisted_file" },
        { "no_folder", "fetch_incomplete" },
        { "a_fetch_that_did_not_finish", "fetch_incomplete" },
        { "no_approval", "approval_missing" },
        { "an_approval_by_somebody_else", "signer_not_allowed" },
        { "an_approval_that_ended", "approval_expired" },
        { "another_stage", "stage_not_approved" },
        { "a_revocation", "revoked" },
        { "an_approval_of_other_bytes", "statement_invalid" },
    };

    [Theory, MemberData(nameof(Defects))]
    public async Task A_model_with_a_defect_never_becomes_ready_and_says_why(string defect, string code)
    {
        await using var model = await SignedTinyModel.CreateAsync();
        Spoil(model, defect);
        await using var server = await StartUnreadyAsync(null, model.Settings);

        await NeverReadyAsync(server, code);
    }

    [Fact]
    public async Task A_model_without_a_chat_template_is_refused()
    {
        await using var model = await SignedTinyModel.CreateAsync(Tokenizer.Bytes(chatTemplate: null));
        await using var server = await StartUnreadyAsync(null, model.Settings);

        await NeverReadyAsync(server, "chat_template_unknown");
    }

    [Fact]
    public async Task A_model_whose_chat_template_is_out_of_the_subset_is_refused_with_the_line_and_column()
    {
        await using var model = await SignedTinyModel.CreateAsync(Tokenizer.Bytes(chatTemplate: "{{ messages[0].content }}\n {% include 'other' %}"));
        await using var server = await StartUnreadyAsync(null, model.Settings);

        await NeverReadyAsync(server, "chat_template_unsupported");
        Assert.Contains(server.Logs.Lines, line => line.Contains("line 2, column 2: the tag 'include'", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_temperature_that_the_file_recommends_reaches_the_engine_unless_the_client_names_another()
    {
        await using var model = await SignedTinyModel.CreateAsync(recommendedTemperature: 0);
        await using var server = await StartAsync((FakeSource?)null, model.Settings);

        // Greedily a seed changes nothing; at temperature 1 a random model writes something else with each.
        Assert.Single(await DistinctAsync());
        Assert.InRange((await DistinctAsync(("temperature", 1))).Count, 2, 4);

        async Task<HashSet<string>> DistinctAsync(params (string Key, object? Value)[] sampling)
        {
            var texts = new HashSet<string>();
            for (var seed = 1; seed <= 4; seed++)
            {
                var body = Body("Why?", [("model", "tiny:v1"), ("max_tokens", 16), ("seed", seed), .. sampling]);
                var answer = await server.AskAsync(body, Mint(Grant(model: "tiny:v1")));
                texts.Add(answer.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString()!);
            }

            return texts;
        }
    }

    [Fact]
    public async Task A_recommendation_out_of_range_is_ignored_and_named_in_the_log()
    {
        await using var model = await SignedTinyModel.CreateAsync(recommendedTemperature: float.NaN);
        await using var server = await StartAsync((FakeSource?)null, model.Settings);

        Assert.Single(server.Logs.Lines, line => line.StartsWith("Warning", StringComparison.Ordinal) && line.Contains("Ignored general.sampling.temp ", StringComparison.Ordinal));
        Assert.Single(server.Logs.Lines, line => line.Contains("temperature 1 and top_p 1 by default", StringComparison.Ordinal));
    }

    [Fact]
    public async Task While_a_model_is_loaded_the_server_says_so()
    {
        var loaded = new TaskCompletionSource();
        await using var server = await StartUnreadyAsync(new FakeSource(new FakeBackend(), loaded.Task));

        var (healthy, body) = await server.HealthAsync();
        Assert.False(healthy);
        Assert.Contains("model_loading", body, StringComparison.Ordinal);
        using var list = JsonDocument.Parse(await server.Client.GetStringAsync("/v1/models"));
        Assert.Equal(0, list.RootElement.GetProperty("data").GetArrayLength());
        await CallerTests.RefusedAsync(server.SendAsync(Body("hi")), HttpStatusCode.ServiceUnavailable, "model_loading");

        loaded.SetResult();
        await server.UntilAsync(async () => (await server.HealthAsync()).Healthy);
        Assert.Equal(HttpStatusCode.OK, (await server.SendAsync(Body("hi"))).StatusCode);
    }

    [Fact]
    public async Task A_model_is_ready_once_it_was_warmed_up()
    {
        using var warm = new ManualResetEventSlim();
        using var warming = new ManualResetEventSlim();
        var backend = new FakeBackend
        {
            BeforeDecode = () =>
            {
                warming.Set();
                return warm.Wait(Patience) ? null : DecodeStatus.Failed;
            },
        };
        await using var server = await StartUnreadyAsync(new FakeSource(backend));
        await server.UntilAsync(() => warming.IsSet);

        Assert.Contains("model_loading", (await server.HealthAsync()).Body, StringComparison.Ordinal);
        await CallerTests.RefusedAsync(server.SendAsync(Body("hi")), HttpStatusCode.ServiceUnavailable, "model_loading");

        warm.Set();
        await server.UntilAsync(async () => (await server.HealthAsync()).Healthy);
        Assert.Equal(64, Assert.Single(backend.Batches).Length);
        Assert.Equal(0, backend.UsedCells);
    }

    [Fact]
    public async Task Threads_and_GPUs_are_as_configured_and_one_core_is_left_free_by_default()
    {
        await using var server = await StartAsync(
            new FakeBackend(), ("Engine:Threads", "3"), ("Engine:GpuLayers", "12"), ("Engine:TensorSplit:0", "3"), ("Engine:TensorSplit:1", "1"));
        var options = server.Services.GetRequiredService<IOptions<EngineOptions>>().Value;

        Assert.Equal((3, 12, null), (options.Threads, options.GpuLayers, options.MainGpu));
        Assert.Equal([3, 1], options.TensorSplit!);
        Assert.Equal(Math.Max(1, Environment.ProcessorCount - 1), new EngineOptions().Threads);
    }

    [Fact]
    public async Task Stopping_waits_for_the_answer_under_way()
    {
        using var step = new SemaphoreSlim(0);
        var backend = new FakeBackend();
        var server = await StartAsync(backend);
        backend.BeforeDecode = () => step.Wait(Patience) ? null : DecodeStatus.Failed;
        step.Release(2);
        using var response = await server.SendAsync(Body("a last word", ("stream", true)));
        var stopping = server.DisposeAsync(keepClients: true).AsTask();
        await server.UntilAsync(() => server.Lifetime.ApplicationStopping.IsCancellationRequested);
        Assert.False(stopping.IsCompleted);
        step.Release(100);
        var events = await response.Content.ReadAsStringAsync();

        Assert.EndsWith("data: [DONE]\n\n", events, StringComparison.Ordinal);
        await stopping.WaitAsync(Patience);
        Assert.True(backend.Disposed);
    }

    [Fact]
    public async Task A_digest_that_is_not_the_pinned_one_is_refused()
    {
        await using var model = await SignedTinyModel.CreateAsync();
        await using var pinned = await StartAsync((FakeSource?)null, [.. model.Settings, ("Model:Digest", model.Digest)]);
        await using var other = await StartUnreadyAsync(null, [.. model.Settings, ("Model:Digest", TestTrust.Digest)]);

        await NeverReadyAsync(other, "digest_not_pinned");
    }

    [Theory]
    [InlineData("dev", null)]
    [InlineData("prod", "development_signer")]
    public async Task A_development_signer_counts_in_namespace_dev_only(string workloadNamespace, string? code)
    {
        await using var model = await SignedTinyModel.CreateAsync();
        model.Trust.WritePolicy(isDevelopmentSigner: true);
        var options = Options.Create(new ModelOptions { Directory = model.Destination, Name = "tiny", Version = "v1" });
        var trust = new TrustState(
            Options.Create(new TrustOptions { PolicyFile = model.Trust.PolicyFile, PolicyRootFile = model.Trust.PolicyRootFile }),
            options,
            new ServiceContext("model-server", Options.Create(new ServiceOptions { Namespace = workloadNamespace })),
            TimeProvider.System,
            NullLogger<TrustState>.Instance);
        var folder = new FetchedFolder(
            options,
            Options.Create(new RegistryOptions()),
            Options.Create(new EngineOptions { ContextTokens = 1024, MaxSequences = 4, BatchTokens = 128, Threads = 1 }),
            trust,
            TimeProvider.System,
            NullLogger<FetchedFolder>.Instance);

        var opening = folder.Open(TestContext.Current.CancellationToken);

        Assert.Equal(code, opening.Refusal?.Code);
        opening.Model?.Dispose();
    }

    [Fact]
    public async Task A_statement_that_was_superseded_does_not_come_back_after_a_restart()
    {
        await using var model = await SignedTinyModel.CreateAsync();
        var first = File.ReadAllBytes(Path.Combine(model.Destination, "stage.json"));
        File.WriteAllBytes(Path.Combine(model.Destination, "stage.json"), model.Trust.Stage(2, model: "tiny:v1", digest: model.Digest));
        await (await StartAsync((FakeSource?)null, model.Settings)).DisposeAsync();

        File.WriteAllBytes(Path.Combine(model.Destination, "stage.json"), first);
        await using var server = await StartUnreadyAsync(null, model.Settings);
        await NeverReadyAsync(server, "statement_replayed");
    }

    private static void Spoil(SignedTinyModel model, string defect)
    {
        switch (defect)
        {
            case "one_flipped_byte":
                using (var file = new FileStream(model.Gguf, FileMode.Open, FileAccess.ReadWrite))
                {
                    file.Position = file.Length / 2;
                    var value = file.ReadByte();
                    file.Position--;
                    file.WriteByte((byte)(value ^ 1));
                }

                break;
            case "truncated":
                Truncate(model);
                break;
            case "truncated_and_signed":
                Truncate(model);
                model.Sign();
                break;
            case "no_signature":
                File.Delete(model.Signature);
                break;
            case "another_name_in_the_signature":
                model.Sign("other:v1");
                break;
            case "another_version_in_the_signature":
                model.Sign("tiny:v2");
                break;
            case "a_signer_nobody_allowed":
                using (var stranger = SigningKey.Create(SigningCurve.P256))
                {
                    model.Sign(key: stranger);
                }

                break;
            case "a_policy_that_does_not_allow_the_signer":
                model.Trust.WritePolicy(allowsSigner: false);
                break;
            case "no_policy":
                File.Delete(model.Trust.PolicyFile);
                break;
            case "a_policy_that_was_changed":
                File.AppendAllText(model.Trust.PolicyFile, " ");
                break;
            case "a_fetch_that_did_not_finish":
                File.Delete(Path.Combine(model.Destination, "fetched.json"));
                break;
            case "no_approval":
                File.Delete(Path.Combine(model.Destination, "stage.json"));
                break;
            case "an_approval_by_somebody_else":
                model.Stage(approver: model.Trust.Signer);
                break;
            case "an_approval_that_ended":
                model.Stage(issued: DateTimeOffset.UtcNow.AddDays(-31));
                break;
            case "another_stage":
                model.Stage(ModelStage.Staging);
                break;
            case "a_revocation":
                model.Stage(revoked: true);
                break;
            case "an_approval_of_other_bytes":
                var approval = File.ReadAllBytes(Path.Combine(model.Destination, "stage.json"));
                File.WriteAllText(Path.Combine(model.Directory, "README.md"), "more");
                model.Sign();
                File.WriteAllBytes(Path.Combine(model.Destination, "stage.json"), approval);
                break;
            case "an_unlisted_file":
                File.WriteAllText(Path.Combine(model.Directory, "more.txt"), "more");
                break;
            case "no_folder":
                Directory.Delete(model.Destination, recursive: true);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(defect));
        }
    }

    private static void Truncate(SignedTinyModel model)
    {
        using var file = new FileStream(model.Gguf, FileMode.Open, FileAccess.Write);
        file.SetLength(file.Length / 2);
    }

    private static async Task NeverReadyAsync(TestModelServer server, string code)
    {
        await server.UntilAsync(async () => !(await server.HealthAsync()).Body.Contains("model_loading:", StringComparison.Ordinal));
        var (healthy, body) = await server.HealthAsync();

        Assert.False(healthy);
        Assert.Contains(code + ": ", body, StringComparison.Ordinal);
        Assert.Contains(server.Logs.Lines, line => line.StartsWith("Error", StringComparison.Ordinal) && line.Contains($"Refused the model ({code})", StringComparison.Ordinal));
        await CallerTests.RefusedAsync(server.SendAsync(Body("hi", ("model", "tiny"))), HttpStatusCode.ServiceUnavailable, code);

        // It stays up to say so: a restart would only read the same bytes again.
        Assert.False(server.Lifetime.ApplicationStopping.IsCancellationRequested);
    }

    private static async Task<string> AskAsync(TestModelServer server, string text)
    {
        var answer = await server.AskAsync(Body(text, ("model", "tiny:v1"), ("temperature", 0), ("max_tokens", 16)), Mint(Grant(model: "tiny:v1")));
        Assert.InRange(answer.GetProperty("usage").GetProperty("completion_tokens").GetInt32(), 1, 16);
        return answer.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString()!;
    }
}
