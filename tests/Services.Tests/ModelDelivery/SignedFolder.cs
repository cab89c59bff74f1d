using Zakenak.ModelTrust.Signing;

namespace Zakenak.Services.Tests.ModelDelivery;

/// <summary>A signed model's folder and an empty place beside it, gone after the test.</summary>
internal sealed class SignedFolder : IDisposable
{
    public SignedFolder(int bytes = 1_000_000, string subject = "small:v1")
    {
        Directory.CreateDirectory(Path.Combine(Model, "sub"));
        Big = new byte[bytes];
        Random.Shared.NextBytes(Big);
        File.WriteAllBytes(Path.Combine(Model, "big.bin"), Big);
        File.WriteAllText(Path.Combine(Model, "README.md"), "# card\n");
        File.WriteAllText(Path.Combine(Model, "sub", "same.md"), "# card\n");
        File.WriteAllBytes(Path.Combine(Model, "empty"), []);
        Sign(subject);
    }

    public string Root { get; } = Directory.CreateTempSubdirectory("zakenak-delivery-").FullName;

    public string Model => Path.Combine(Root, "model");

    public string Destination => Path.Combine(Root, "pulled", "here");

    public byte[] Big { get; }

    public SigningKey Key { get; } = SigningKey.Create(SigningCurve.P256);

    public AllowedSigners Signers => AllowedSigners.Only(Key.PublicKey);

    public void Sign(string subject) =>
        Assert.Null(ModelSigner.Sign(Model, Path.Combine(Model, SignatureBundle.FileName), Key, subject).Refusal);

    public void Dispose()
    {
        Key.Dispose();
        Directory.Delete(Root, recursive: true);
    }
}
