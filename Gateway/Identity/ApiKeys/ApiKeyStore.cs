using Microsoft.Extensions.Options;
using Zakenak.Contracts;
using Zakenak.Gateway.Files;
using Zakenak.ServiceDefaults;

namespace Zakenak.Gateway.Identity.ApiKeys;

/// <summary>Holds the keys in force, those of the file and those of the database: read before the first connection is taken, and again whenever they change.</summary>
internal sealed partial class ApiKeyStore(
    SharedApiKeys shared, IOptions<ApiKeysOptions> options, TimeProvider time, ILogger<ApiKeyStore> logger) : BackgroundService
{
    private readonly Lock _lock = new();
    private readonly WatchedFile? _file = options.Value.File is { Length: > 0 } path ? new WatchedFile(path) : null;
    private volatile ApiKeyRing _current = ApiKeyRing.Empty;
    private volatile IReadOnlyList<ApiKeyItem> _items = [];
    private ApiKeyFile _read = ApiKeyFile.Empty;
    private ApiKeyRing.Entry? _development;

    /// <summary>The keys of now; a request takes it once.</summary>
    public ApiKeyRing Current => _current;

    /// <summary>All but the development key, with their hashes.</summary>
    public IReadOnlyList<ApiKeyItem> Items => _items;

    /// <summary>Whom the chat page acts for; null outside development.</summary>
    public Client? Development => _development?.Client;

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (options.Value.DevelopmentKeyFile is { Length: > 0 } path)
            {
                _development = DevelopmentKey.ReadOrCreate(path, out var created);
                if (created)
                    DevelopmentKeyMade(logger, path);
            }

            _file?.HasChanged();
            shared.OnChange(Combine);
            Load();
        }
        catch (InvalidDataException e)
        {
            throw new StartRefusedException(e.Message, ExitCodes.Misconfigured, e);
        }

        return base.StartAsync(cancellationToken);
    }

    /// <summary>Whether all keys could be read.</summary>
    public bool AreKnown => shared.Current is not null;

    /// <summary>Reads the file again.</summary>
    /// <exception cref="InvalidDataException">It can't be taken; the keys before it stay in force.</exception>
    public void Load()
    {
        lock (_lock)
        {
            if (_file is { } watched)
            {
                _read = File.Exists(watched.Path) ? ApiKeyFile.Read(watched.Path) : ApiKeyFile.Empty;
                if (ReferenceEquals(_read, ApiKeyFile.Empty))
                    FileAbsent(logger, watched.Path);
            }

            Combine();
        }
    }

    /// <summary>
    /// The development key is first: nothing can put another one in its place. Then the database: what is revoked there is revoked, whatever a
    /// file says.
    /// </summary>
    private void Combine()
    {
        lock (_lock)
        {
            var kept = shared.Current;
            _items = [.. (kept ?? []).Concat(_read.Keys).DistinctBy(k => k.Id, StringComparer.Ordinal)];
            var entries = _items.Select(k => ApiKeyRing.Entry.Of(k, _read.TenantLimits));
            _current = new ApiKeyRing(_development is { } development ? entries.Prepend(development) : entries, _read.TenantLimits, isWhole: kept is not null);
            KeysLoaded(logger, _current.Count);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (_file is null)
            return;
        using var timer = new PeriodicTimer(options.Value.ReloadInterval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            if (!_file.HasChanged())
                continue;
            try
            {
                Load();
            }
            catch (InvalidDataException e)
            {
                ReloadRefused(logger, e.Message);
            }
        }
    }

    [LoggerMessage(LogLevel.Information, "Loaded {Count} API keys.")]
    private static partial void KeysLoaded(ILogger logger, int count);

    [LoggerMessage(LogLevel.Information, "Made the development API key in {Path}.")]
    private static partial void DevelopmentKeyMade(ILogger logger, string path);

    [LoggerMessage(LogLevel.Warning, "Found no file of API keys at {Path}: none of its keys is accepted until it exists.")]
    private static partial void FileAbsent(ILogger logger, string path);

    [LoggerMessage(LogLevel.Error, "Refused the changed file of API keys and kept the last good one: {Reason}")]
    private static partial void ReloadRefused(ILogger logger, string reason);
}
