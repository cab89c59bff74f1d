using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Zakenak.ModelTrust;
using Zakenak.ModelTrust.Policy;
using Zakenak.ModelTrust.Signing;

namespace Zakenak.AppHost.Local;

/// <summary>
/// Whom this laptop trusts: a policy signed by a root key of its own, made at the first start and again, with a higher version, whenever the
/// signers of the repository's and the adopted models change. A policy that was edited and signed by hand stays until then.
/// </summary>
public sealed class DevelopmentTrust
{
    private readonly string _folder;

    private DevelopmentTrust(string folder) => _folder = folder;

    /// <summary>Signs approvals, retirements and revocations; may sign models too.</summary>
    public string OperatorKeyFile => Path.Combine(_folder, "operator.pem");

    public string PolicyFile => Path.Combine(_folder, "policy.json");

    /// <summary>The public key by which the policy is checked.</summary>
    public string PolicyRootFile => Path.Combine(_folder, "policy-root.pub.pem");

    private string PolicyRootKeyFile => Path.Combine(_folder, "policy-root.pem");

    // What the policy was last made from: without it a policy signed by hand could not be told from one that is out of date.
    private string MadeFromFile => Path.Combine(_folder, "policy.made-from");

    /// <summary>Opens the folder <c>trust/</c>, and completes what is missing.</summary>
    public static DevelopmentTrust Open(IDistributedApplicationBuilder builder, LocalState state)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(state);
        var trust = new DevelopmentTrust(state.Trust);
        using var root = OpenKey(trust.PolicyRootKeyFile);
        using var person = OpenKey(trust.OperatorKeyFile);
        Write(trust.PolicyRootFile, Encoding.ASCII.GetBytes(root.PublicKey.Pem));
        trust.RefreshPolicy(root, person.PublicKey, [Path.Combine(builder.AppHostDirectory, "..", "models"), state.Models]);
        return trust;
    }

    private void RefreshPolicy(SigningKey root, SignerKey person, string[] modelFolders)
    {
        var policy = DevelopmentPolicy.Make(person, Signers(modelFolders));
        var madeFrom = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(policy.ToJsonString() + root.PublicKey.Id)));
        if (File.Exists(MadeFromFile) && File.ReadAllText(MadeFromFile) == madeFrom)
        {
            return;
        }

        policy["version"] = VersionNow() + 1;
        var content = Encoding.UTF8.GetBytes(policy.ToJsonString(new JsonSerializerOptions { WriteIndented = true }) + "\n");

        // A stop between the two leaves a policy that nobody accepts; the next start makes both again, because the third is not written yet.
        Write(PolicyFile, content);
        Write(PolicyFile + ModelPolicy.SignatureSuffix, Require(ModelPolicy.Sign(content, PolicyFile, root)));
        Write(MadeFromFile, Encoding.ASCII.GetBytes(madeFrom));
    }

    private int VersionNow()
    {
        try
        {
            return File.Exists(PolicyFile) ? (int?)JsonNode.Parse(File.ReadAllBytes(PolicyFile))?["version"] ?? 0 : 0;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            throw new DistributedApplicationException($"{PolicyFile} is no policy any more, so its version is not known. Put it right, or delete {_folder} to begin anew.", e);
        }
    }

    /// <summary>The public keys in <c>NAME/signers/</c>, by the model's name.</summary>
    private static SortedDictionary<string, List<SignerKey>> Signers(string[] modelFolders)
    {
        var signers = new SortedDictionary<string, List<SignerKey>>(StringComparer.Ordinal);
        foreach (var file in modelFolders.Where(Directory.Exists).SelectMany(Directory.GetDirectories)
            .Select(model => Path.Combine(model, "signers")).Where(Directory.Exists)
            .SelectMany(folder => Directory.GetFiles(folder, "*.pem")).Order(StringComparer.Ordinal))
        {
            var name = Path.GetFileName(Path.GetDirectoryName(Path.GetDirectoryName(file)))!;
            var key = Require(SignerKey.Load(file));
            if (!signers.TryGetValue(name, out var keys))
            {
                signers[name] = keys = [];
            }

            if (!keys.Exists(known => known.Id == key.Id))
            {
                keys.Add(key);
            }
        }

        return signers;
    }

    private static SigningKey OpenKey(string path)
    {
        if (!File.Exists(path))
        {
            using var made = SigningKey.Create(SigningCurve.P256);
            var pem = made.ExportPem();
            Write(path, Encoding.ASCII.GetBytes(pem));
            Array.Clear(pem);
        }

        return Require(SigningKey.Load(path));
    }

    private static void Write(string path, byte[] content)
    {
        if (AtomicFile.Write(path, content, AtomicFile.Secret) is { } refusal)
        {
            throw new DistributedApplicationException(refusal.Message);
        }
    }

    private static T Require<T>(Result<T> result)
        where T : class => result.IsSuccess ? result.Value : throw new DistributedApplicationException(result.Refusal.Message);
}
