using Zakenak.ModelTrust.Sealing;
using Zakenak.ModelTrust.Signing;
using Zakenak.ModelTrust.Tests.Gguf;

namespace Zakenak.ModelTrust.Tests;

/// <summary>A signed model as the model server meets it: a card, a file in a subfolder, one GGUF, a folder of signers.</summary>
internal sealed class SignedFolder : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public SignedFolder(SigningCurve curve = SigningCurve.P256, int dataBytes = 64)
    {
        Key = SigningKey.Create(curve);
        Directory.CreateDirectory(_folder["model", "extra"]);
        Directory.CreateDirectory(_folder["signers"]);
        File.WriteAllBytes(Gguf, GgufFile.Small(dataBytes).ToArray());
        File.WriteAllText(In("README.md"), "# A small model\n");
        File.WriteAllText(In("extra/notes.txt"), "notes\n");
        File.WriteAllText(_folder["signers", "signer.pem"], Key.PublicKey.Pem);
        Sign();
    }

    public SigningKey Key { get; }

    public string Root => _folder["model"];

    public string Signers => _folder["signers"];

    public string Gguf => In("small.gguf");

    public string Signature => In(SignatureBundle.FileName);

    public string In(string name) => Path.Combine(Root, name);

    public void Sign(string subject = "small:v1") => Assert.Null(ModelSigner.Sign(Root, Signature, Key, subject).Refusal);

    public string? VerifyCode() => ModelVerifier.Verify(Root, Signature, AllowedSigners.Only(Key.PublicKey)).Refusal?.Code;

    public Result<SealedModel> Open(string version = "v1")
    {
        var signers = AllowedSigners.Load(Signers);
        return signers.IsSuccess ? ModelLoader.OpenVerified(Request(signers.Value, version)) : signers.Refusal;
    }

    public ModelRequest Request(AllowedSigners signers, string version = "v1") => new() { Directory = Root, Name = "small", Version = version, Signers = signers };

    public string? OpenCode()
    {
        var opened = Open();
        opened.Value?.Dispose();
        return opened.Refusal?.Code;
    }

    public void Dispose()
    {
        Key.Dispose();
        _folder.Dispose();
    }
}
