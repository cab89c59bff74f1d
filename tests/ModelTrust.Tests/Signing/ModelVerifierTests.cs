using System.Diagnostics;
using Zakenak.ModelTrust.Signing;

namespace Zakenak.ModelTrust.Tests.Signing;

public class ModelVerifierTests
{
    [Fact]
    public void A_file_added_removed_renamed_or_swapped_refuses_the_model()
    {
        using var folder = new SignedFolder();
        Assert.Null(folder.VerifyCode());

        File.WriteAllText(folder.In("extra/added.txt"), "");
        Assert.Equal(RefusalCodes.UnlistedFile, folder.VerifyCode());
        File.Delete(folder.In("extra/added.txt"));

        File.Move(folder.In("README.md"), folder.In("ReadMe.md"));
        Assert.Equal(RefusalCodes.MissingFile, folder.VerifyCode());
        File.Move(folder.In("ReadMe.md"), folder.In("README.md"));

        var (first, second) = (File.ReadAllBytes(folder.In("README.md")), File.ReadAllBytes(folder.In("extra/notes.txt")));
        File.WriteAllBytes(folder.In("README.md"), second);
        File.WriteAllBytes(folder.In("extra/notes.txt"), first);
        Assert.Equal(RefusalCodes.DigestMismatch, folder.VerifyCode());
        File.WriteAllBytes(folder.In("README.md"), first);
        File.WriteAllBytes(folder.In("extra/notes.txt"), second);
        Assert.Null(folder.VerifyCode());

        File.Delete(folder.In("extra/notes.txt"));
        Assert.Equal(RefusalCodes.MissingFile, folder.VerifyCode());
    }

    [Fact]
    public void A_symbolic_link_refuses_the_model_even_to_the_right_bytes()
    {
        using var folder = new SignedFolder();
        using var elsewhere = new TemporaryFolder();
        File.Move(folder.In("README.md"), elsewhere["README.md"]);
        File.CreateSymbolicLink(folder.In("README.md"), elsewhere["README.md"]);
        Assert.Equal(RefusalCodes.SymlinkNotAllowed, folder.VerifyCode());
        Assert.Equal(RefusalCodes.SymlinkNotAllowed, ModelSigner.Sign(folder.Root, folder.Signature, folder.Key).Refusal?.Code);
        File.Delete(folder.In("README.md"));
        File.Move(elsewhere["README.md"], folder.In("README.md"));

        Directory.Move(folder.In("extra"), elsewhere["extra"]);
        Directory.CreateSymbolicLink(folder.In("extra"), elsewhere["extra"]);
        Assert.Equal(RefusalCodes.SymlinkNotAllowed, folder.VerifyCode());
        Directory.Delete(folder.In("extra"));
        Directory.Move(elsewhere["extra"], folder.In("extra"));

        File.Move(folder.Signature, elsewhere["model.sig"]);
        File.CreateSymbolicLink(folder.Signature, elsewhere["model.sig"]);
        Assert.Equal(RefusalCodes.SymlinkNotAllowed, folder.VerifyCode());
    }

    [Fact]
    public void Links_count_as_what_they_point_to_where_the_signer_followed_them()
    {
        using var folder = new SignedFolder();
        using var elsewhere = new TemporaryFolder();
        using var key = SigningKey.Create(SigningCurve.P256);
        Directory.Delete(folder.In("extra"), recursive: true);
        File.Delete(folder.In("README.md"));
        File.Delete(folder.Gguf);
        Directory.CreateDirectory(elsewhere["d"]);
        File.WriteAllBytes(elsewhere["d", "b"], []);
        File.CreateSymbolicLink(folder.In("a"), elsewhere["d", "b"]);
        Directory.CreateSymbolicLink(folder.In("c"), elsewhere["d"]);
        var statement = BundleForge.Statement("a", "c/b");
        string? Code(bool follow)
        {
            statement["predicate"]!["serialization"]!["allow_symlinks"] = follow;
            File.WriteAllBytes(folder.Signature, BundleForge.Sign(key, statement.ToJsonString()));
            return ModelVerifier.Verify(folder.Root, folder.Signature, AllowedSigners.Only(key.PublicKey)).Refusal?.Code;
        }

        Assert.Null(Code(follow: true));
        Assert.Equal(RefusalCodes.SymlinkNotAllowed, Code(follow: false));

        File.WriteAllText(elsewhere["d", "b"], "changed");
        Assert.Equal(RefusalCodes.DigestMismatch, Code(follow: true));
        File.WriteAllBytes(elsewhere["d", "b"], []);
        File.WriteAllBytes(elsewhere["d", "x"], []);
        Assert.Equal(RefusalCodes.UnlistedFile, Code(follow: true));
        File.Delete(elsewhere["d", "x"]);
        Directory.CreateSymbolicLink(elsewhere["d", "up"], elsewhere["d"]);
        Assert.Equal(RefusalCodes.PathNotAllowed, Code(follow: true));
        Directory.Delete(elsewhere["d", "up"]);
        File.Delete(elsewhere["d", "b"]);
        Assert.Equal(RefusalCodes.SymlinkNotAllowed, Code(follow: true));
    }

