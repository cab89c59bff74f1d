using System.Text.Json;
using Zakenak.Audit;
using Zakenak.Contracts;
using Zakenak.ModelTrust;

namespace Zakenak.Cli.ApiKeys;

/// <summary>A file of keys; a gateway that reads it hears of changes by itself.</summary>
internal sealed class FileKeeper(string path) : IApiKeyKeeper
{
    public Task<Result<ApiKeyCreated>> CreateAsync(ApiKeyOrder order, CancellationToken cancellationToken)
    {
        var created = order.Make(DateTimeOffset.UtcNow);
        return Task.FromResult(created.Item.Fault() is var (member, what)
            ? new Refusal(ApiKeyCodes.Invalid, $"'{member}' {what}.")
            : Guarded<ApiKeyCreated>(() =>
            {
                DurableFiles.EditSecret(path, text => ApiKeyDocument.Add(text, created.Item));
                return created;
            }));
    }

    public Task<Result<ApiKeyListing>> ListAsync(CancellationToken cancellationToken) => Task.FromResult(Guarded<ApiKeyListing>(() =>
        new ApiKeyListing([.. ApiKeyDocument.Read(File.ReadAllText(path)).Select(key => key with { Sha256 = null })], Shared: false)));

    public Task<Result<ApiKeyItem>> RevokeAsync(string id, CancellationToken cancellationToken) => Task.FromResult(Guarded<ApiKeyItem>(() =>
    {
        DurableFiles.EditSecret(path, text => ApiKeyDocument.Revoke(text, id, DateTimeOffset.UtcNow));
        return File.Exists(path) && ApiKeyDocument.Read(File.ReadAllText(path)).FirstOrDefault(key => key.Id == id) is { } item
            ? item with { Sha256 = null }
            : new Refusal(ApiKeyCodes.NotFound, $"{path} has no key of this id.");
    }));

    private Result<T> Guarded<T>(Func<Result<T>> work)
        where T : class
    {
        try
        {
            return work();
        }
        catch (JsonException)
        {
            // Its own message may quote a hash.
            return new Refusal(RefusalCodes.FileUnreadable, $"{path} is not a file of API keys.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new Refusal(RefusalCodes.WriteFailed, $"{path} can't be read or written: {e.Message}");
        }
    }
}
