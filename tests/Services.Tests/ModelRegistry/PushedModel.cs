using System.Security.Cryptography;
using Zakenak.Contracts;
using Zakenak.ModelTrust.Signing;

namespace Zakenak.Services.Tests.ModelRegistry;

/// <summary>A signed model of small files, as its pusher has it.</summary>
internal sealed class PushedModel
{
    public PushedModel(RegistryHome home, string name = "guide", string version = "v1", int bytes = 3000, SigningKey? key = null)
    {
        (Name, Version) = (name, version);
        var folder = Path.Combine(home[Guid.NewGuid().ToString("n")]);
        Directory.CreateDirectory(folder);
        Files = new Dictionary<string, byte[]>
        {
            ["README.md"] = RandomNumberGenerator.GetBytes(100),
            ["model.bin"] = RandomNumberGenerator.GetBytes(bytes),
        };
        foreach (var (path, content) in Files)
        {
            File.WriteAllBytes(Path.Combine(folder, path), content);
        }

        var signature = Path.Combine(folder, "model.sig");
        var signed = ModelSigner.Sign(folder, signature, key ?? home.Signer, $"{name}:{version}");
        Assert.Null(signed.Refusal);
        Digest = "sha256:" + signed.Value!.RootDigest;
        Request = new PushVersionRequest(
            [.. Files.Select(f => new VersionFile(f.Key, f.Value.Length, DigestOf(f.Value)))], [File.ReadAllBytes(signature)]);
    }

    public string Name { get; }

    public string Version { get; }

    public IReadOnlyDictionary<string, byte[]> Files { get; }

    public string Digest { get; }

    public PushVersionRequest Request { get; }

    public string Address => $"/v1/models/{Name}/versions/{Version}";

    public static string DigestOf(byte[] content) => "sha256:" + Convert.ToHexStringLower(SHA256.HashData(content));
}