    [Fact]
    public void A_pipe_in_a_files_place_is_refused_at_once()
    {
        using var folder = new SignedFolder();
        File.Delete(folder.In("README.md"));
        using (var mkfifo = Process.Start("mkfifo", folder.In("README.md")))
        {
            mkfifo.WaitForExit();
        }

        Assert.Equal(RefusalCodes.PathNotAllowed, folder.VerifyCode());
    }

    [Fact]
    public void A_name_with_a_backslash_can_be_neither_signed_nor_verified()
    {
        using var folder = new SignedFolder();
        File.WriteAllText(folder.In("a\\b"), "");
        Assert.Equal(RefusalCodes.PathNotAllowed, folder.VerifyCode());
        Assert.Equal(RefusalCodes.PathNotAllowed, ModelSigner.Sign(folder.Root, folder.Signature, folder.Key).Refusal?.Code);
    }

    [Fact]
    public void Ignored_paths_are_honoured_as_the_signer_recorded_them()
    {
        using var folder = new SignedFolder();
        Assert.Null(ModelSigner.Sign(folder.Root, folder.Signature, folder.Key, ignorePaths: ["extra"]).Refusal);
        File.WriteAllText(folder.In("extra/more.txt"), "");
        Directory.CreateDirectory(folder.In(".git"));
        File.WriteAllText(folder.In(".git/config"), "");
        Assert.Null(folder.VerifyCode());

        // Only at the root, only whole names.
        File.WriteAllText(folder.In("extra.txt"), "");
        Assert.Equal(RefusalCodes.UnlistedFile, folder.VerifyCode());
        Assert.Equal(RefusalCodes.PathNotAllowed, ModelSigner.Sign(folder.Root, folder.Signature, folder.Key, ignorePaths: ["*.txt"]).Refusal?.Code);
        Assert.Equal(RefusalCodes.PathNotAllowed, ModelSigner.Sign(folder.Root, folder.Signature, folder.Key, ignorePaths: ["../x"]).Refusal?.Code);
    }

    [Fact]
    public void A_recorded_ignore_path_that_would_cover_the_whole_model_covers_nothing()
    {
        using var folder = new SignedFolder();
        using var key = SigningKey.Create(SigningCurve.P256);
        var statement = BundleForge.Statement("a");
        statement["predicate"]!["serialization"]!["ignore_paths"] = new System.Text.Json.Nodes.JsonArray(".", "", "/", "..");
        File.WriteAllBytes(folder.Signature, BundleForge.Sign(key, statement.ToJsonString()));
        File.WriteAllBytes(folder.In("a"), []);
        var result = ModelVerifier.Verify(folder.Root, folder.Signature, AllowedSigners.Only(key.PublicKey));
        Assert.Equal(RefusalCodes.UnlistedFile, result.Refusal?.Code);
    }

    [Fact]
    public void A_model_that_is_one_file_is_signed_by_its_name()
    {
        using var folder = new SignedFolder();
        var signature = folder.In("one.sig");
        Assert.Equal("small.gguf", ModelSigner.Sign(folder.Gguf, signature, folder.Key).Value?.Resources[0].Name);
        Assert.Null(ModelVerifier.Verify(folder.Gguf, signature, AllowedSigners.Only(folder.Key.PublicKey)).Refusal);
    }

