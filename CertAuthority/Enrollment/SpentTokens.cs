using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Zakenak.Audit;

namespace Zakenak.CertAuthority;

/// <summary>
/// Ids of tokens that were used, with the key each was used for, remembered on disk until they expire. The same token may come again with
/// the same key (an answer that got lost), which helps nobody but the holder of that key.
/// </summary>
internal sealed class SpentTokens : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, (long ExpiresAt, string Key)> _spent = new(StringComparer.Ordinal);
    private readonly DurableAppender _file;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;

    public SpentTokens(AuthorityFolder folder, TimeProvider time, ILogger<SpentTokens> logger)
        : this(folder, time, logger, path => new DurableFile(path))
    {
    }

    internal SpentTokens(AuthorityFolder folder, TimeProvider time, ILogger<SpentTokens> logger, Func<string, IDurableFile> open)
    {
        (_time, _logger) = (time, logger);
        var path = Path.Combine(folder.Path, "spent-tokens");
        Load(path, logger);

        // Compacting at each start also cuts a torn last line.
        DurableFiles.ReplaceSecret(path, string.Concat(_spent.Select(s => Line(s.Key, s.Value.ExpiresAt, s.Value.Key))));
        _file = new DurableAppender(open(path));
    }

    /// <summary>Spends a token for a key, on disk before it returns.</summary>
    /// <param name="expiresAt">Seconds since the Unix epoch.</param>
    /// <param name="publicKey">SubjectPublicKeyInfo of the key that is to be certified.</param>
    public TokenSpending Spend(string tokenId, long expiresAt, byte[] publicKey)
    {
        var id = Hash(Encoding.UTF8.GetBytes(tokenId));
        var key = Hash(publicKey);
        lock (_lock)
        {
            Forget();
            if (_spent.TryGetValue(id, out var before))
            {
                return before.Key == key ? TokenSpending.Spent : TokenSpending.SpentBefore;
            }

            try
            {
                _file.Append(Encoding.ASCII.GetBytes(Line(id, expiresAt, key)));
            }
            catch (IOException e)
            {
                Log.TokenNotSpent(_logger, e);
                return TokenSpending.Unrecorded;
            }

            _spent.Add(id, (expiresAt, key));
            return TokenSpending.Spent;
        }
    }

    public void Dispose() => _file.Dispose();

    private static string Line(string id, long expiresAt, string key) => string.Create(CultureInfo.InvariantCulture, $"{expiresAt} {id} {key}\n");

    private static string Hash(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    private void Load(string path, ILogger logger)
    {
        if (!File.Exists(path))
        {
            return;
        }

        var text = File.ReadAllText(path);
        if (text.Length > 0 && text[^1] != '\n')
        {
            Log.TornSpentToken(logger);
        }

        var now = _time.GetUtcNow().ToUnixTimeSeconds();
        foreach (var line in text[..(text.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.Split(' ') is not [var expires, { Length: 64 } id, { Length: 64 } key]
                || !long.TryParse(expires, NumberStyles.None, CultureInfo.InvariantCulture, out var expiresAt))
            {
                throw AuthorityFolder.Damaged(path, "holds a line that was not written by this program");
            }

            if (expiresAt > now)
            {
                _spent[id] = (expiresAt, key);
            }
        }
    }

    private void Forget()
    {
        var now = _time.GetUtcNow().ToUnixTimeSeconds();
        foreach (var (id, _) in _spent.Where(s => s.Value.ExpiresAt <= now).ToArray())
        {
            _spent.Remove(id);
        }
    }
}
