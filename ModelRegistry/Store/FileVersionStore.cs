using System.Collections.Immutable;
using System.Text.Json;
using Microsoft.Extensions.Options;
using Zakenak.Audit;
using Zakenak.Contracts;
using Zakenak.ServiceDefaults;

namespace Zakenak.ModelRegistry;

/// <summary>
/// Versions as files, <c>versions/NAME/VERSION.json</c>, each replaced by one rename. One process holds the folder. A change is written and flushed
/// under another name, recorded in the audit log, and only then renamed.
/// </summary>
internal sealed class FileVersionStore : IVersionStore, IDisposable
{
    private const string Staged = ".staged-";

    private readonly string _root;
    private readonly EventFeed _feed;
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly HashSet<string> _changes = new(StringComparer.Ordinal);
    private ImmutableSortedDictionary<VersionKey, VersionSummary> _versions = ImmutableSortedDictionary.Create<VersionKey, VersionSummary>(VersionOrder.Instance);
    private FileStream? _lock;
    private long _lastEvent;
    private volatile string? _broken;

    public FileVersionStore(IOptions<StoreOptions> options, EventFeed feed) => (_root, _feed) = (options.Value.PathOf("versions"), feed);

    public Task OpenAsync(CancellationToken cancellationToken)
    {
        try
        {
            DurableFiles.CreateFolder(_root);
            _lock = DurableFiles.Open(Path.Combine(_root, "lock"), FileShare.None);
            Load();
            return Task.CompletedTask;
        }
        catch (IOException e)
        {
            throw new StartRefusedException($"Registry:Directory: {_root} cannot be used, or another registry uses it: {e.Message}", inner: e);
        }
    }

    public async Task<byte[]?> ReadAsync(VersionKey key, CancellationToken cancellationToken) =>
        _versions.ContainsKey(key) ? await File.ReadAllBytesAsync(PathOf(key), cancellationToken).ConfigureAwait(false) : null;

    public Task<IReadOnlyList<(VersionKey Key, VersionSummary Summary)>> ListAsync(CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<(VersionKey, VersionSummary)>>([.. _versions.Select(v => (v.Key, v.Value))]);

    public async Task<ChangeResult> ChangeAsync(
        VersionKey key, Func<VersionDocument?, Decision> decide, Func<ProposedChange, Task> record, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_broken is { } fault)
            {
                throw new StoreUnavailableException(fault);
            }

            var decision = decide(Read(key));
            if (decision.Change is not { } change)
            {
                return new ChangeResult(decision.Unchanged, false, decision.Refusal);
            }

            var document = change.WithEvent(_lastEvent + 1);
            var staged = Stage(key, document);
            try
            {
                await record(change).ConfigureAwait(false);
            }
            catch
            {
                TryDelete(staged);
                throw;
            }

            Publish(key, staged, document);
            return new ChangeResult(document, true, null);
        }
        finally
        {
            _turn.Release();
        }
    }

    public async Task<IReadOnlySet<string>> FindChangesAsync(IReadOnlyCollection<string> changes, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return _broken is { } fault ? throw new StoreUnavailableException(fault) : changes.Where(_changes.Contains).ToHashSet(StringComparer.Ordinal);
        }
        finally
        {
            _turn.Release();
        }
    }

    public Task<string?> FindFaultAsync(CancellationToken cancellationToken) => Task.FromResult(_broken);

    public void Dispose()
    {
        _lock?.Dispose();
        _turn.Dispose();
    }

    private string PathOf(VersionKey key) => Path.Combine(_root, key.Name, key.Version + ".json");

    private VersionDocument? Read(VersionKey key)
    {
        try
        {
            return _versions.ContainsKey(key) ? JsonSerializer.Deserialize(File.ReadAllBytes(PathOf(key)), RegistryJson.Wire.VersionDocument) : null;
        }
        catch (Exception e) when (e.IsDiskFault() || e is JsonException)
        {
            throw new StoreUnavailableException($"{key} cannot be read.", e);
        }
    }

    private string Stage(VersionKey key, VersionDocument document)
    {
        var folder = Path.Combine(_root, key.Name);
        var staged = Path.Combine(_root, Staged + Path.GetRandomFileName());
        try
        {
            if (!Directory.Exists(folder))
            {
                DurableFiles.CreateFolder(folder);
                DurableFiles.FlushFolder(_root);
            }

            using var file = DurableFiles.Open(staged, FileShare.None);
            JsonSerializer.Serialize(file, document, RegistryJson.Wire.VersionDocument);
            file.Flush(flushToDisk: true);
            return staged;
        }
        catch (Exception e) when (e.IsDiskFault())
        {
            TryDelete(staged);
            throw new StoreUnavailableException($"{key} cannot be written.", e) { DiskFull = e.IsDiskFull() };
        }
    }

    private void Publish(VersionKey key, string staged, VersionDocument document)
    {
        try
        {
            File.Move(staged, PathOf(key), overwrite: true);
            DurableFiles.FlushFolder(Path.GetDirectoryName(PathOf(key))!);
        }
        catch (Exception e) when (e.IsDiskFault())
        {
            // Whether the new document has its name now, or will have it after a loss of power, only the next start can tell.
            _broken = "the folder of versions failed in the middle of a change; restart the registry";
            throw new StoreUnavailableException(_broken, e);
        }

        Take(key, document);
        _feed.Append([EventFeed.EventOf(document, document.History[^1])]);
    }

    private void Take(VersionKey key, VersionDocument document)
    {
        _versions = _versions.SetItem(key, VersionSummaries.Of(document));
        foreach (var entry in document.History)
        {
            _changes.Add(entry.Change);
            _lastEvent = Math.Max(_lastEvent, entry.Event);
        }
    }

    private void Load()
    {
        foreach (var left in Directory.EnumerateFiles(_root, Staged + "*").ToList())
        {
            File.Delete(left); // a change that was never made visible
        }

        var events = new List<FeedEvent>();
        foreach (var path in Directory.EnumerateFiles(_root, "*.json", SearchOption.AllDirectories))
        {
            var key = VersionKey.TryMake(Path.GetFileName(Path.GetDirectoryName(path)), Path.GetFileNameWithoutExtension(path));
            if (key is null || Parse(path) is not { } document || document.Name != key.Name || document.Version != key.Version)
            {
                throw new StartRefusedException($"Registry:Directory: {path} is damaged. Restore the folder from a backup.");
            }

            Take(key, document);
            events.AddRange(document.History.Select(entry => EventFeed.EventOf(document, entry)));
        }

        _feed.Append([.. events.OrderBy(e => e.Id)]);
    }

    private static VersionDocument? Parse(string path)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(path), RegistryJson.Wire.VersionDocument);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e.IsDiskFault())
        {
            // The next start deletes it.
        }
    }
}
