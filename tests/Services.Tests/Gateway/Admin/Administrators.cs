using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Zakenak.Contracts;
using Zakenak.Gateway.Admin;
using Zakenak.ServiceDefaults;
using Zakenak.Services.Tests.ServiceDefaults;

namespace Zakenak.Services.Tests.Gateway.Admin;

/// <summary>Who may administer the gateways of tests, and how they do.</summary>
internal static class Administrators
{
    public const string Writer = "spiffe://zakenak.local/ns/dev/sa/operator";
    public const string Reader = "spiffe://zakenak.local/ns/dev/sa/auditor";

    public static (string Key, string Value)[] Named { get; } = [("Admin:Writers:0", Writer), ("Admin:Readers:0", Reader)];

    public static Uri UrlOf(GatewayHost gateway) => gateway.Services.GetRequiredService<AdminListener>().Url;

    /// <summary>A client that holds an identity, of whatever namespace, and expects the gateway of ours.</summary>
    public static HttpClient ClientOf(GatewayHost gateway, TestTrustDomain domain, string service = "operator", string ns = "dev") => new(WorkloadHttpHandler.Create(
        new WorkloadIdentityUnder(SpiffeId.ForService(TestTrustDomain.Name, "dev", service), domain.CreateIdentity(service, ns)), ServiceNames.Gateway))
    {
        BaseAddress = UrlOf(gateway),
    };

    public static async Task KillAsync(this HttpClient admin, string kind, string value)
    {
        using var answer = await admin.PostAsJsonAsync("/admin/v1/kills", new KillOrder(kind, value, "a test"));
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
    }

    public static async Task LetGoOnAsync(this HttpClient admin, string kind, string value)
    {
        using var answer = await admin.DeleteAsync($"/admin/v1/kills?kind={kind}&value={Uri.EscapeDataString(value)}");
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
    }

    public static async Task<string?> CodeOf(HttpResponseMessage answer) =>
        JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement.GetProperty("code").GetString();
}
