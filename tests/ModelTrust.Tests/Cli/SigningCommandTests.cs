using FsCheck;
using FsCheck.Fluent;
using Zakenak.ModelTrust.Signing;
using Zakenak.ModelTrust.Tests.Signing;

namespace Zakenak.ModelTrust.Tests.Cli;

public sealed class SigningCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly CommandLine _cli;

    public SigningCommandTests()
    {
        _cli = new CommandLine(_folder.Path);
        Directory.CreateDirectory(_folder["m", "sub"]);
        File.WriteAllText(_folder["m", "README.md"], "card\n");
        File.WriteAllBytes(_folder["m", "sub", "weights"], [.. Enumerable.Range(0, 150).Select(i => (byte)i)]);
        File.WriteAllBytes(_folder["m", "empty"], []);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_model_signed_by_the_CLI_is_refused_after_any_change_to_any_byte_of_any_of_its_files()
    {
        await SignByKey();
        var files = Directory.GetFiles(_folder["m"], "*", SearchOption.AllDirectories).Order().ToDictionary(path => path, File.ReadAllBytes);
        foreach (var (path, content) in files)
        {
            // Every byte of the model; of the bundle, all of whose bytes have a test of their own, every eleventh.
            for (var at = 0; at < content.Length; at += path.EndsWith(".sig", StringComparison.Ordinal) ? 11 : 1)
            {
                var changed = (byte[])content.Clone();
                changed[at] ^= (byte)(1 << (at % 8));
                await AssertRefused(path, changed, content);
            }
        }

        // And any number of bytes written over, put in, taken out. Not in the bundle, where a space between two members changes nothing.
        Assert.True(files.Remove(_folder["m", "model.sig"]));
        var change = from file in Gen.Choose(0, files.Count - 1)
                     from at in Gen.Choose(0, 160)
                     from taken in Gen.Choose(0, 20)
                     from put in Gen.Sized(size => Gen.ArrayOf(Gen.Choose(0, 255), size % 20))
                     select (file, at, taken, put);
        Prop.ForAll(change.ToArbitrary(), c =>
        {
            var (path, content) = files.ElementAt(c.file);
            var at = Math.Min(c.at, content.Length);
            var rest = content.AsSpan(Math.Min(at + c.taken, content.Length));
            byte[] changed = [.. content.AsSpan(0, at), .. c.put.Select(b => (byte)b), .. rest];
            if (!changed.AsSpan().SequenceEqual(content))
            {
                AssertRefused(path, changed, content).GetAwaiter().GetResult();
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(200).WithQuietOnSuccess(true));
        Assert.Equal(0, await Verify("--public-key", "k.pub.pem"));
    }

    [Fact]
    public async Task A_model_is_signed_and_verified_by_certificate()
    {
        var (authority, now) = (new TestAuthority(), DateTimeOffset.UtcNow);
        using var _ = authority;
        Assert.Equal(0, await _cli.Run("key", "create", "--out", "k.pem"));
        using var key = SigningKey.Load(_folder["k.pem"]).Value!;
        using var certificate = authority.Issue(key, new TestAuthority.Leaf { From = now.AddDays(-1), Until = now.AddDays(1), Issuer = "https://issuer.example.org" });
        await File.WriteAllTextAsync(_folder["chain.pem"], authority.IssuingPem + "\n" + certificate.ExportCertificatePem());
        await File.WriteAllTextAsync(_folder["root.pem"], authority.RootPem);

        Assert.Equal(0, await _cli.Run("model", "sign", "m", "--key", "k.pem", "--certificate-chain", "chain.pem"));
        Assert.Equal(0, await Verify("--root", "root.pem", "--identity", TestAuthority.Identity));
        Assert.Contains(TestAuthority.Identity, _cli.Output, StringComparison.Ordinal);
        Assert.Equal(0, await Verify("--root", "root.pem", "--identity", TestAuthority.Identity, "--issuer", "https://issuer.example.org", "--output", "json"));
        Assert.Equal(TestAuthority.Identity, (string?)_cli.Json["signerIdentity"]);
        Assert.Equal(0, await Verify("--root", "root.pem"));

        foreach (var other in new[] { new[] { "--identity", "https://example.org/others" }, ["--identity", TestAuthority.Identity, "--issuer", "https://other.example.org"] })
        {
            Assert.Equal(3, await Verify(["--root", "root.pem", .. other]));
            Assert.StartsWith("signer_not_allowed: ", _cli.Error, StringComparison.Ordinal);
        }

        Assert.Equal(3, await Verify("--public-key", "k.pub.pem"));
        Assert.StartsWith("signer_not_allowed: ", _cli.Error, StringComparison.Ordinal);
        Assert.Equal(3, await Verify("--root", "chain.pem"));
        Assert.StartsWith("certificate_malformed: ", _cli.Error, StringComparison.Ordinal);
        Assert.Equal(3, await Verify("--root", "nowhere.pem"));
        Assert.StartsWith("certificate_missing: ", _cli.Error, StringComparison.Ordinal);
        await File.AppendAllTextAsync(_folder["m", "README.md"], "!");
        Assert.Equal(3, await Verify("--root", "root.pem"));
        Assert.StartsWith("digest_mismatch: ", _cli.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_chain_that_is_not_for_the_key_signs_nothing()
    {
        using var authority = new TestAuthority();
        Assert.Equal(0, await _cli.Run("key", "create", "--out", "k.pem"));
        await File.WriteAllTextAsync(_folder["chain.pem"], authority.IssuingPem);
        Assert.Equal(3, await _cli.Run("model", "sign", "m", "--key", "k.pem", "--certificate-chain", "chain.pem"));
        Assert.StartsWith("certificate_untrusted: ", _cli.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(_folder["m", "model.sig"]));
    }

    [Fact]
    public async Task Who_must_have_signed_is_said_in_exactly_one_way()
    {
        foreach (var signers in new string[][] { [], ["--public-key", "k", "--root", "r"], ["--public-key", "k", "--identity", "x"], ["--identity", "x"] })
        {
            Assert.Equal(2, await Verify(signers));
            Assert.Single(_cli.Error.TrimEnd().Split('\n'));
        }
    }

    private async Task SignByKey()
    {
        Assert.Equal(0, await _cli.Run("key", "create", "--out", "k.pem"));
        Assert.Equal(0, await _cli.Run("model", "sign", "m", "--key", "k.pem"));
        Assert.Equal(0, await Verify("--public-key", "k.pub.pem"));
    }

    private async Task AssertRefused(string path, byte[] changed, byte[] content)
    {
        await File.WriteAllBytesAsync(path, changed);
        Assert.Equal(3, await Verify("--public-key", "k.pub.pem"));
        await File.WriteAllBytesAsync(path, content);
    }

    private Task<int> Verify(params string[] more) => _cli.Run(["model", "verify", "m", .. more]);
}