    [Fact]
    public void What_is_not_there_is_said_to_be_missing()
    {
        using var folder = new SignedFolder();
        var signers = AllowedSigners.Only(folder.Key.PublicKey);
        Assert.Equal(RefusalCodes.ModelNotFound, ModelVerifier.Verify(folder.In("nowhere"), folder.Signature, signers).Refusal?.Code);
        Assert.Equal(RefusalCodes.SignatureMissing, ModelVerifier.Verify(folder.Root, folder.In("no.sig"), signers).Refusal?.Code);
        Assert.Equal(RefusalCodes.ModelNotFound, ModelSigner.Sign(Directory.CreateDirectory(folder.In("empty")).FullName, folder.Signature, folder.Key).Refusal?.Code);
    }

    [Fact]
    public void Keys_that_are_not_usable_are_refused_by_what_is_wrong_with_them()
    {
        using var folder = new TemporaryFolder();
        using var rsa = System.Security.Cryptography.RSA.Create(2048);
        using var other = System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.CreateFromFriendlyName("secp256k1"));
        using var key = SigningKey.Create(SigningCurve.P256);
        Assert.Equal(RefusalCodes.KeyNotSupported, SignerKey.Parse(rsa.ExportSubjectPublicKeyInfoPem(), "k").Refusal?.Code);
        Assert.Equal(RefusalCodes.KeyNotSupported, SignerKey.Parse(other.ExportSubjectPublicKeyInfoPem(), "k").Refusal?.Code);
        Assert.Equal(RefusalCodes.KeyMalformed, SignerKey.Parse(key.PublicKey.Pem + key.PublicKey.Pem, "k").Refusal?.Code);
        Assert.Equal(RefusalCodes.KeyMissing, SignerKey.Load(folder["none.pem"]).Refusal?.Code);
        Assert.Equal(RefusalCodes.KeyMissing, SigningKey.Load(folder["none.pem"]).Refusal?.Code);
        File.WriteAllText(folder["rsa.pem"], rsa.ExportPkcs8PrivateKeyPem());
        Assert.Equal(RefusalCodes.KeyMalformed, SigningKey.Load(folder["rsa.pem"]).Refusal?.Code);
        File.WriteAllText(folder["pub.pem"], key.PublicKey.Pem);
        Assert.Equal(RefusalCodes.KeyMalformed, SigningKey.Load(folder["pub.pem"]).Refusal?.Code);
        File.WriteAllText(folder["secret.pem"], other.ExportEncryptedPkcs8PrivateKeyPem("x", new System.Security.Cryptography.PbeParameters(
            System.Security.Cryptography.PbeEncryptionAlgorithm.Aes256Cbc, System.Security.Cryptography.HashAlgorithmName.SHA256, 1000)));
        Assert.Equal(RefusalCodes.KeyNotSupported, SigningKey.Load(folder["secret.pem"]).Refusal?.Code);
    }

    [Fact]
    public void A_model_signed_by_the_reference_implementation_verifies()
    {
        var fixture = Path.Combine(AppContext.BaseDirectory, "Fixtures", "signed-by-reference");
        var key = SignerKey.Load(Path.Combine(fixture, "signer.pub.pem")).Value;
        Assert.NotNull(key);
        var model = ModelVerifier.Verify(Path.Combine(fixture, "model"), Path.Combine(fixture, "model", "model.sig"), AllowedSigners.Only(key)).Value;
        Assert.NotNull(model);
        Assert.Equal(["a/b", "a.txt", "empty", "sub dir/größe.bin"], model.Statement.Resources.Select(file => file.Name));
    }

    [Fact]
    public void A_file_name_that_is_not_UTF8_can_be_neither_signed_nor_verified()
    {
        using var folder = new SignedFolder();
        Shell("touch \"$(printf 'a\\377b')\"");
        var codes = new[] { folder.VerifyCode(), ModelSigner.Sign(folder.Root, folder.Signature, folder.Key).Refusal?.Code };

        // .NET can't name the file even to delete it.
        Shell("rm a*");
        Assert.All(codes, code => Assert.Equal(RefusalCodes.PathNotAllowed, code));

        void Shell(string command)
        {
            using var shell = Process.Start(new ProcessStartInfo("sh", ["-c", command]) { WorkingDirectory = folder.Root })!;
            shell.WaitForExit();
        }
    }

    [Fact]
    public void A_file_that_can_not_be_opened_is_said_to_be_unreadable()
    {
        using var folder = new SignedFolder();
        File.SetUnixFileMode(folder.In("README.md"), UnixFileMode.None);
        Assert.SkipWhen(Environment.IsPrivilegedProcess, "root reads every file");
        Assert.Equal(RefusalCodes.FileUnreadable, folder.VerifyCode());
    }
}
