using Microsoft.Extensions.Options;
using Zakenak.Gateway.Files;
using Zakenak.ServiceDefaults;

namespace Zakenak.Gateway.ApiKeys;

/// <summary>Holds the keys in force: read before the first connection is taken, and again whenever the file changes.</summary>
internal sealed partial class ApiKeyStore(IOptions<ApiKeysOptions> options, TimeProvider time, ILogger<ApiKeyStore> logger) : BackgroundService
{
    private readonly WatchedFile? _file = options.Value.File is { Length: > 0 } path ? new WatchedFile(path) : null;
    private volatile ApiKeyRing _current = ApiKeyRing.Empty;
    private ApiKeyRing.Entry? _development;

    /// <summary>The keys of now; a request takes it once.</summary>
    public ApiKeyRing Current => _current;

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
            Load();
        }
        catch (InvalidDataException e)
        {
            throw new StartRefusedException(e.Message, ExitCodes.Misconfigured, e);
        }

        return base.StartAsync(cancellationToken);
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

    private void Load()
    {
        var keys = new List<ApiKeyRing.Entry>();
        if (_development is { } development)
            keys.Add(development);
        if (_file is { } file)
        {
            if (File.Exists(file.Path))
                keys.AddRange(ApiKeyFile.Read(file.Path).Where(k => k.Client.KeyId != _development?.Client.KeyId));
            else
                FileAbsent(logger, file.Path);
        }

        _current = new ApiKeyRing(keys);
        KeysLoaded(logger, keys.Count);
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
