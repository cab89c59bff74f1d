using System.Text.Json;
using Microsoft.Extensions.Options;
using Zakenak.Audit;
using Zakenak.Contracts;
using Zakenak.ServiceDefaults;

namespace Zakenak.Gateway.Identity.ApiKeys;

/// <summary>Keeps keys in the file of <c>ApiKeys:File</c>, beside those that were written there by hand.</summary>
internal sealed partial class ApiKeyFileLedger(ApiKeyStore keys, IOptions<ApiKeysOptions> options, ILogger<ApiKeyFileLedger> logger) : IApiKeyLedger
{
    private static readonly Refusal _unwritable = new(StatusCodes.Status503ServiceUnavailable, "keys_unwritable",
        "The gateway can't write its file of API keys: none is configured, it is read-only, or it is damaged. Change it where it comes from.");

    public bool IsShared => false;

    public Task<Refusal?> AddAsync(ApiKeyItem item, CancellationToken cancellation) => Task.Run(() => Edit(text => ApiKeyDocument.Add(text, item)), cancellation);

    public Task<Refusal?> RevokeAsync(ApiKeyItem item, DateTimeOffset at, CancellationToken cancellation) =>
        Task.Run(() => Edit(text => ApiKeyDocument.Revoke(text, item.Id, at)), cancellation);

    private Refusal? Edit(Func<string?, string?> edit)
    {
        if (options.Value.File is not { Length: > 0 } path)
            return _unwritable;
        try
        {
            // In force from here on, and not only when the file is next looked at.
            DurableFiles.EditSecret(Path.GetFullPath(path), edit);
            keys.Load();
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException or InvalidDataException)
        {
            // A parser's message may quote a hash.
            ChangeFailed(logger, path, e is JsonException ? "it is not a file of keys" : e.Message);
            return _unwritable;
        }
    }

    [LoggerMessage(LogLevel.Error, "Failed to change the file of API keys {Path}: {Reason}")]
    private static partial void ChangeFailed(ILogger logger, string path, string reason);
}
