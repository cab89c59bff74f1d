using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Zakenak.Services.Tests.ServiceDefaults;

namespace Zakenak.AppHost.Tests.Manifests;

/// <summary>The way of docs/deploy.md through a lab of one machine, from nothing to an answer.</summary>
public class LabTests(PublishedSuite suite) : IClassFixture<PublishedSuite>
{
    [Fact]
    public async Task A_lab_goes_from_nothing_to_an_answer_as_the_document_says()
    {
        await using var lab = await Lab.PrepareAsync(suite);
        lab.WriteApiKey();
        await MakePolicyAsync(lab);

        await lab.UpAsync("cert-authority");
        await lab.UpAsync("model-registry");

        // Nothing was pushed: who waits for the fetch does not start.
        var (code, _, errors) = await lab.RunAsync("fetch");
        Assert.Equal((3, true), (code, errors.Contains("version_not_found", StringComparison.Ordinal)));

        await AsOperatorAsync(lab, "identity", "enroll", "--authority", "https://cert-authority-service:8443", "--trust-anchors", "/run/zakenak/trust/bundle.pem",
            "--namespace", "lab", "--enrollment-key", "/run/zakenak/identity/key", "--dest", "me");
        await AsOperatorAsync(lab, "model", "push", "v1", "--promote", "Approved", "--key", "signer.pem", "--policy", "policy.json", "--policy-root", "root.pub.pem",
            "--registry", "https://model-registry-service:8443", "--identity-cert", "me/cert.pem", "--identity-key", "me/key.pem", "--trust-anchors", "me/roots.pem");

        var fetched = await lab.RunAsync("fetch");
        Assert.True(fetched.ExitCode == 0, fetched.Errors);
        await lab.UpAsync("feature-proxy");
        await lab.UpAsync("model-server", ("Engine__Threads", "1"));
        await lab.UpAsync("gateway");

        using var client = lab.CreateClient();
        await AskAsync(client);

        // A rollout takes the one pod of each of these away before the next one comes: meanwhile models are served.
        Assert.Equal(0, await lab.StopAsync("model-registry"));
        Assert.Equal(0, await lab.StopAsync("cert-authority"));
        await AskAsync(client);
        await lab.UpAsync("cert-authority");
        await lab.UpAsync("model-registry");
        await AskAsync(client);

        // The operator administers it too, at a port that is not published.
        await AsOperatorAsync(lab, "kill", "add", "tenant", "lab", "--gateway", "https://gateway-service:8444", "--identity-cert", "me/cert.pem", "--identity-key", "me/key.pem", "--trust-anchors", "me/roots.pem");
        await Eventually.IsTrueAsync(async () => (await client.GetAsync("/v1/models")).StatusCode == HttpStatusCode.Forbidden, "the tenant is stopped");
        Assert.All(await lab.DownAsync(), ended => Assert.Equal(0, ended));

        // What the gateway did outlives it, on the folder that is its volume.
        await lab.CliAsync("audit", "verify", "state/gateway/gateway/audit", "--public-key", "state/gateway/gateway/audit-key/key.pub.pem", "--name", "gateway");
        Assert.Contains("\"route\":\"/v1/chat/completions\"", string.Concat(Directory.GetFiles(Path.Combine(lab.Folder, "state/gateway/gateway/audit"), "audit-*.jsonl").Select(File.ReadAllText)), StringComparison.Ordinal);
    }

    private static async Task AskAsync(HttpClient client)
    {
        using var answer = await client.PostAsJsonAsync("/v1/chat/completions", new { model = "guide:v1", max_tokens = 32, messages = new[] { new { role = "user", content = "What is Zakenak?" } } });
        var body = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == HttpStatusCode.OK, body);
        Assert.Contains("Zakenak", (string)JsonNode.Parse(body)!["choices"]![0]!["message"]!["content"]!, StringComparison.Ordinal);
    }

    // Signer, root and policy on the machine; what the operator needs goes into the folder that is mounted for it.
    private static async Task MakePolicyAsync(Lab lab)
    {
        await lab.CliAsync("key", "create", "--out", "signer.pem");
        await lab.CliAsync("key", "create", "--out", "root.pem");
        await lab.CliAsync("policy", "create", "--out", "policy/policy.json", "--signer", "signer.pub.pem", "--operator", "spiffe://zakenak.local/ns/lab/sa/operator");
        await lab.CliAsync("policy", "sign", "policy/policy.json", "--key", "root.pem");
        File.Copy(In("root.pub.pem"), In("policy-root/policy-root.pem"));
        Directory.CreateDirectory(In("operator/v1"));
        foreach (var file in Directory.GetFiles(Path.Combine(PublishedSuite.Repository, "models/guide/v1")).Where(file => !file.EndsWith(".sig", StringComparison.Ordinal)))
            File.Copy(file, In("operator/v1/" + Path.GetFileName(file)));
        await lab.CliAsync("model", "sign", "operator/v1", "--key", "signer.pem", "--name", "guide:v1");
        foreach (var file in new[] { "signer.pem", "root.pub.pem", "policy/policy.json", "policy/policy.json.sig" })
            File.Copy(In(file), In("operator/" + Path.GetFileName(file)));

        string In(string path) => Path.Combine(lab.Folder, path);
    }

    private static async Task AsOperatorAsync(Lab lab, params string[] command)
    {
        var (code, output, errors) = await lab.RunAsync("operator", command);
        Assert.True(code == 0, output + errors);
    }
}
