using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Zakenak.Benchmarks.GatewayLoad.Setting;

/// <summary>Tenants with a key each: no limit of one of them is reached, and all of them are counted.</summary>
internal static class TestKeys
{
    public const int Count = 64;

    /// <summary>Writes the gateway's file of keys, and one with the keys themselves, a line each.</summary>
    public static async Task<IReadOnlyList<string>> WriteAsync(string gatewayFile, string clientsFile, CancellationToken cancellation)
    {
        var ids = Enumerable.Range(0, Count).Select(_ => RandomNumberGenerator.GetHexString(16, lowercase: true)).ToArray();
        string[] keys = [.. ids.Select(id => $"zk-{id}-{Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32))}")];
        var file = new
        {
            keys = ids.Select((id, i) => new
            {
                id,
                sha256 = Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(keys[i]))),
                tenant = $"tenant-{i}",
                models = new[] { "fixed", "stream" },
                created = DateTimeOffset.UtcNow.AddDays(-1),
                expires = DateTimeOffset.UtcNow.AddDays(1),
            }),
        };
        await File.WriteAllBytesAsync(gatewayFile, JsonSerializer.SerializeToUtf8Bytes(file), cancellation);
        await File.WriteAllLinesAsync(clientsFile, keys, cancellation);
        return keys;
    }
}
