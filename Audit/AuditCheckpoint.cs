using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Zakenak.Audit;

/// <summary>A statement that the log had <see cref="Count"/> records and that the last one's hash was <see cref="Head"/>.</summary>
public sealed record AuditCheckpoint
{
    /// <summary>Records up to here.</summary>
    [JsonPropertyName("count"), JsonRequired] public required long Count { get; init; }

    /// <summary>Hash of record <see cref="Count"/>, 64 lower-case hex digits.</summary>
    [JsonPropertyName("head"), JsonRequired] public required string Head { get; init; }

    /// <summary>When it was made.</summary>
    [JsonPropertyName("time"), JsonRequired] public required DateTimeOffset Time { get; init; }

    /// <summary>SHA-256 of the signer's public key (SubjectPublicKeyInfo) in hex; null where unsigned.</summary>
    [JsonPropertyName("key")] public string? KeyId { get; init; }

    /// <summary>ECDSA with SHA-256 over <see cref="SignedBytes"/>, IEEE P1363 form, base64; null where unsigned.</summary>
    [JsonPropertyName("signature")] public string? Signature { get; init; }

    /// <summary>The key's name in <see cref="KeyId"/>.</summary>
    public static string IdOf(ECDsa key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return Convert.ToHexStringLower(SHA256.HashData(key.ExportSubjectPublicKeyInfo()));
    }

    /// <summary>Reads a checkpoint as it stands in the folder or in the logs; null where it is none.</summary>
    public static AuditCheckpoint? TryParse(ReadOnlySpan<byte> json)
    {
        try
        {
            return JsonSerializer.Deserialize<AuditCheckpoint>(json);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>The line that is kept and sent: JSON without a newline.</summary>
    public override string ToString() => JsonSerializer.Serialize(this);

    /// <summary>True where this key signed it.</summary>
    public bool IsSignedBy(ECDsa key)
    {
        ArgumentNullException.ThrowIfNull(key);
        var signature = new byte[256];
        return Signature is not null
            && Convert.TryFromBase64String(Signature, signature, out var length)
            && key.VerifyData(SignedBytes(), signature.AsSpan(0, length), HashAlgorithmName.SHA256);
    }

    internal static AuditCheckpoint Make(long count, string head, DateTimeOffset time, ECDsa? key)
    {
        // Whole seconds, so that the signed bytes survive any JSON library's idea of a time.
        var checkpoint = new AuditCheckpoint { Count = count, Head = head, Time = DateTimeOffset.FromUnixTimeSeconds(time.ToUnixTimeSeconds()) };
        return key is null
            ? checkpoint
            : checkpoint with { KeyId = IdOf(key), Signature = Convert.ToBase64String(key.SignData(checkpoint.SignedBytes(), HashAlgorithmName.SHA256)) };
    }

    /// <summary>What is signed: a line that no other signature of the suite begins with, then count, head and Unix time, one a line.</summary>
    private byte[] SignedBytes() => Encoding.UTF8.GetBytes($"zakenak audit checkpoint v1\n{Count}\n{Head}\n{Time.ToUnixTimeSeconds()}\n");
}
