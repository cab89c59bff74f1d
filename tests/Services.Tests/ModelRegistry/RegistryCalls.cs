using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Zakenak.Contracts;

namespace Zakenak.Services.Tests.ModelRegistry;

/// <summary>The registry's routes as a client calls them, with nothing hidden.</summary>
internal static class RegistryCalls
{
    public static async Task<(int Status, string? Code, UploadState? State)> BeginAsync(this HttpClient client, byte[] content, string? digest = null, long? bytes = null)
    {
        using var answer = await client.PostAsJsonAsync("/v1/uploads", new UploadRequest(digest ?? PushedModel.DigestOf(content), bytes ?? content.Length));
        return ((int)answer.StatusCode, await CodeOfAsync(answer), answer.IsSuccessStatusCode ? await answer.Content.ReadFromJsonAsync<UploadState>() : null);
    }

    public static async Task<(int Status, string? Code, long? Offset)> PatchAsync(this HttpClient client, string location, long offset, HttpContent content)
    {
        using var request = new HttpRequestMessage(HttpMethod.Patch, location) { Content = content };
        request.Headers.Add(HeaderNames.UploadOffset, offset.ToString(System.Globalization.CultureInfo.InvariantCulture));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/offset+octet-stream");
        using var answer = await client.SendAsync(request);
        return ((int)answer.StatusCode, await CodeOfAsync(answer), OffsetOf(answer));
    }

    public static Task<(int Status, string? Code, long? Offset)> PatchAsync(this HttpClient client, string location, long offset, byte[] content) =>
        client.PatchAsync(location, offset, new ByteArrayContent(content));

    public static async Task<(int Status, long? Offset)> HeadAsync(this HttpClient client, string location)
    {
        using var request = new HttpRequestMessage(HttpMethod.Head, location);
        using var answer = await client.SendAsync(request);
        return ((int)answer.StatusCode, OffsetOf(answer));
    }

    public static async Task UploadAsync(this HttpClient client, byte[] content)
    {
        var begun = await client.BeginAsync(content);
        if (begun.State!.Location is { } location)
        {
            Assert.Equal(201, (await client.PatchAsync(location, begun.State.Offset, content[(int)begun.State.Offset..])).Status);
        }
    }

    /// <summary>All files and the version.</summary>
    public static async Task<(int Status, string? Code, VersionDocument? Version)> PushAsync(this HttpClient client, PushedModel model)
    {
        foreach (var content in model.Files.Values)
        {
            await client.UploadAsync(content);
        }

        return await client.PutAsync(model.Address, model.Request);
    }

    public static async Task<(int Status, string? Code, VersionDocument? Version)> PutAsync(this HttpClient client, string address, PushVersionRequest request)
    {
        using var answer = await client.PutAsJsonAsync(address, request);
        return await ReadAsync(answer);
    }

    public static async Task<(int Status, string? Code, VersionDocument? Version)> PostAsync(this HttpClient client, string address, byte[] envelope)
    {
        using var content = new ByteArrayContent(envelope);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using var answer = await client.PostAsync(address, content);
        return await ReadAsync(answer);
    }

    public static async Task<(int Status, string? Code, VersionDocument? Version)> GetVersionAsync(this HttpClient client, string address)
    {
        using var answer = await client.GetAsync(address);
        return await ReadAsync(answer);
    }

    public static async Task<string?> CodeOfAsync(HttpResponseMessage answer)
    {
        if (answer.Content.Headers.ContentType?.MediaType != "application/problem+json")
        {
            Assert.True((int)answer.StatusCode < 400 || answer.RequestMessage!.Method == HttpMethod.Head, $"{answer.StatusCode} without a problem");
            return null;
        }

        using var problem = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        return problem.RootElement.GetProperty("code").GetString();
    }

    private static long? OffsetOf(HttpResponseMessage answer) =>
        answer.Headers.TryGetValues(HeaderNames.UploadOffset, out var values) ? long.Parse(values.Single(), System.Globalization.CultureInfo.InvariantCulture) : null;

    private static async Task<(int Status, string? Code, VersionDocument? Version)> ReadAsync(HttpResponseMessage answer) =>
        ((int)answer.StatusCode, await CodeOfAsync(answer), answer.IsSuccessStatusCode ? await answer.Content.ReadFromJsonAsync<VersionDocument>() : null);
}
